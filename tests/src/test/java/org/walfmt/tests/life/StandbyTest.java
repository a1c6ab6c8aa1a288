package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.writer.changes.ChangeSource;

/** Backups of a standby, and of what it becomes. */
class StandbyTest {
  private static Cluster primary() {
    Cluster primary =
        Cluster.of(PgInstall.machine15()).archiving().setting("wal_keep_size", "1GB").start();
    PgTools.get().pgbench(primary, "-i", "-q", "-s", "1").orFail();
    return primary;
  }

  /** Switches segments on the primary all the time, as its traffic would. */
  private static Command.Running traffic(Cluster primary, Scratch scratch) throws IOException {
    Path script =
        Files.writeString(
            scratch.resolve("switch.sql"),
            """
            SELECT pg_logical_emit_message(false, 'test', 'x');
            UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid % 1000 = 7;
            SELECT pg_switch_wal();
            CHECKPOINT;
            \\sleep 300 ms
            """);
    return PgTools.get()
        .pgbenchCommand(primary, "-n", "-c", "1", "-T", "3600", "-f", script.toString())
        .start();
  }

  private static void catchUp(Cluster primary, Cluster standby) {
    primary.run("CHECKPOINT");
    standby.awaitReplay(primary.lsn());
  }

  @Test
  void aStandbyGivesFullAndIncrementalBackups() throws Exception {
    try (Cluster primary = primary();
        Cluster standby = Cluster.standbyOf(primary).start();
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(standby, primary.archive()).changesBy(ChangeSource.WAL);
      BackupId full;
      BackupId incremental;
      try (Command.Running traffic = traffic(primary, scratch)) {
        full = backups.full().id();
        incremental = backups.incremental("latest").id();
        assertThat(traffic.process().isAlive()).as(traffic.err()).isTrue();
      }
      assertThat(commit(primary.archive(), incremental).fromStandby()).isTrue();
      for (BackupId id : new BackupId[] {full, incremental}) {
        Path restored = Restores.restore(primary.archive(), id, scratch.resolve(id.text()));
        PgTools.get()
            .verifyBackup("-w", primary.archive().toString(), restored.toString())
            .orFail();
        Restores.mustReplayToTheSource(primary, restored, Options.masksAndTolerances());
      }
    }
  }

  @Test
  void aStandbysWalCanBeCopiedFromIt() throws Exception {
    try (Cluster primary = primary();
        Cluster standby = Cluster.standbyOf(primary).start();
        Scratch scratch = Scratch.create()) {
      Path archive = Files.createDirectory(scratch.resolve("copied"));
      Backups backups = new Backups(standby, archive).copyingWal();
      try (Command.Running traffic = traffic(primary, scratch)) {
        backups.full();
        BackupId id = backups.incremental("latest").id();
        assertThat(traffic.process().isAlive()).as(traffic.err()).isTrue();
        Path restored = Restores.restore(archive, id, scratch.resolve("restored"));
        PgTools.get().verifyBackup("-w", archive.toString(), restored.toString()).orFail();
        try (Cluster cluster = Restores.startAndOpen(primary.install(), restored)) {
          assertThat(cluster.query("SELECT count(*) FROM pgbench_accounts")).isEqualTo("100000");
          PgTools.get().amcheck(cluster, "--heapallindexed").orFail();
        }
      }
    }
  }

  @Test
  void aPromotedStandbyBuildsOnWhatLiesBeforeItsSwitch() throws Exception {
    try (Cluster primary = primary();
        Cluster standby = Cluster.standbyOf(primary).start();
        Scratch scratch = Scratch.create()) {
      Backups before = new Backups(primary, primary.archive());
      BackupId full = before.full().id();
      primary.run("UPDATE pgbench_accounts SET abalance = 5 WHERE aid % 500 = 0");
      catchUp(primary, standby);
      standby.promote();
      primary.run("UPDATE pgbench_accounts SET abalance = 6 WHERE aid % 500 = 1");
      BackupId past = before.incremental(full.text()).id();
      standby.run("UPDATE pgbench_accounts SET abalance = 7 WHERE aid % 500 = 2", "CHECKPOINT");

      Backups after = new Backups(standby, primary.archive());
      for (ChangeSource changes : new ChangeSource[] {ChangeSource.WAL, ChangeSource.SCAN}) {
        mustBeRefused(after.changesBy(changes), past);
      }
      BackupId latest = after.changesBy(ChangeSource.WAL).incremental("latest").id();
      CommitFile.Summary commit = commit(primary.archive(), latest);
      assertThat(commit.parent()).contains(full);
      assertThat(commit.startTimeline().number()).isEqualTo(2);
      standby.run("UPDATE pgbench_accounts SET abalance = 8 WHERE aid % 500 = 3", "CHECKPOINT");
      BackupId next = after.changesBy(ChangeSource.SCAN).incremental(latest.text()).id();

      Path restored = Restores.restore(primary.archive(), next, scratch.resolve("restored"));
      PgTools.get().verifyBackup("-w", primary.archive().toString(), restored.toString()).orFail();
      Restores.mustEqual(standby, standby.data(), restored, Options.masksAndTolerances());
      try (Cluster cluster = Restores.startAndOpen(primary.install(), restored)) {
        assertThat(
                cluster.query(
                    "SELECT string_agg(abalance || ':' || n, ' ' ORDER BY abalance) FROM"
                        + " (SELECT abalance, count(*) n FROM pgbench_accounts GROUP BY 1) x"))
            .isEqualTo("0:99400 5:200 7:200 8:200");
        PgTools.get().amcheck(cluster, "--heapallindexed").orFail();
      }
      Path old = Restores.restore(primary.archive(), past, scratch.resolve("old"));
      assertThat(old.resolve("global/pg_control")).exists();
    }
  }

  private static void mustBeRefused(Backups backups, BackupId parent) {
    RefusedException refusal =
        catchThrowableOfType(RefusedException.class, () -> backups.incremental(parent.text()));
    assertThat(refusal.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(refusal).hasMessage("backup " + parent + " is not on the server's history");
    assertThat(refusal.detail())
        .hasValueSatisfying(detail -> assertThat(detail).contains("on timeline 1"));
    assertThat(refusal.hint()).contains("Take a full backup instead.");
  }

  private static CommitFile.Summary commit(Path archive, BackupId id) throws IOException {
    return new BackupCatalog(new DirectoryArchive(archive, "test")).find(id).orElseThrow();
  }
}
