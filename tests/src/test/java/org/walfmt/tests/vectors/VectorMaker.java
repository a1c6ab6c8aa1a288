package org.walfmt.tests.vectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.image.ImageCompression;
import org.walfmt.series.BackupId;
import org.walfmt.series.Parent;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.EachMajor;
import org.walfmt.tests.kit.PgInstall;

/**
 * Makes the vectors anew; see {@code spec/vectors/README.md}. Never part of a build: a vector that
 * has been released is not changed.
 */
@EnabledIfSystemProperty(named = "walfmt.vectors", matches = "make")
class VectorMaker {
  @EachMajor
  void serverWal(PgInstall install) throws IOException {
    String pglz = install.major() >= 15 ? "pglz" : "on";
    write("server-" + install.major(), install, pglz);
  }

  @Test
  void serverWalWithOtherCompressions() throws IOException {
    write("server-15-lz4", PgInstall.machine15(), "lz4");
    write("server-15-zstd", PgInstall.machine15(), "zstd");
  }

  private static void write(String vector, PgInstall install, String compression)
      throws IOException {
    try (Cluster cluster =
        Cluster.of(install)
            .segmentMegabytes(1)
            .setting("autovacuum", "off")
            .setting("wal_keep_size", "1GB")
            .setting("max_wal_size", "1GB")
            .start()) {
      cluster.run(
          "CREATE TABLE t (a int PRIMARY KEY, b text)",
          "CREATE TABLE u AS SELECT g, repeat('u', 20) AS h FROM generate_series(1, 100) g",
          "INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 10) g",
          "VACUUM FREEZE",
          "SELECT count(*) FROM t",
          "CHECKPOINT",
          "SELECT pg_switch_wal()");
      SegmentName segment =
          SegmentName.of(new TimelineId(1), cluster.lsn().plus(1), SmallSeries.SIZE);
      cluster.run(
          "BEGIN; INSERT INTO t VALUES (11, 'vector'); COMMIT",
          "SET wal_compression = '" + compression + "'; DELETE FROM u WHERE g = 1",
          "SELECT pg_logical_emit_message(false, 'vector', repeat('walfmt ', 2500))",
          "BEGIN; DELETE FROM t WHERE a = 11; ROLLBACK",
          "SELECT pg_create_restore_point('vector')",
          "SELECT pg_switch_wal()");
      ByteBuffer bytes =
          ByteBuffer.wrap(Files.readAllBytes(cluster.data().resolve("pg_wal/" + segment)))
              .order(ByteOrder.LITTLE_ENDIAN);
      String title =
          "WAL of PostgreSQL "
              + cluster.query("SHOW server_version")
              + ", wal_compression "
              + compression;
      write(vector, title, Map.of(segment.toString(), bytes), false);
    }
  }

  @Test
  void series() throws IOException {
    write("series-example", "the worked example of format.md", SmallSeries.example());
    for (PgVersion version : PgVersion.values()) {
      for (ImageCompression compression : ImageCompression.values()) {
        if (compression.isAvailableIn(version) && isWanted(version, compression)) {
          write(
              "series-" + version + "-full" + ending(compression),
              "a full backup of PostgreSQL " + version + ", images " + compression,
              SmallSeries.full(version, compression));
        }
      }
    }
    write(
        "series-14-incremental",
        "an incremental backup by page scan, its parent a series",
        SmallSeries.incremental(
            PgVersion.V14,
            ImageCompression.NONE,
            new Parent.Series(new BackupId("8CF9530E000000000000004F"), "ff".repeat(16)),
            "scan"));
    write(
        "series-17-incremental-pglz",
        "an incremental backup by WAL summaries, its parent a base backup, images pglz",
        SmallSeries.incremental(
            PgVersion.V17,
            ImageCompression.PGLZ,
            new Parent.Manifest("0123456789abcdef".repeat(4)),
            "summaries"));
  }

  /** Uncompressed ones of every major, one of each other method on either side of version 15. */
  private static boolean isWanted(PgVersion version, ImageCompression compression) {
    return switch (compression) {
      case NONE -> true;
      case PGLZ -> version == PgVersion.V13 || version == PgVersion.V18;
      case LZ4 -> version == PgVersion.V15;
      case ZSTD -> version == PgVersion.V16;
    };
  }

  private static String ending(ImageCompression compression) {
    return compression == ImageCompression.NONE ? "" : "-" + compression;
  }

  private static void write(String vector, String title, SmallSeries series) throws IOException {
    write(vector, title, series.segments().segments(), true);
    Files.writeString(VectorFile.DIRECTORY.resolve(vector + ".backup"), series.commit());
  }

  private static void write(
      String vector, String title, Map<String, ByteBuffer> segments, boolean strict)
      throws IOException {
    Files.writeString(
        VectorFile.DIRECTORY.resolve(vector + ".hex"), VectorFile.format(title, segments));
    Files.writeString(
        VectorFile.DIRECTORY.resolve(vector + ".txt"), Listing.of(VectorFile.read(vector), strict));
  }
}
