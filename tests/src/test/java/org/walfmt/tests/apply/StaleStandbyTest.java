package org.walfmt.tests.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.ApplyReport;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.EachMajor;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.writer.changes.ChangeSource;

/** A standby whose WAL is gone is brought forward, streams again, and is what the primary is. */
class StaleStandbyTest {
  private static final String[] LOAD = {
    "CREATE TABLE kept AS SELECT g AS a, repeat('x', 200) AS b FROM generate_series(1, 40000) g",
    "CREATE INDEX ON kept (a)",
    "CREATE TABLE dropped AS SELECT g AS a FROM generate_series(1, 20000) g",
    "CREATE TABLE shrunk AS SELECT g AS a, repeat('y', 200) AS b FROM generate_series(1, 20000) g",
    "CREATE TABLE rewritten AS SELECT g AS a FROM generate_series(1, 20000) g",
    "CREATE UNLOGGED TABLE unlogged AS SELECT g AS a FROM generate_series(1, 1000) g",
    "CREATE DATABASE gone",
    "CREATE DATABASE stays",
    "VACUUM (FREEZE, ANALYZE)",
    "CHECKPOINT"
  };

  private static Cluster primary(PgInstall install) {
    Cluster primary =
        Cluster.of(install)
            .segmentMegabytes(1)
            .archiving()
            .setting("autovacuum", "off")
            .setting("wal_keep_size", "0")
            .setting("max_wal_size", "32MB")
            .setting("min_wal_size", "2MB")
            .start();
    return primary.run(LOAD);
  }

  /** A change of every kind, another with each number. */
  private static void change(Cluster primary, int number) {
    primary.run(
        "UPDATE kept SET b = repeat('z', 190) WHERE a % 400 = " + number,
        "DELETE FROM kept WHERE a % 1000 = " + number,
        "DELETE FROM shrunk WHERE a > " + 10000 / number,
        "VACUUM shrunk",
        "INSERT INTO shrunk SELECT g, 'again' FROM generate_series(1, 5000) g",
        "VACUUM FULL rewritten",
        "CREATE TABLE made" + number + " AS SELECT g AS a FROM generate_series(1, 20000) g",
        "DROP TABLE IF EXISTS dropped, made" + (number - 1),
        "DROP DATABASE IF EXISTS gone",
        "CREATE DATABASE made" + number + " TEMPLATE stays");
    primary.archiveWal();
  }

  @EachMajor
  void isCaughtUpByOneBackup(PgInstall install) throws Exception {
    try (Cluster primary = primary(install);
        Cluster standby = Standbys.streaming(primary)) {
      Backups backups = new Backups(primary, primary.archive());
      backups.full();
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      change(primary, 1);
      BackupId id = backups.changesBy(ChangeSource.WAL).incremental("latest").id();
      change(primary, 2);
      Standbys.loseWal(primary, startOf(primary.archive(), id));
      Standbys.mustBeStuck(standby);

      ApplyReport report = Standbys.apply(primary.archive(), standby);

      assertThat(report.members()).containsExactly(id);
      assertThat(report.fetched()).isZero();
      Standbys.mustStreamAndEqual(primary, standby);
    }
  }

  private static Lsn startOf(Path archive, BackupId id) throws Exception {
    return new BackupCatalog(new DirectoryArchive(archive, "test"))
        .find(id)
        .orElseThrow()
        .startLsn();
  }

  @ParameterizedTest
  @EnumSource(
      value = ChangeSource.class,
      names = {"SCAN", "WAL"})
  void isCaughtUpByTwoBackups(ChangeSource changes) throws Exception {
    try (Cluster primary = primary(PgInstall.machine15());
        Cluster standby = Standbys.streaming(primary)) {
      Backups backups = new Backups(primary, primary.archive()).changesBy(changes);
      backups.full();
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      change(primary, 1);
      BackupId first = backups.incremental("latest").id();
      change(primary, 2);
      BackupId second = backups.incremental("latest").id();
      change(primary, 3);
      Standbys.loseWal(primary, startOf(primary.archive(), second));
      Standbys.mustBeStuck(standby);

      ApplyReport report = Standbys.apply(primary.archive(), standby);

      assertThat(report.members()).containsExactly(second, first);
      Standbys.mustStreamAndEqual(primary, standby);
      standby.start().promote();
      standby.await("the end of recovery", () -> standby.query(IS_OPEN).equals("t"));
      PgTools.get().amcheck(standby, "--heapallindexed").orFail();
    }
  }

  /**
   * The standby stops between the start LSN of the backup and the record of its start checkpoint,
   * so that it has pages and files that are newer; buffers are few, so that pages are written.
   */
  @Test
  void mayBeAheadOfTheStartOfTheBackup() throws Exception {
    try (Cluster primary = primary(PgInstall.machine15());
        Cluster standby = Standbys.streaming(primary)) {
      Backups backups = new Backups(primary, primary.archive()).changesBy(ChangeSource.WAL);
      backups.full();
      change(primary, 1);
      Standbys.catchUp(primary, standby);
      standby.override("shared_buffers", "1MB").restart();
      primary.run("UPDATE kept SET b = repeat('q', 190) WHERE a % 10 = 1");
      standby.awaitReplay(primary.lsn());

      CompletableFuture<BackupId> backup =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return backups.withSpreadCheckpoint().incremental("latest").id();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      primary.await("the spread checkpoint", () -> primary.query(CHECKPOINT_GOES_ON).equals("1"));
      primary.run(
          "UPDATE kept SET b = repeat('r', 190) WHERE a % 30 = 7",
          "TRUNCATE rewritten",
          "DELETE FROM shrunk WHERE a > 100",
          "VACUUM shrunk",
          "CREATE TABLE ahead AS SELECT g AS a FROM generate_series(1, 20000) g",
          "DROP TABLE made1");
      standby.awaitReplay(primary.lsn());
      standby.query("SELECT count(*) FROM kept");
      Lsn reached = standby.lsn();
      standby.stop(Cluster.Stop.FAST);
      assertThat(backup).isNotDone();
      primary.run("UPDATE kept SET b = repeat('s', 190) WHERE a % 30 = 8", "DROP TABLE ahead");
      primary.run("CHECKPOINT");
      BackupId id = backup.get(2, TimeUnit.MINUTES);
      primary.archiveWal();
      assertThat(startOf(primary.archive(), id)).isLessThan(reached);
      Standbys.loseWal(primary, startOf(primary.archive(), id));

      ApplyReport report = Standbys.apply(primary.archive(), standby);

      assertThat(report.members()).containsExactly(id);
      Standbys.mustStreamAndEqual(primary, standby);
    }
  }

  private static final String CHECKPOINT_GOES_ON =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'CheckpointDone'";

  /** What is dropped in the standby and still in the backup comes from the full backup. */
  @Test
  void getsWhatItHasAlreadySeenDropped() throws Exception {
    try (Cluster primary = primary(PgInstall.machine15());
        Cluster standby = Standbys.streaming(primary)) {
      Backups backups = new Backups(primary, primary.archive()).changesBy(ChangeSource.WAL);
      backups.full();
      change(primary, 1);
      String file = primary.query("SELECT pg_relation_filepath('kept')");
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      change(primary, 2);
      BackupId next = backups.incremental("latest").id();
      Files.delete(standby.data().resolve(file)); // as after a DROP TABLE during the backup
      Standbys.loseWal(primary, startOf(primary.archive(), next));

      ApplyReport report = Standbys.apply(primary.archive(), standby);

      assertThat(report.members()).containsExactly(next);
      assertThat(report.fetched()).isEqualTo(1);
      Standbys.mustStreamAndEqual(primary, standby);
    }
  }

  @Test
  void followsAPromotedPrimary() throws Exception {
    try (Cluster old = primary(PgInstall.machine15());
        Cluster next = Standbys.streaming(old);
        Cluster standby = Standbys.streaming(old)) {
      Backups before = new Backups(old, old.archive());
      before.full();
      Standbys.catchUp(old, standby);
      standby.stop(Cluster.Stop.FAST);
      change(old, 1);
      next.awaitReplay(old.lsn());
      old.stop(Cluster.Stop.FAST);
      next.configure(Map.of("archive_command", archiveCommand(old)));
      next.override("archive_mode", "on").restart().promote();
      next.await("the end of recovery", () -> next.query(IS_OPEN).equals("t"));
      changeElsewhere(next, 2);
      BackupId id =
          new Backups(next, old.archive()).changesBy(ChangeSource.WAL).incremental("latest").id();
      changeElsewhere(next, 3);
      standby.configure(Map.of("primary_conninfo", next.conninfo()));

      ApplyReport report = Standbys.apply(old.archive(), standby);

      assertThat(report.members()).containsExactly(id);
      assertThat(report.stopTimeline().number()).isEqualTo(2);
      Standbys.mustStreamAndEqual(next, standby);
    }
  }

  private static String archiveCommand(Cluster cluster) {
    return "test -f " + cluster.archive() + "/%f || cp %p " + cluster.archive() + "/%f";
  }

  /** Without waiting for the archive, which is another cluster's. */
  private static void changeElsewhere(Cluster primary, int number) {
    primary.run(
        "UPDATE kept SET b = repeat('z', 190) WHERE a % 400 = " + number,
        "CREATE TABLE made" + number + " AS SELECT g AS a FROM generate_series(1, 20000) g",
        "SELECT pg_switch_wal()");
  }

  @Test
  void tablespacesAreMadeAndDropped() throws Exception {
    try (Cluster primary = primary(PgInstall.machine15());
        Cluster standby = Standbys.streaming(primary);
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(primary, primary.archive());
      backups.full();
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      Path place = primary.newDirectory("space");
      primary.run(
          "CREATE TABLESPACE space LOCATION '" + place + "'",
          "CREATE TABLE there TABLESPACE space AS SELECT g AS a FROM generate_series(1, 20000) g",
          "CREATE DATABASE elsewhere TABLESPACE space TEMPLATE stays");
      BackupId made = backups.incremental("latest").id();
      Path mine = scratch.serverDirectory("mine");

      RefusedException refusal =
          catchThrowableOfType(
              RefusedException.class, () -> Standbys.apply(primary.archive(), standby));
      assertThat(refusal).hasMessageContaining("is not empty");
      ApplyReport report =
          Standbys.apply(
              primary.archive(), standby.data(), options -> options.mapTablespace(place, mine));

      assertThat(report.members()).containsExactly(made);
      standby.start();
      assertThat(standby.query("SELECT count(*) FROM there")).isEqualTo("20000");
      assertThat(standby.sql("elsewhere").query("SELECT count(*) FROM pg_class")).isNotEqualTo("0");
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      primary.run("DROP DATABASE elsewhere", "DROP TABLE there", "DROP TABLESPACE space");
      primary.archiveWal();
      BackupId dropped = backups.changesBy(ChangeSource.WAL).incremental("latest").id();

      assertThat(Standbys.apply(primary.archive(), standby).members()).containsExactly(dropped);

      try (Stream<Path> left = Files.list(mine)) {
        assertThat(left.toList()).isEqualTo(List.of());
      }
      Standbys.mustStreamAndEqual(primary, standby);
    }
  }

  @Test
  void aServerOfEachWrongKindIsRefused() throws Exception {
    try (Cluster primary = primary(PgInstall.machine15());
        Cluster standby = Standbys.streaming(primary)) {
      Backups backups = new Backups(primary, primary.archive());
      backups.full();
      change(primary, 1);
      backups.incremental("latest");
      mustRefuse(primary, standby, "a server runs in");
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.IMMEDIATE);
      mustRefuse(primary, standby, "is neither a standby that was shut down nor");
      standby.start();
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      mustRefuse(primary, standby, "the data directory is newer than backup");
      standby.start();
      standby.promote();
      standby.await("the end of recovery", () -> standby.query(IS_OPEN).equals("t"));
      standby.stop(Cluster.Stop.FAST);
      RefusedException refusal =
          mustRefuse(primary, standby, "is neither a standby that was shut down nor");
      assertThat(refusal.hint())
          .hasValueSatisfying(hint -> assertThat(hint).startsWith("A former primary may have"));
    }
  }

  private static final String IS_OPEN = "SELECT NOT pg_is_in_recovery()";

  private static RefusedException mustRefuse(Cluster primary, Cluster standby, String message) {
    RefusedException refusal =
        catchThrowableOfType(
            RefusedException.class, () -> Standbys.apply(primary.archive(), standby));
    assertThat(refusal).hasMessageContaining(message);
    return refusal;
  }
}
