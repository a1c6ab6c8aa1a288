package org.walfmt.tests.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.Lsn;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.ImageRestorer;
import org.walfmt.segment.WalEnd;
import org.walfmt.segment.WalReader;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;

/** WAL of every major is read to its very end, each record taken apart and each image restored. */
class WholeWalTest {
  @ParameterizedTest
  @CsvSource({"13, 16", "14, 1", "15, 64"})
  void isReadToItsEnd(int major, int segmentMegabytes) throws IOException {
    try (Cluster cluster = start(major, segmentMegabytes)) {
      WalLoad.run(cluster, "off", "on");
      endsWhereTheServerSays(cluster);
    }
  }

  @ParameterizedTest
  @CsvSource({"16, 1", "17, 64", "18, 16"})
  void isReadToItsEndAndAsWalinspectReadsIt(int major, int segmentMegabytes) throws Exception {
    try (Cluster cluster = start(major, segmentMegabytes)) {
      Lsn start = cluster.lsn();
      WalLoad.run(cluster, "off", "pglz");
      cluster.run("SELECT pg_switch_wal()");
      Lsn end = Lsn.parse(cluster.query("SELECT pg_current_wal_flush_lsn()"));
      Walinspect.compare(cluster, new ServerWal(cluster, 1), start, end);
      DumpComparison.withWalinspect(cluster, new Lsn(start.value() & -8192), end);
      endsWhereTheServerSays(cluster);
    }
  }

  private static Cluster start(int major, int segmentMegabytes) {
    return WalLoad.cluster(PgInstall.embedded(major)).segmentMegabytes(segmentMegabytes).start();
  }

  /** After a kill the server goes on where our walk ended; after a stop its checkpoint is last. */
  private static void endsWhereTheServerSays(Cluster cluster) throws IOException {
    cluster.run("CHECKPOINT", "CREATE TABLE crashed AS SELECT generate_series(1, 999) AS i");
    cluster.stop(Cluster.Stop.IMMEDIATE);
    ServerWal killed = new ServerWal(cluster, 1);
    Lsn end = end(killed, killed.control().checkPoint());
    cluster.start();
    assertThat(cluster.query("SELECT count(*) FROM crashed")).isEqualTo("999");
    cluster.stop(Cluster.Stop.FAST);
    ServerWal wal = new ServerWal(cluster, 1);
    try (WalReader reader = wal.read(end)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.rmid()).isZero();
    }
    Lsn checkpoint = wal.control().checkPoint();
    assertThat(lastRecord(wal, wal.start())).isEqualTo(checkpoint);
    assertThat(lastRecord(wal, checkpoint)).isEqualTo(checkpoint);
  }

  private static Lsn end(ServerWal wal, Lsn start) throws IOException {
    try (WalReader reader = wal.read(start)) {
      while (reader.next()) {
        assertThat(reader.lsn()).isGreaterThanOrEqualTo(start.value());
      }
      return reader.position();
    }
  }

  private static Lsn lastRecord(ServerWal wal, Lsn start) throws IOException {
    DecodedRecord decoded = new DecodedRecord(wal.identity().version());
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    Lsn last = Lsn.INVALID;
    try (WalReader reader = wal.read(start);
        ImageRestorer restorer = new ImageRestorer(wal.identity().version())) {
      while (reader.next()) {
        last = new Lsn(reader.lsn());
        decoded.decode(
            reader.buffer(),
            reader.offset(),
            reader.totalLength(),
            reader.keptLength(),
            reader.where());
        for (int i = 0; i < decoded.blockCount(); i++) {
          if (decoded.block(i).hasImage()) {
            restorer.restore(reader.buffer(), decoded.block(i), page, 0, reader::where);
          }
        }
      }
      assertThat(reader.end()).isIn(WalEnd.ZEROS, WalEnd.RECYCLED, WalEnd.NO_SEGMENT);
      return last;
    }
  }
}
