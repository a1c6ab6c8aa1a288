package org.walfmt.tests.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.walfmt.Lsn;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;

/**
 * Brings restored data directories to one LSN, with every page on disk.
 *
 * <p>A server in recovery that is stopped writes its buffers only if a checkpoint record was
 * replayed since its last restartpoint ({@code CreateRestartPoint} in {@code xlog.c}). So {@link
 * #mark} makes a checkpoint just before the LSN; {@link #replay} keeps the server from making a
 * restartpoint on its own, waits until it has paused at the LSN, and then asks for one. That writes
 * every dirty buffer, those dirtied after the checkpoint record too. Proof that it happened: the
 * redo LSN in pg_control moves; and where the cluster has the extension pg_buffercache in its
 * database {@code postgres}, no buffer is dirty.
 */
public final class ReplayTo {
  private static final int CONTROL_STATE = 16;
  private static final int CONTROL_REDO = 40;
  private static final int DB_SHUTDOWNED_IN_RECOVERY = 2;

  private static final String HAS_BUFFERCACHE =
      "SELECT count(*) FROM pg_extension WHERE extname = 'pg_buffercache'";
  private static final String DIRTY_BUFFERS = "SELECT count(*) FROM pg_buffercache WHERE isdirty";

  private ReplayTo() {}

  /**
   * Makes a checkpoint on a running server that archives, under load or not, and returns an LSN
   * just after it that {@link #replay} can reach: the WAL up to and beyond it is in the archive.
   */
  public static Lsn mark(Cluster source) {
    source.run("CHECKPOINT");
    Lsn lsn = source.lsn();
    source.archiveWal();
    return lsn;
  }

  /**
   * Replays a data directory up to the first record at or after {@code lsn}, which is not replayed,
   * and stops the server. Recovery settings in the directory are overridden.
   *
   * @param data a base backup that ended before the checkpoint of {@link #mark}; given to the user
   *     that runs servers
   * @param archive the directory with the WAL from the backup's start to beyond {@code lsn}
   * @return the end of the last record replayed: the same for all directories that were replayed to
   *     {@code lsn}
   */
  public static Lsn replay(PgInstall install, Path data, Path archive, Lsn lsn) {
    requestRecovery(data);
    try (Cluster cluster = paused(install, data, archive, lsn)) {
      Lsn reached = cluster.lsn();
      flush(cluster);
      cluster.stop(Cluster.Stop.FAST);
      int state = control(data).getInt(CONTROL_STATE);
      if (state != DB_SHUTDOWNED_IN_RECOVERY) {
        throw new AssertionError("state " + state + " in pg_control after the stop, expected 2");
      }
      return reached;
    }
  }

  private static void requestRecovery(Path data) {
    try {
      Files.deleteIfExists(data.resolve("standby.signal"));
      if (!Files.exists(data.resolve("recovery.signal"))) {
        Files.createFile(data.resolve("recovery.signal"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Cluster paused(PgInstall install, Path data, Path archive, Lsn lsn) {
    Cluster cluster = Cluster.adopt(install, data);
    for (String other : new String[] {"", "_name", "_time", "_xid"}) {
      cluster.override("recovery_target" + other, "");
    }
    cluster
        .override("restore_command", "cp " + archive + "/%f %p")
        .override("recovery_target_lsn", lsn.toString())
        .override("recovery_target_inclusive", "off")
        .override("recovery_target_action", "pause")
        .override("hot_standby", "on")
        .override("checkpoint_timeout", "1d")
        .override("max_wal_size", "1TB")
        .override("fsync", "off");
    try {
      cluster.start();
      cluster.await(
          "a pause at " + lsn, () -> cluster.query("SELECT pg_is_wal_replay_paused()").equals("t"));
      return cluster;
    } catch (Throwable e) {
      cluster.close();
      throw e;
    }
  }

  private static void flush(Cluster cluster) {
    boolean canCount = !cluster.query(HAS_BUFFERCACHE).equals("0");
    if (canCount) {
      // Once before, so that the second time finds no hint bits to set.
      cluster.query(DIRTY_BUFFERS);
    }
    long redoBefore = control(cluster.data()).getLong(CONTROL_REDO);
    cluster.run("CHECKPOINT");
    long redo = control(cluster.data()).getLong(CONTROL_REDO);
    if (Long.compareUnsigned(redo, redoBefore) <= 0) {
      throw new AssertionError(
          "no restartpoint, so buffers are not written: redo LSN stays at " + new Lsn(redo));
    }
    if (canCount) {
      String dirty = cluster.query(DIRTY_BUFFERS);
      if (!dirty.equals("0")) {
        throw new AssertionError(dirty + " dirty buffers after the restartpoint");
      }
    }
  }

  private static ByteBuffer control(Path data) {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(data.resolve("global/pg_control")))
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
