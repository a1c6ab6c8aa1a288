package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.RefusedException;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.writer.changes.ChangeSource;

/**
 * A server that was restored to a point in the past goes on with its backups: on top of those that
 * lie before the point, and never of those that lie after it.
 */
class SecondLifeTest {
  private static final String BALANCES =
      "SELECT string_agg(abalance || ':' || n, ' ' ORDER BY abalance) FROM"
          + " (SELECT abalance, count(*) n FROM pgbench_accounts GROUP BY 1) x";

  private static void set(Cluster cluster, int balance) {
    cluster.run(
        "UPDATE pgbench_accounts SET abalance = " + balance + " WHERE aid % 500 = " + balance,
        "CREATE TABLE t" + balance + " AS SELECT * FROM pgbench_accounts LIMIT 1000",
        "VACUUM pgbench_accounts");
  }

  @ParameterizedTest
  @EnumSource(
      value = ChangeSource.class,
      names = {"SCAN", "WAL"})
  void aRestoredServerBuildsOnItsPast(ChangeSource changes) throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      PgTools.get().pgbench(source, "-i", "-q", "-s", "1").orFail();
      Backups backups = new Backups(source, source.archive());
      backups.full();
      set(source, 1);
      BackupId before = backups.incremental("latest").id();
      set(source, 2);
      source.run("SELECT pg_create_restore_point('here')");
      set(source, 3);
      BackupId abandoned = backups.incremental("latest").id();
      source.archiveWal();
      source.stop(Cluster.Stop.FAST);

      Path data = scratch.resolve("second-life");
      RecoveryTarget here = new RecoveryTarget(RecoveryTarget.Kind.NAME, "here", Optional.empty());
      Restores.restore(
          source.archive(), before, data, options -> options.recovery(Restores.promoteAt(here)));
      try (Cluster second = Cluster.adopt(source.install(), data).override("archive_mode", "on")) {
        second.start();
        second.await(
            "the end of recovery", () -> second.query("SELECT pg_is_in_recovery()").equals("f"));
        set(second, 4);
        goesOn(second, source.archive(), changes, before, abandoned, scratch);
      }
    }
  }

  private static void goesOn(
      Cluster second,
      Path archive,
      ChangeSource changes,
      BackupId before,
      BackupId abandoned,
      Scratch scratch)
      throws IOException, SQLException {
    Backups backups = new Backups(second, archive).changesBy(changes);
    RefusedException refusal =
        catchThrowableOfType(RefusedException.class, () -> backups.incremental(abandoned.text()));
    assertThat(refusal).hasMessage("backup " + abandoned + " is not on the server's history");
    BackupId id = backups.incremental("latest").id();
    CommitFile.Summary commit =
        new BackupCatalog(new DirectoryArchive(archive, "test")).find(id).orElseThrow();
    assertThat(commit.parent()).contains(before);
    assertThat(commit.startTimeline().number()).isEqualTo(2);
    set(second, 5);
    BackupId last = backups.incremental("latest").id();

    Path restored = Restores.restore(archive, last, scratch.resolve("third-life"));
    PgTools.get().verifyBackup("-w", archive.toString(), restored.toString()).orFail();
    Restores.mustEqual(second, second.data(), restored, Options.masksAndTolerances());
    try (Cluster third = Restores.startAndOpen(second.install(), restored)) {
      assertThat(third.query(BALANCES)).isEqualTo("0:99200 1:200 2:200 4:200 5:200");
      assertThat(third.query(BALANCES)).isEqualTo(second.query(BALANCES));
      PgTools.get().amcheck(third, "--heapallindexed").orFail();
    }
  }
}
