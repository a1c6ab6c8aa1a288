package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.datadir.RecoveryTarget.Kind;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;

/** A restored server stops where it was told, with the rows that the source had there. */
class RecoveryTargetTest {
  private static Scratch scratch;
  private static Cluster source;
  private static BackupId backup;
  private static String afterTwo;
  private static String timeAfterThree;
  private static String xidOfFour;

  @BeforeAll
  static void makeHistory() throws Exception {
    scratch = Scratch.create();
    source = Cluster.of(PgInstall.embedded(15)).segmentMegabytes(1).archiving().start();
    // What an earlier restore left must not stop this one.
    source.run(
        "ALTER SYSTEM SET recovery_target_name = 'old'", "CREATE TABLE t (a int PRIMARY KEY)");
    source.run("INSERT INTO t VALUES (1)");
    Backups backups = new Backups(source, source.archive());
    backups.full();
    source.run("INSERT INTO t SELECT generate_series(100, 2000)", "DELETE FROM t WHERE a >= 100");
    backup = backups.incremental("latest").id();
    source.run("INSERT INTO t VALUES (2)");
    afterTwo = source.lsn().toString();
    source.run("INSERT INTO t VALUES (3)");
    Thread.sleep(50);
    timeAfterThree = source.query("SELECT clock_timestamp()::text");
    Thread.sleep(50);
    xidOfFour = source.query("INSERT INTO t VALUES (4) RETURNING pg_current_xact_id()::text");
    source.run("SELECT pg_create_restore_point('here')", "INSERT INTO t VALUES (5)");
    source.archiveWal();
  }

  @AfterAll
  static void stop() {
    if (source != null) {
      source.close();
    }
    scratch.close();
  }

  private static String rowsAt(RecoverySettings settings, String name) throws IOException {
    Path target = scratch.resolve(name);
    Restores.restore(source.archive(), backup, target, options -> options.recovery(settings));
    try (Cluster cluster = Restores.startAndOpen(source.install(), target)) {
      return cluster.query("SELECT string_agg(a::text, ' ' ORDER BY a) FROM t");
    }
  }

  private static String rowsAt(Kind kind, String value, Optional<Boolean> inclusive)
      throws IOException {
    RecoveryTarget target = new RecoveryTarget(kind, value, inclusive);
    return rowsAt(Restores.promoteAt(target), kind + "-" + inclusive.isPresent());
  }

  @Test
  void withoutATargetAllArchivedWalIsReplayed() throws IOException {
    assertThat(rowsAt(RecoverySettings.archive(), "all")).isEqualTo("1 2 3 4 5");
  }

  @Test
  void immediateStopsAtTheEndOfTheBackup() throws IOException {
    assertThat(rowsAt(Restores.promoteAt(RecoveryTarget.immediate()), "immediate")).isEqualTo("1");
  }

  @Test
  void anLsnStopsBeforeTheRecordThere() throws IOException {
    assertThat(rowsAt(Kind.LSN, afterTwo, Optional.of(false))).isEqualTo("1 2");
  }

  @Test
  void aTimeStopsBetweenTwoCommits() throws IOException {
    assertThat(rowsAt(Kind.TIME, timeAfterThree, Optional.empty())).isEqualTo("1 2 3");
  }

  @Test
  void aTransactionIsTheLastOrTheFirstNotReplayed() throws IOException {
    assertThat(rowsAt(Kind.XID, xidOfFour, Optional.empty())).isEqualTo("1 2 3 4");
    assertThat(rowsAt(Kind.XID, xidOfFour, Optional.of(false))).isEqualTo("1 2 3");
  }

  @Test
  void aRestorePointStopsThere() throws IOException {
    assertThat(rowsAt(Kind.NAME, "here", Optional.empty())).isEqualTo("1 2 3 4");
  }

  @Test
  void withoutAnActionTheServerPauses() throws IOException {
    Path target = scratch.resolve("paused");
    RecoverySettings settings =
        new RecoverySettings(
            RecoverySettings.Mode.RECOVERY,
            Optional.empty(),
            Optional.of(new RecoveryTarget(Kind.NAME, "here", Optional.empty())),
            Optional.empty(),
            Optional.of("current"));
    Restores.restore(source.archive(), backup, target, options -> options.recovery(settings));
    try (Cluster cluster = Cluster.adopt(source.install(), target).start()) {
      cluster.await("a pause", () -> cluster.query("SELECT pg_is_wal_replay_paused()").equals("t"));
      assertThat(cluster.query("SELECT max(a) FROM t")).isEqualTo("4");
    }
  }

  @Test
  void aStandbyGoesOnReplaying() throws IOException {
    Path target = scratch.resolve("standby");
    RecoverySettings settings =
        new RecoverySettings(
            RecoverySettings.Mode.STANDBY,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    Restores.restore(source.archive(), backup, target, options -> options.recovery(settings));
    assertThat(target.resolve("standby.signal")).exists();
    try (Cluster cluster = Cluster.adopt(source.install(), target).start()) {
      cluster.await("row 5", () -> cluster.query("SELECT max(a) FROM t").equals("5"));
      assertThat(cluster.query("SELECT pg_is_in_recovery()")).isEqualTo("t");
    }
  }
}
