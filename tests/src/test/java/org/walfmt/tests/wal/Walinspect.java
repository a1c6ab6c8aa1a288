package org.walfmt.tests.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import org.walfmt.Lsn;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.ImageRestorer;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.WalReader;
import org.walfmt.tests.kit.Cluster;

/**
 * Compares a walk of ours over WAL of 16 or later with what the server's own pg_walinspect finds,
 * down to the bytes of restored pages.
 */
final class Walinspect {
  private static final String RECORDS =
      """
      SELECT start_lsn, end_lsn, prev_lsn, xid, record_length, main_data_length, fpi_length
      FROM pg_get_wal_records_info('%s', '%s')
      """;
  private static final String BLOCKS =
      """
      SELECT start_lsn, block_id, reltablespace, reldatabase, relfilenode, relforknumber,
             relblocknumber, block_data_length, block_fpi_length,
             coalesce(array_to_string(block_fpi_info, ','), ''), coalesce(md5(block_data), '-'),
             coalesce(md5(block_fpi_data), '-')
      FROM pg_get_wal_block_info('%s', '%s', true)
      ORDER BY start_lsn, block_id
      """;

  private Walinspect() {}

  /** Compares all records from the first one on the page of {@code start} up to {@code end}. */
  static void compare(Cluster cluster, ServerWal wal, Lsn start, Lsn end)
      throws IOException, SQLException {
    cluster.run("CREATE EXTENSION pg_walinspect");
    Lsn page = new Lsn(start.value() & -8192);
    compareRecords(cluster, wal, page, end);
    compareBlocks(cluster, wal, page, end);
  }

  private static void compareRecords(Cluster cluster, ServerWal wal, Lsn start, Lsn end)
      throws IOException, SQLException {
    DecodedRecord decoded = new DecodedRecord(wal.identity().version());
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(RECORDS.formatted(start, end));
        WalReader reader = wal.read(start)) {
      int records = 0;
      while (reader.next() && reader.endLsn() <= end.value()) {
        assertThat(row.next()).isTrue();
        decode(reader, decoded);
        int images = 0;
        for (int i = 0; i < decoded.blockCount(); i++) {
          images += decoded.block(i).imageLength();
        }
        assertThat(
                line(
                    new Lsn(reader.lsn()),
                    new Lsn(reader.endLsn()),
                    new Lsn(RecordHeader.prev(reader.buffer(), reader.offset())),
                    RecordHeader.xid(reader.buffer(), reader.offset()),
                    reader.totalLength(),
                    decoded.mainLength(),
                    images))
            .isEqualTo(line(row, 7));
        records++;
      }
      assertThat(row.next()).isFalse();
      assertThat(records).isGreaterThan(10_000);
    }
  }

  private static void compareBlocks(Cluster cluster, ServerWal wal, Lsn start, Lsn end)
      throws IOException, SQLException {
    DecodedRecord decoded = new DecodedRecord(wal.identity().version());
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ImageRestorer restorer = new ImageRestorer(wal.identity().version());
        WalReader reader = wal.read(start)) {
      connection.setAutoCommit(false);
      statement.setFetchSize(1000);
      int images = 0;
      try (ResultSet row = statement.executeQuery(BLOCKS.formatted(start, end))) {
        while (reader.next() && reader.endLsn() <= end.value()) {
          decode(reader, decoded);
          for (int i = 0; i < decoded.blockCount(); i++) {
            assertThat(row.next()).isTrue();
            assertThat(line(reader, decoded.block(i), restorer)).isEqualTo(line(row, 12));
            images += decoded.block(i).hasImage() ? 1 : 0;
          }
        }
        assertThat(row.next()).isFalse();
      }
      assertThat(images).isGreaterThan(500);
    }
  }

  private static String line(WalReader reader, BlockReference block, ImageRestorer restorer)
      throws IOException {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    if (block.hasImage()) {
      restorer.restore(reader.buffer(), block, page, 0, reader::where);
    }
    return line(
        new Lsn(reader.lsn()),
        block.id(),
        Integer.toUnsignedString(block.tablespace()),
        Integer.toUnsignedString(block.database()),
        Integer.toUnsignedString(block.relation()),
        block.fork(),
        Integer.toUnsignedString(block.number()),
        block.dataLength(),
        block.imageLength(),
        imageInfo(block),
        block.dataLength() == 0
            ? "-"
            : md5(reader.buffer().slice(block.dataOffset(), block.dataLength())),
        block.hasImage() ? md5(page) : "-");
  }

  private static String imageInfo(BlockReference block) {
    if (!block.hasImage()) {
      return "";
    }
    String info = block.holeLength() > 0 ? ",HAS_HOLE" : "";
    info += block.isApplied() ? ",APPLY" : "";
    info += block.compression() == 0 ? "" : ",COMPRESS_PGLZ";
    return info.isEmpty() ? "" : info.substring(1);
  }

  private static void decode(WalReader reader, DecodedRecord decoded) throws IOException {
    decoded.decode(
        reader.buffer(),
        reader.offset(),
        reader.totalLength(),
        reader.keptLength(),
        reader.where());
  }

  private static String md5(ByteBuffer bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      digest.update(bytes);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String line(ResultSet row, int columns) throws SQLException {
    Object[] values = new Object[columns];
    for (int i = 0; i < columns; i++) {
      values[i] = row.getString(i + 1);
    }
    return line(values);
  }

  private static String line(Object... values) {
    StringBuilder text = new StringBuilder();
    for (Object value : values) {
      text.append(value).append(' ');
    }
    return text.toString();
  }
}
