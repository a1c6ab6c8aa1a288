package org.walfmt.tests.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.replayer.Restorer;
import org.walfmt.replayer.Verifier;
import org.walfmt.replayer.VerifyOptions;
import org.walfmt.replayer.VerifyReport;
import org.walfmt.series.BackupId;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.EveryKindLoad;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.ReplayTo;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.writer.changes.ChangeSource;

/**
 * The main job on every major: a full backup and incrementals under load, each restored; the bytes
 * of the relation files are compared with the source's, before and after WAL replay.
 */
class LifeCycleTest {
  private static final List<Integer> SEGMENT_SIZES = List.of(1, 16, 64);
  private static final int INCREMENTALS_BY_WAL = 2;
  private static final int LOAD_MILLIS = 1200;

  /** Each major once with every pair of the two settings; all combinations in the full run. */
  static Stream<Arguments> servers() {
    return PgInstall.majors().stream()
        .flatMap(
            major ->
                SEGMENT_SIZES.stream()
                    .flatMap(
                        size ->
                            Stream.of(true, false)
                                .filter(on -> Strict.full() || isOfThePairs(major, size, on))
                                .map(on -> Arguments.of(PgInstall.embedded(major), on, size))));
  }

  private static boolean isOfThePairs(int major, int segmentMegabytes, boolean checksums) {
    return SEGMENT_SIZES.indexOf(segmentMegabytes) == major % 3 && checksums == (major % 2 == 0);
  }

  @ParameterizedTest(name = "{0}, checksums {1}, segments of {2} MB")
  @MethodSource("servers")
  void restoresEqualTheSource(PgInstall install, boolean checksums, int segmentMegabytes)
      throws Exception {
    try (Cluster source =
            Cluster.of(install)
                .checksums(checksums)
                .segmentMegabytes(segmentMegabytes)
                .setting("autovacuum", "off")
                .archiving()
                .start();
        Scratch scratch = Scratch.create()) {
      EveryKindLoad.create(source);
      Backups backups = new Backups(source, source.archive());
      BackupId full;
      BackupId last;
      BackupId byScan;
      try (EveryKindLoad load = EveryKindLoad.start(source)) {
        Thread.sleep(LOAD_MILLIS);
        full = backups.full().id();
        last = full;
        Thread.sleep(LOAD_MILLIS);
        byScan = backups.incremental("latest").id();
        for (int i = 0; i < INCREMENTALS_BY_WAL; i++) {
          Thread.sleep(LOAD_MILLIS);
          last = backups.changesBy(ChangeSource.WAL).incremental("latest").id();
        }
        load.mustRun();
      }
      replayedRestoreEqualsSource(source, scratch, full, "full", false);
      replayedRestoreEqualsSource(source, scratch, byScan, "scan", !checksums);
      replayedRestoreEqualsSource(source, scratch, last, "wal", !checksums); // as its ancestor
      quietRestoreEqualsSource(source, scratch, backups, checksums);
    }
  }

  private static Path restore(Cluster source, Scratch scratch, BackupId id, String name)
      throws IOException {
    DirectoryArchive archive = new DirectoryArchive(source.archive(), "test");
    VerifyReport verified =
        new Verifier().verify(VerifyOptions.of(archive, id.text()), new QuietMonitor());
    assertThat(verified.findings()).isEmpty();
    Path target = scratch.resolve(name);
    new Restorer(Clock.systemUTC())
        .restore(RestoreOptions.of(archive, target).backup(id.text()), new QuietMonitor());
    return target;
  }

  private static void replayedRestoreEqualsSource(
      Cluster source, Scratch scratch, BackupId id, String name, boolean withoutMaps)
      throws IOException, SQLException {
    Path restored = restore(source, scratch, id, name);
    Lsn lsn = ReplayTo.mark(source);
    assertThat(ReplayTo.replay(source.install(), restored, source.archive(), lsn))
        .isGreaterThanOrEqualTo(lsn);
    Options options = Options.masksAndTolerances();
    compare(source, restored, withoutMaps ? options.without(ForkNumber.VM) : options);
  }

  /** Nothing goes on: the restored files are the source's, byte for byte. */
  private static void quietRestoreEqualsSource(
      Cluster source, Scratch scratch, Backups backups, boolean checksums)
      throws IOException, SQLException {
    source.run("CHECKPOINT");
    compare(source, restore(source, scratch, backups.full().id(), "quiet-full"), Options.exact());
    // Hint bits that reading set are in the WAL only with checksums.
    BackupId byWal = backups.changesBy(ChangeSource.WAL).incremental("latest").id();
    compare(
        source,
        restore(source, scratch, byWal, "quiet-wal"),
        checksums ? Options.exact() : Options.masks());
    BackupId byScan = backups.changesBy(ChangeSource.SCAN).incremental("latest").id();
    Path restored = restore(source, scratch, byScan, "quiet-scan");
    compare(source, restored, checksums ? Options.exact() : Options.masks().without(ForkNumber.VM));
  }

  private static void compare(Cluster source, Path restored, Options options)
      throws IOException, SQLException {
    source.run("CHECKPOINT");
    PgVersion version = PgVersion.ofMajor(source.install().major()).orElseThrow();
    RelationKinds kinds = RelationKinds.read(source::connect);
    Report report = ClusterDiff.compare(source.data(), restored, version, kinds, options);
    assertThat(report.isEqual()).as(report.toString()).isTrue();
    assertThat(report.blocks()).isGreaterThan(1000);
  }
}
