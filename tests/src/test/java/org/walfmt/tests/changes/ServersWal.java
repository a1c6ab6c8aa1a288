package org.walfmt.tests.changes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.writer.decode.WalScan;
import org.walfmt.writer.wal.WalFiles;
import org.walfmt.writer.wal.WalHistory;

/** A server's WAL as an incremental backup of it would read it. */
final class ServersWal {
  private static final int RM_XLOG = 0;
  private static final int OVERWRITE_CONTRECORD = 0xD0;

  private final Cluster cluster;
  private final WalFiles files;
  private final StreamIdentity identity;

  private ServersWal(Cluster cluster, WalFiles files, StreamIdentity identity) {
    this.cluster = cluster;
    this.files = files;
    this.identity = identity;
  }

  /** Out of {@code pg_wal} and the archive. */
  static ServersWal of(Cluster cluster, Path archive) throws IOException {
    return of(cluster, List.of(cluster.data().resolve("pg_wal")), archive);
  }

  /** Out of the archive alone. */
  static ServersWal archived(Cluster cluster, Path archive) throws IOException {
    return of(cluster, List.of(), archive);
  }

  private static ServersWal of(Cluster cluster, List<Path> directories, Path archive)
      throws IOException {
    SegmentSize size =
        new SegmentSize(
            (int) cluster.sql().number("SELECT bytes_per_wal_segment FROM pg_control_init()"));
    TimelineHistory history =
        WalHistory.read(
            cluster.data().resolve("pg_wal"),
            TimelineId.of(cluster.sql().number("SELECT timeline_id FROM pg_control_checkpoint()")));
    return new ServersWal(
        cluster,
        new WalFiles(
            directories, Optional.of(new DirectoryArchive(archive, "test")), history, size),
        new StreamIdentity(
            PgVersion.ofMajor(cluster.install().major()).orElseThrow(),
            size,
            cluster.sql().number("SELECT system_identifier FROM pg_control_system()")));
  }

  /** Where a backup starts after a checkpoint that is made now. */
  static Lsn checkpoint(Cluster cluster) {
    cluster.run("CHECKPOINT");
    return Lsn.parse(cluster.query("SELECT redo_lsn FROM pg_control_checkpoint()"));
  }

  /** Which blocks of main forks changed. */
  BlockChanges scan(Lsn start, Lsn end) throws IOException {
    return new WalScan(files, identity, true, 2, new QuietMonitor())
        .run(start, Optional.empty(), end);
  }

  /** Blocks of a table in the database {@code postgres}; none if nothing is known of it. */
  int[] blocks(BlockChanges changes, String table) {
    int database =
        (int) cluster.sql().number("SELECT oid FROM pg_database WHERE datname = 'postgres'");
    int relation = (int) cluster.sql().number("SELECT pg_relation_filenode('" + table + "')");
    ForkChanges found = changes.find(1663, database, relation, 0);
    return found == null ? new int[0] : found.blocks().toArray();
  }

  /** The blocks of a table that have rows which meet a condition. */
  int[] blocksOf(String table, String condition) {
    String numbers =
        cluster.query(
            "SELECT string_agg(b::text, ',' ORDER BY b) FROM"
                + " (SELECT DISTINCT (ctid::text::point)[0]::int AS b FROM "
                + table
                + " WHERE "
                + condition
                + ") x");
    return Arrays.stream(numbers.split(",", -1)).mapToInt(Integer::parseInt).toArray();
  }

  /** The first record of a manager and opcode from {@code start} on; empty if there is none. */
  Optional<Lsn> find(Lsn start, int rmid, int op) throws IOException {
    try (WalReader reader = new WalReader(files, identity, start, false, WalReader.MIN_KEEP)) {
      while (reader.next()) {
        if (reader.rmid() == rmid && (reader.info() & RecordHeader.RMGR_INFO_MASK) == op) {
          return Optional.of(new Lsn(reader.lsn()));
        }
      }
    }
    return Optional.empty();
  }

  /** Where the WAL from {@code start} on says that a record was given up. */
  Optional<Lsn> overwritten(Lsn start) throws IOException {
    return find(start, RM_XLOG, OVERWRITE_CONTRECORD);
  }

  /** The first record longer than {@code bytes}. */
  Lsn longRecord(Lsn start, int bytes) throws IOException {
    try (WalReader reader = new WalReader(files, identity, start, false, WalReader.MIN_KEEP)) {
      while (reader.next()) {
        if (reader.totalLength() > bytes) {
          return new Lsn(reader.lsn());
        }
      }
    }
    throw new AssertionError("no record of " + bytes + " bytes after " + start);
  }

  /** The record after the one at {@code record}. */
  Lsn next(Lsn record) throws IOException {
    try (WalReader reader = new WalReader(files, identity, record, false, WalReader.MIN_KEEP)) {
      while (reader.next()) {
        if (reader.lsn() != record.value()) {
          return new Lsn(reader.lsn());
        }
      }
    }
    throw new AssertionError("no record after " + record);
  }

  String segment(Lsn lsn) {
    return files.name(identity.segmentSize().segmentNumber(lsn));
  }
}
