package org.walfmt.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;

class XLogPageHeaderTest {
  /** Second page of a segment made by PostgreSQL 18. */
  private static final String SHORT_18 = "18d10500" + "01000000" + "0020000300000000" + "eb040000";

  /** First page of a 1 MiB segment of system 0x0123456789abcdef, of 13, a record going on. */
  private static final String LONG_13 =
      "06d10300"
          + "00000080"
          + "0000100000000080"
          + "0d000000"
          + "00000000"
          + "efcdab8967452301"
          + "00001000"
          + "00200000";

  private static final byte GUARD = 0x5A;

  private static ByteBuffer guarded() {
    ByteBuffer buffer = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(buffer.array(), GUARD);
    return buffer;
  }

  private static String hex(ByteBuffer buffer, int from, int to) {
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void readsWhatPostgresWrote() {
    ByteBuffer page =
        ByteBuffer.wrap(HexFormat.of().parseHex("ffff" + SHORT_18 + "00000000"))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(XLogPageHeader.magic(page, 2)).isEqualTo(PgVersion.V18.walMagic());
    assertThat(XLogPageHeader.info(page, 2))
        .isEqualTo(XLogPageHeader.FIRST_IS_CONTRECORD | XLogPageHeader.BKP_REMOVABLE);
    assertThat(XLogPageHeader.timelineBits(page, 2)).isEqualTo(1);
    assertThat(XLogPageHeader.pageAddress(page, 2)).isEqualTo(0x300_2000);
    assertThat(XLogPageHeader.remainingLength(page, 2)).isEqualTo(1259);
    assertThat(XLogPageHeader.padding(page, 2)).isZero();
  }

  @Test
  void readsUnsignedLengths() {
    ByteBuffer page = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putInt(16, -1);
    assertThat(XLogPageHeader.remainingLength(page, 0)).isEqualTo(0xFFFF_FFFFL);
  }

  @Test
  void writesAShortHeader() {
    ByteBuffer page = guarded();
    int length =
        XLogPageHeader.write(
            page, 8, PgVersion.V18, new TimelineId(1), 0x300_2000, 1259, SegmentSize.DEFAULT, 99);
    assertThat(length).isEqualTo(24);
    assertThat(hex(page, 8, 32)).isEqualTo(SHORT_18.replace("18d105", "18d101") + "00000000");
    assertThat(hex(page, 0, 8) + hex(page, 32, 60)).matches("(5a)*");
  }

  @Test
  void writesALongHeaderOnTheFirstPageOfASegment() {
    ByteBuffer page = guarded();
    int length =
        XLogPageHeader.write(
            page,
            8,
            PgVersion.V13,
            TimelineId.FIRST_OF_SERIES,
            0x8000_0000_0010_0000L,
            13,
            new SegmentSize(1 << 20),
            0x0123_4567_89AB_CDEFL);
    assertThat(length).isEqualTo(40);
    assertThat(hex(page, 8, 48)).isEqualTo(LONG_13);
    assertThat(hex(page, 0, 8) + hex(page, 48, 60)).matches("(5a)*");
    assertThat(XLogPageHeader.systemIdentifier(page, 8)).isEqualTo(0x0123_4567_89AB_CDEFL);
    assertThat(XLogPageHeader.segmentSize(page, 8)).isEqualTo(1 << 20);
    assertThat(XLogPageHeader.walPageSize(page, 8)).isEqualTo(8192);
  }

  @Test
  void aPageWithoutTheRestOfARecordHasNoFlag() {
    ByteBuffer page = guarded();
    XLogPageHeader.write(
        page, 0, PgVersion.V16, new TimelineId(1), 8192, 0, SegmentSize.DEFAULT, 99);
    assertThat(XLogPageHeader.info(page, 0)).isZero();
    assertThat(XLogPageHeader.remainingLength(page, 0)).isZero();
  }

  @Test
  void onlyTheFirstPageOfASegmentHasTheLongHeader() {
    SegmentSize mebibyte = new SegmentSize(1 << 20);
    assertThat(XLogPageHeader.length(Lsn.parse("0/0"), mebibyte)).isEqualTo(40);
    assertThat(XLogPageHeader.length(Lsn.parse("0/100000"), mebibyte)).isEqualTo(40);
    assertThat(XLogPageHeader.length(Lsn.parse("0/100000"), SegmentSize.DEFAULT)).isEqualTo(24);
    assertThat(XLogPageHeader.length(Lsn.parse("0/102000"), mebibyte)).isEqualTo(24);
    assertThat(XLogPageHeader.length(Lsn.parse("80000000/40000000"), new SegmentSize(1 << 30)))
        .isEqualTo(40);
  }
}
