package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.control.ControlFile;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;

/** Rule 5: a parent in doubt is refused, with the reason. */
class HistoryTest {
  private static final String FILL =
      "INSERT INTO t SELECT g, repeat('x', 500) FROM generate_series(1, 30000) g";

  private static Cluster primary() {
    return primary(PgInstall.machine15());
  }

  private static Cluster primary(PgInstall install) {
    Cluster primary =
        Cluster.of(install)
            .archiving()
            .setting("autovacuum", "off")
            .setting("checkpoint_timeout", "1d")
            .setting("max_wal_size", "10GB")
            .setting("wal_keep_size", "1GB") // for the standby, which has no slot
            .start();
    primary.run("CREATE TABLE t (a int, t text)");
    return primary;
  }

  private static RefusedException refused(Backups backups, String parent) {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> backups.incremental(parent));
    assertThat(e).as("refusal of " + parent).isNotNull();
    return e;
  }

  private static ControlFile control(Cluster cluster) throws IOException {
    byte[] bytes = Files.readAllBytes(cluster.data().resolve(ControlFile.PATH));
    return ControlFile.read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
  }

  @Test
  void aParentOfAnotherClusterIsRefused() throws Exception {
    try (Cluster one = primary();
        Cluster other = primary()) {
      BackupId id = new Backups(one, one.archive()).full().id();
      Backups backups = new Backups(other, one.archive()).copyingWal();
      RefusedException e = refused(backups, id.text());
      assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
      assertThat(e).hasMessage("backup " + id + " is of another cluster");
      RefusedException elsewhere =
          catchThrowableOfType(
              RefusedException.class,
              () -> new Backups(one, one.archive()).of(other.data()).full());
      assertThat(elsewhere.reason()).isEqualTo(Reason.MISMATCH);
      assertThat(elsewhere.getMessage()).contains("is not the data directory of the connected");
      assertThat(elsewhere.detail().orElseThrow()).contains(one.data().toString());
      assertThat(refused(backups, "latest"))
          .hasMessage("there is no backup of this server in archive \"" + one.archive() + "\"");
    }
  }

  /**
   * Right after a promotion pg_control still names the old timeline, on which the old primary has
   * gone on.
   */
  @ParameterizedTest
  @ValueSource(ints = {13, 18})
  void aParentOnTheAbandonedTimelineIsRefusedEvenBeforeTheFirstCheckpoint(int major)
      throws Exception {
    try (Cluster primary = primary(PgInstall.embedded(major));
        Cluster standby = Cluster.standbyOf(primary).start()) {
      Backups before = new Backups(primary, primary.archive());
      BackupId full = before.full().id();
      primary.run(FILL);
      standby.awaitReplay(primary.lsn());
      primary.run("SELECT pg_switch_wal()");
      standby.promote();
      primary.run("INSERT INTO t VALUES (0, 'abandoned')");
      BackupId abandoned = before.full().id();
      standby.run(FILL, FILL);
      assertThat(control(standby).checkPointCopy().timeline().number())
          .as("timeline in pg_control right after the promotion")
          .isEqualTo(1);

      Backups after = new Backups(standby, primary.archive());
      RefusedException e = refused(after, abandoned.text());
      assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
      assertThat(e).hasMessage("backup " + abandoned + " is not on the server's history");
      assertThat(e.detail().orElseThrow()).contains("the server is on timeline 2");
      assertThat(after.incremental("latest").parent()).contains("backup " + full);
      after.changesBy(ChangeSource.WAL);
      assertThat(refused(after, abandoned.text()).reason()).isEqualTo(Reason.MISMATCH);
      assertThat(after.incremental(full.text()).parent()).contains("backup " + full);
    }
  }

  /** It began before the standby was promoted, and went on after that on the old timeline. */
  @Test
  void aParentThatStopsPastTheSwitchIsRefusedWhateverTellsTheChanges() throws Exception {
    try (Cluster primary = primary();
        Cluster standby = Cluster.standbyOf(primary).start()) {
      Backups before = new Backups(primary, primary.archive());
      BackupId earlier = before.full().id();
      primary.run(FILL);
      BackupId across =
          before
              .whileReading(
                  () -> {
                    standby.awaitReplay(primary.lsn());
                    standby.promote();
                    primary.run(FILL);
                  })
              .full()
              .id();
      standby.run(FILL, FILL, "CHECKPOINT");
      Backups after = new Backups(standby, primary.archive());
      for (ChangeSource changes :
          new ChangeSource[] {ChangeSource.AUTO, ChangeSource.WAL, ChangeSource.SCAN}) {
        RefusedException e = refused(after.changesBy(changes), across.text());
        assertThat(e.reason()).as(changes.toString()).isEqualTo(Reason.MISMATCH);
        assertThat(e).hasMessage("backup " + across + " is not on the server's history");
        assertThat(e.detail().orElseThrow())
            .matches(
                "it runs from 0/[0-9A-F]+ on timeline 1 to 0/[0-9A-F]+ on timeline 1, the server is on"
                    + " timeline 2");
        BackupReport next = after.changesBy(changes).incremental("latest");
        assertThat(next.parent()).as("latest of this history").contains("backup " + earlier);
        earlier = next.id();
      }
    }
  }

  /** A standby that lags behind: its backup would end before its parent does. */
  @Test
  void aParentThatStopsAfterTheBackupIsRefused() throws Exception {
    try (Cluster primary = primary();
        Cluster standby = Cluster.standbyOf(primary).start()) {
      primary.run(FILL, "CHECKPOINT");
      Backups slow = new Backups(primary, primary.archive()).readingAtMost(8 << 20);
      CompletableFuture<BackupId> running =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return slow.full().id();
                } catch (IOException e) {
                  throw new CompletionException(e);
                }
              });
      long startLsn = awaitStart(primary);
      standby.await("the start checkpoint", () -> replayedPast(standby, startLsn));
      standby.run("CHECKPOINT", "SELECT pg_wal_replay_pause()");
      BackupId parent = running.get(2, TimeUnit.MINUTES);
      Backups backups = new Backups(standby, primary.archive());
      RefusedException e = refused(backups, parent.text());
      assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
      assertThat(e).hasMessage("backup " + parent + " stops after this backup");
    }
  }

  /** Waits until the running backup's checkpoint is done, and returns where WAL is then. */
  private static long awaitStart(Cluster primary) throws IOException {
    long before = control(primary).checkPoint().value();
    primary.await(
        "the backup's checkpoint",
        () -> {
          try {
            return control(primary).checkPoint().value() != before;
          } catch (IOException e) {
            return false; // read while it was written
          }
        });
    return primary.lsn().value();
  }

  private static boolean replayedPast(Cluster standby, long lsn) {
    return Long.compareUnsigned(standby.lsn().value(), lsn) >= 0;
  }
}
