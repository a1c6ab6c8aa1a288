package org.walfmt.tests.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.image.ImageCompression;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.record.FullPageImage;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;

/**
 * The tables of bytes in spec/format.md: a structure is written with a value of its own in every
 * field, and each row must find its value at its offset.
 */
class SpecTablesTest {
  private final SpecDocument format;

  SpecTablesTest() throws IOException {
    format = SpecDocument.format();
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(16_384).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The unsigned number in a row's field. */
  private static long number(ByteBuffer bytes, List<String> row) {
    int offset = Integer.parseInt(row.get(0));
    long value = 0;
    for (int i = Integer.parseInt(row.get(1)) - 1; i >= 0; i--) {
      value = value << 8 | Byte.toUnsignedInt(bytes.get(offset + i));
    }
    return value;
  }

  private static void check(ByteBuffer bytes, List<List<String>> table, Map<String, Long> fields) {
    for (List<String> row : table) {
      if (!row.get(1).isEmpty() && fields.containsKey(row.get(2))) {
        assertThat(number(bytes, row)).as("%s", row).isEqualTo(fields.get(row.get(2)));
      }
    }
    assertThat(table.stream().map(row -> row.get(2)).toList()).containsAll(fields.keySet());
  }

  private static int end(List<List<String>> table) {
    List<String> last = table.get(table.size() - 1);
    return Integer.parseInt(last.get(0)) + Integer.parseInt(last.get(1));
  }

  @Test
  void majorsAreThoseOfTheTable() {
    List<List<String>> rows = new ArrayList<>();
    for (PgVersion version : PgVersion.values()) {
      boolean isNew = FullPageImage.apply(version) == 2;
      rows.add(
          List.of(
              version.toString(),
              "0x%04X".formatted(version.walMagic()),
              Integer.toString(version.catalogVersion()),
              version.tablespaceVersionDirectory(),
              isNew ? "new" : "old",
              isNew ? "pglz, lz4, zstd" : "pglz"));
      for (ImageCompression method : ImageCompression.values()) {
        boolean isListed =
            method == ImageCompression.NONE || method == ImageCompression.PGLZ || isNew;
        assertThat(method.isAvailableIn(version)).isEqualTo(isListed);
      }
    }
    assertThat(format.table("- Supported majors, and what differs between them in WAL:"))
        .isEqualTo(rows);
  }

  @Test
  void pageHeaderIsWhereTheTableSays() {
    ByteBuffer page = buffer();
    SegmentSize size = new SegmentSize(1 << 20);
    int length =
        XLogPageHeader.write(
            page,
            0,
            PgVersion.V16,
            new TimelineId(7),
            0x1234500000L,
            55,
            size,
            0x1122334455667788L);
    List<List<String>> table = format.table("### Page header");
    check(
        page,
        table,
        Map.of(
            "magic", 0xD113L,
            "info", 3L,
            "timeline", 7L,
            "page address", 0x1234500000L,
            "remaining length", 55L,
            "padding", 0L,
            "system identifier", 0x1122334455667788L,
            "segment size", 1L << 20,
            "WAL page size", 8192L));
    assertThat(end(table)).isEqualTo(length).isEqualTo(XLogPageHeader.LONG_LENGTH);
    assertThat(end(table.subList(0, 6))).isEqualTo(XLogPageHeader.SHORT_LENGTH);
    assertThat(format.table("### Page header", 1))
        .extracting(row -> Integer.decode(row.get(0)))
        .containsExactly(
            XLogPageHeader.FIRST_IS_CONTRECORD,
            XLogPageHeader.LONG_HEADER,
            XLogPageHeader.BKP_REMOVABLE,
            XLogPageHeader.FIRST_IS_OVERWRITE_CONTRECORD);
  }

  @Test
  void recordHeaderIsWhereTheTableSays() {
    ByteBuffer record = buffer();
    RecordHeader.write(record, 0, 0x01020304, 0x15, 0xB0);
    RecordHeader.putPrev(record, 0, 0x1122334455667788L);
    RecordHeader.putCrc(record, 0, 0x0A0B0C0D);
    List<List<String>> table = format.table("### Record header");
    check(
        record,
        table,
        Map.of(
            "total length", 0x01020304L,
            "transaction id", 0L,
            "previous record", 0x1122334455667788L,
            "info", 0xB0L,
            "resource manager", 0x15L,
            "padding", 0L,
            "CRC", 0x0A0B0C0DL));
    assertThat(end(table)).isEqualTo(RecordHeader.LENGTH);
  }

  @Test
  void recordsOfASeriesAreThoseOfTheTable() {
    assertThat(format.table("A series has these records and no others:"))
        .extracting(row -> row.get(1) + " " + row.get(2))
        .containsExactly(
            Rmgr.XLOG + " " + "0x%02X".formatted(Rmgr.XLOG_FPI),
            Rmgr.LOGICAL_MESSAGE + " " + "0x%02X".formatted(Rmgr.MESSAGE),
            Rmgr.XLOG + " " + "0x%02X".formatted(Rmgr.XLOG_NOOP),
            Rmgr.XLOG + " " + "0x%02X".formatted(Rmgr.XLOG_SWITCH));
  }

  @ParameterizedTest
  @EnumSource(PgVersion.class)
  void blockRecordIsWhereTheTableSays(PgVersion version) {
    ByteBuffer page = buffer();
    page.put(0, (byte) 1).put(99, (byte) 2);
    ByteBuffer record = buffer();
    List<List<String>> table = format.table("### Block record");
    int length = encode(version, ImageCompression.NONE, page, record);
    check(record, withoutHoleLength(table, 0), blockFields(length - 49, 100, 1, version));
    assertThat(record.get(49)).isEqualTo((byte) 1);

    length = encode(version, ImageCompression.PGLZ, page, record);
    long compressed = (version.isAtLeast(PgVersion.V15) ? 0x04 : 0x02) | 0x01;
    check(record, withoutHoleLength(table, 2), blockFields(length - 51, 100, compressed, version));
    assertThat(record.getShort(33)).isEqualTo((short) 8092);
  }

  /** With it, everything after the image info comes so much later. */
  private static List<List<String>> withoutHoleLength(List<List<String>> table, int shift) {
    List<List<String>> rows = new ArrayList<>();
    for (List<String> row : table) {
      int offset = Integer.parseInt(row.get(0));
      if (!row.get(2).equals("hole length")) {
        List<String> moved = new ArrayList<>(row);
        moved.set(0, Integer.toString(offset >= 33 ? offset + shift : offset));
        rows.add(moved);
      }
    }
    return rows;
  }

  private static int encode(
      PgVersion version, ImageCompression method, ByteBuffer page, ByteBuffer record) {
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(version, method)) {
      return encoder.encode(page, 0, 0x01020304, 0x05060708, 0x090A0B0C, 2, 0x0D0E0F10, record, 0);
    }
  }

  private static Map<String, Long> blockFields(
      long imageLength, long holeOffset, long info, PgVersion version) {
    return Map.of(
        "id", 0L,
        "flags", 0x12L,
        "data length", 0L,
        "image length", imageLength,
        "hole offset", holeOffset,
        "image info", info | FullPageImage.apply(version),
        "tablespace", 0x01020304L,
        "database", 0x05060708L,
        "relation", 0x090A0B0CL,
        "block number", 0x0D0E0F10L);
  }

  @Test
  void imageInfoHasTheBitsOfTheTable() {
    List<List<String>> table = format.table("### Image info");
    for (PgVersion version : PgVersion.values()) {
      int column = version.isAtLeast(PgVersion.V15) ? 2 : 1;
      int known = 0;
      for (List<String> row : table) {
        int bit = Integer.decode(row.get(0));
        String name = row.get(column).replaceAll(" .*", "");
        known |= name.isEmpty() ? 0 : bit;
        switch (name) {
          case "BKPIMAGE_HAS_HOLE" -> assertThat(FullPageImage.HAS_HOLE).isEqualTo(bit);
          case "BKPIMAGE_APPLY" -> assertThat(FullPageImage.apply(version)).isEqualTo(bit);
          case "BKPIMAGE_IS_COMPRESSED", "BKPIMAGE_COMPRESS_PGLZ" ->
              assertThat(FullPageImage.pglz(version)).isEqualTo(bit);
          case "BKPIMAGE_COMPRESS_LZ4" -> assertThat(FullPageImage.lz4()).isEqualTo(bit);
          case "BKPIMAGE_COMPRESS_ZSTD" -> assertThat(FullPageImage.zstd()).isEqualTo(bit);
          default -> assertThat(name).isEmpty();
        }
      }
      assertThat(FullPageImage.knownBits(version)).isEqualTo(known);
    }
  }

  @Test
  void noteIsWhereTheTableSays() {
    ByteBuffer record = buffer();
    int length = LogicalMessage.writeRecord(record, "walfmt.x-y", ByteBuffer.allocate(300));
    List<List<String>> table = format.table("### Note");
    check(
        record,
        table,
        Map.of(
            "id", 254L,
            "main data length", 24L + 11 + 300,
            "database", 0L,
            "transactional", 0L,
            "prefix size", 11L,
            "message size", 300L));
    int prefix = Integer.parseInt(table.get(6).get(0));
    assertThat(record.get(prefix)).isEqualTo((byte) 'w');
    assertThat(length).isEqualTo(prefix + 11 + 300);
  }
}
