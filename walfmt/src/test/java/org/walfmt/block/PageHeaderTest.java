package org.walfmt.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;

class PageHeaderTest {
  /** Header of a sequence's page, as a full-page image in the WAL of PostgreSQL 13 gives it. */
  private static final byte[] HEADER =
      HexFormat.ofDelimiter(" ")
          .parseHex("02 00 00 00 a0 8d 01 01 34 12 04 00 1c 00 e0 1f f0 1f 04 20 00 00 00 00");

  private final ByteBuffer page = Pages.zeros(16384).put(8192, HEADER);

  @Test
  void readsTheFieldsOfAPageAnywhereInABuffer() {
    assertThat(new Lsn(PageHeader.lsn(page, 8192))).hasToString("2/1018DA0");
    assertThat(PageHeader.checksum(page, 8192)).isEqualTo(0x1234);
    assertThat(PageHeader.flags(page, 8192)).isEqualTo(4);
    assertThat(PageHeader.lower(page, 8192)).isEqualTo(28);
    assertThat(PageHeader.upper(page, 8192)).isEqualTo(8160);
    assertThat(PageHeader.special(page, 8192)).isEqualTo(8176);
    assertThat(PageHeader.pagesizeVersion(page, 8192)).isEqualTo(0x2004);
    assertThat(PageHeader.isNew(page, 8192)).isFalse();
    assertThat(PageHeader.isAllZero(page, 8192)).isFalse();
    assertThat(PageHeader.isSane(page, 8192)).isTrue();
  }

  @Test
  void takesBothHalvesOfTheLsnAsUnsigned() {
    page.putInt(8192, 0xFFFFFFFF).putInt(8196, 0xFFFFFFFE);
    assertThat(PageHeader.lsn(page, 8192)).isEqualTo(0xFFFFFFFF_FFFFFFFEL);
  }

  @Test
  void takesAnAllZeroPageForSoundAndNew() {
    assertThat(PageHeader.isNew(page, 0)).isTrue();
    assertThat(PageHeader.isAllZero(page, 0)).isTrue();
    assertThat(PageHeader.isSane(page, 0)).isTrue();
  }

  @Test
  void takesANewPageWithAnyOtherByteForDamaged() {
    for (int at = 0; at < 8192; at += 819) {
      ByteBuffer damaged = Pages.zeros(8192).put(at, (byte) 0x10);
      assertThat(PageHeader.isAllZero(damaged, 0)).isFalse();
      assertThat(PageHeader.isSane(damaged, 0)).isFalse();
    }
    assertThat(PageHeader.isAllZero(Pages.zeros(8192).put(8191, (byte) 1), 0)).isFalse();
  }

  @Test
  void takesAHeaderThatBreaksTheServersRulesForDamaged() {
    assertThat(PageHeader.isSane(with(10, 8), 8192)).as("unknown flag").isFalse();
    assertThat(PageHeader.isSane(with(12, 8161), 8192)).as("lower above upper").isFalse();
    assertThat(PageHeader.isSane(with(14, 8177), 8192)).as("upper above special").isFalse();
    assertThat(PageHeader.isSane(with(16, 8200), 8192)).as("special above the page").isFalse();
    assertThat(PageHeader.isSane(with(16, 8180), 8192)).as("special not aligned").isFalse();
    assertThat(PageHeader.isSane(with(12, 8160), 8192)).as("no free space").isTrue();
  }

  private ByteBuffer with(int field, int value) {
    return Pages.zeros(16384).put(8192, HEADER).putShort(8192 + field, (short) value);
  }
}
