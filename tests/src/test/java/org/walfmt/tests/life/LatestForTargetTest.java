package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.replayer.RestoreReport;
import org.walfmt.replayer.Restorer;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.datadir.RecoveryTarget.Kind;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;

/**
 * The latest backup for a target is the newest that ends before it, and brings the source's data as
 * it was there. The source is of the newest major, whose ends of transactions are the longest.
 */
class LatestForTargetTest {
  private static final String STATE =
      "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ';' ORDER BY i)), '') FROM t";

  /** A moment of the source, and how recovery is told of it. */
  private record Moment(String time, Lsn lsn, String state) {}

  private static Scratch scratch;
  private static Cluster source;
  private static BackupId first;
  private static BackupId second;
  private static Moment between;
  private static Moment after;
  private static String preparedXid;
  private static String preparedState;
  private static String pointState;
  private static String xidAfter;
  private static String xidState;
  private static String stateOfSecond;

  @BeforeAll
  static void makeHistory() throws Exception {
    scratch = Scratch.create();
    source =
        Cluster.of(PgInstall.embedded(18))
            .segmentMegabytes(1)
            .setting("max_prepared_transactions", "5")
            .archiving()
            .start();
    source.run("CREATE TABLE t AS SELECT i, i AS j FROM generate_series(1, 5000) i");
    Backups backups = new Backups(source, source.archive());
    backups.full();
    change();
    first = backups.incremental("latest").id();
    change();
    between = moment();
    change();
    source.run("SELECT pg_create_restore_point('between')");
    pointState = source.query(STATE);
    change();
    source.run(
        "CREATE TABLE dropped (a int, b text)",
        "BEGIN; DROP TABLE dropped; UPDATE t SET j = -i WHERE i % 7 = 0;"
            + " PREPARE TRANSACTION 'two'");
    preparedXid = source.query("SELECT transaction FROM pg_prepared_xacts");
    source.run("COMMIT PREPARED 'two'");
    preparedState = source.query(STATE);
    change();
    second = backups.incremental("latest").id();
    stateOfSecond = source.query(STATE);
    change();
    after = moment();
    xidAfter =
        source.query(
            "WITH x AS (UPDATE t SET j = 0 WHERE i % 3 = 0) SELECT pg_current_xact_id()::text");
    xidState = source.query(STATE);
    change();
    source.archiveWal();
  }

  @AfterAll
  static void stop() {
    if (source != null) {
      source.close();
    }
    scratch.close();
  }

  private static void change() {
    source.run("UPDATE t SET j = j + 1 WHERE i % 5 = 0", "INSERT INTO t SELECT max(i) + 1 FROM t");
  }

  private static Moment moment() throws InterruptedException {
    Thread.sleep(1100); // a commit tells the seconds of its end
    Moment moment =
        new Moment(
            source.query("SELECT clock_timestamp()::text"), source.lsn(), source.query(STATE));
    Thread.sleep(1100);
    return moment;
  }

  private static RestoreReport restore(String word, RecoveryTarget target, Path place)
      throws IOException {
    RestoreOptions options =
        RestoreOptions.of(new DirectoryArchive(source.archive(), "test"), place)
            .backup(word)
            .sync(false)
            .recovery(Restores.promoteAt(target));
    return new Restorer(Clock.systemUTC()).restore(options, new QuietMonitor());
  }

  /** Restores the latest for a target, starts it, and compares. */
  private static void mustBring(
      Kind kind, String value, Optional<Boolean> inclusive, BackupId backup, String state)
      throws IOException {
    Path place = scratch.resolve(kind + "-" + backup);
    RestoreReport report = restore("latest", new RecoveryTarget(kind, value, inclusive), place);
    assertThat(report.backup()).isEqualTo(backup);
    try (Cluster cluster = Restores.startAndOpen(source.install(), place)) {
      assertThat(cluster.query(STATE)).isEqualTo(state);
    }
  }

  @Test
  void aTimeBetweenTwoIncrementals() throws IOException {
    mustBring(Kind.TIME, between.time(), Optional.empty(), first, between.state());
  }

  @Test
  void aTimeAfterTheLast() throws IOException {
    mustBring(Kind.TIME, after.time(), Optional.empty(), second, after.state());
  }

  @Test
  void anLsnBetweenTwoIncrementals() throws IOException {
    mustBring(Kind.LSN, between.lsn().toString(), Optional.of(false), first, between.state());
  }

  @Test
  void aRestorePointBetweenTwoIncrementals() throws IOException {
    mustBring(Kind.NAME, "between", Optional.empty(), first, pointState);
  }

  @Test
  void aPreparedTransactionBetweenTwoIncrementals() throws IOException {
    mustBring(Kind.XID, preparedXid, Optional.empty(), first, preparedState);
  }

  @Test
  void aTransactionAfterTheLast() throws IOException {
    mustBring(Kind.XID, xidAfter, Optional.empty(), second, xidState);
  }

  @Test
  void immediateIsTheEndOfTheLast() throws IOException {
    Path place = scratch.resolve("immediate");
    RestoreReport report = restore("latest", RecoveryTarget.immediate(), place);
    assertThat(report.backup()).isEqualTo(second);
    try (Cluster cluster = Restores.startAndOpen(source.install(), place)) {
      assertThat(cluster.query(STATE)).isEqualTo(stateOfSecond);
    }
  }

  /** What walfmt spares the user: the server says so at the end of the archived WAL only. */
  @Test
  void aNamedBackupThatEndsAfterTheTargetIsRefused() {
    RecoveryTarget target =
        new RecoveryTarget(Kind.LSN, between.lsn().toString(), Optional.empty());
    RefusedException refusal =
        catchThrowableOfType(
            RefusedException.class,
            () -> restore(second.text(), target, scratch.resolve("refused")));
    assertThat(refusal).hasMessage("backup " + second + " ends after the recovery target");
    assertThat(scratch.resolve("refused")).doesNotExist();
  }

  @Test
  void aStandbyFromTheChainStreamsFromThePrimary() throws IOException {
    Path place = scratch.resolve("standby");
    String slot = "from_chain";
    source.run("SELECT pg_create_physical_replication_slot('" + slot + "')");
    RecoverySettings settings =
        new RecoverySettings(
            RecoverySettings.Mode.STANDBY,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(source.conninfo() + " application_name='it''s it'".replace("''", "\\'")),
            Optional.of(slot));
    Restores.restore(source.archive(), second, place, options -> options.recovery(settings));
    try (Cluster standby = Cluster.adopt(source.install(), place).start()) {
      source.await(
          "streaming",
          () ->
              source
                  .query(
                      "SELECT coalesce(max(application_name || ' ' || state), '') FROM"
                          + " pg_stat_replication")
                  .equals("it's it streaming"));
      assertThat(
              source.query(
                  "SELECT active FROM pg_replication_slots WHERE slot_name = '" + slot + "'"))
          .isEqualTo("t");
      source.run("CREATE TABLE streamed AS SELECT 7 AS a"); // in no archived segment yet
      standby.awaitReplay(source.lsn());
      assertThat(standby.query("SELECT a FROM streamed")).isEqualTo("7");
      assertThat(standby.query(STATE)).isEqualTo(source.query(STATE));
      assertThat(standby.query("SELECT status FROM pg_stat_wal_receiver")).isEqualTo("streaming");
    }
  }
}
