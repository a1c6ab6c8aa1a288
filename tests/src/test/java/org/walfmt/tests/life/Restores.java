package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.replayer.RestoreReport;
import org.walfmt.replayer.Restorer;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.ReplayTo;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;

/** Restores backups, in process, and judges what came of it. */
public final class Restores {
  private Restores() {}

  /** Restores a backup, with more options. */
  public static RestoreReport restore(
      Path archive, BackupId backup, Path target, UnaryOperator<RestoreOptions> more)
      throws IOException {
    RestoreOptions options =
        RestoreOptions.of(new DirectoryArchive(archive, "test"), target)
            .backup(backup.text())
            .sync(false);
    return new Restorer(Clock.systemUTC()).restore(more.apply(options), new QuietMonitor());
  }

  /** Restores a backup and returns the target. */
  public static Path restore(Path archive, BackupId backup, Path target) throws IOException {
    restore(archive, backup, target, UnaryOperator.identity());
    return target;
  }

  /** Recovery up to a target, which then opens the server. */
  static RecoverySettings promoteAt(RecoveryTarget target) {
    return new RecoverySettings(
        RecoverySettings.Mode.RECOVERY,
        Optional.empty(),
        Optional.of(target),
        Optional.of("promote"),
        Optional.empty());
  }

  /** Recovery up to the record at {@code lsn}, which is not replayed. */
  static RecoverySettings promoteBefore(Lsn lsn) {
    return promoteAt(
        new RecoveryTarget(RecoveryTarget.Kind.LSN, lsn.toString(), Optional.of(false)));
  }

  /** Starts a restored directory with its own recovery settings; returns when it takes writes. */
  public static Cluster startAndOpen(PgInstall install, Path data) {
    Cluster cluster = Cluster.adopt(install, data).override("fsync", "off");
    try {
      cluster.start();
      cluster.await("the end of recovery", () -> cluster.query(IS_OPEN).equals("t"));
      return cluster;
    } catch (Throwable e) {
      cluster.close();
      throw e;
    }
  }

  private static final String IS_OPEN = "SELECT NOT pg_is_in_recovery()";

  /** Lets a server replay a restored directory to where the source is now, and compares. */
  public static void mustReplayToTheSource(Cluster source, Path restored, Options options)
      throws IOException, SQLException {
    Lsn lsn = ReplayTo.mark(source);
    ReplayTo.replay(source.install(), restored, source.archive(), lsn);
    mustEqual(source, source.data(), restored, options);
  }

  /** Compares two directories, of which the first may be the running source's own. */
  public static Report mustEqual(Cluster source, Path expected, Path restored, Options options)
      throws IOException, SQLException {
    source.run("CHECKPOINT");
    RelationKinds kinds = RelationKinds.read(source::connect);
    PgVersion version = PgVersion.ofMajor(source.install().major()).orElseThrow();
    Report report = ClusterDiff.compare(expected, restored, version, kinds, options);
    assertThat(report.isEqual()).as(report.toString()).isTrue();
    assertThat(report.blocks()).isGreaterThan(1000);
    return report;
  }
}
