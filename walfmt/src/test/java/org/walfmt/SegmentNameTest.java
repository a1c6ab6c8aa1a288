package org.walfmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentNameTest {
  private static final int MIB = 1 << 20;

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0/188EF58, 000000010000000000000018", // from a real server
    "1, 1, 0/FFF00000, 000000010000000000000FFF",
    "1, 1, 1/0, 000000010000000100000000",
    "16, 1, 0/1000028, 000000010000000000000001",
    "16, 1, 0/FF000000, 0000000100000000000000FF",
    "16, 1, 0/FFFFFFFF, 0000000100000000000000FF",
    "16, 1, 1/0, 000000010000000100000000",
    "16, 26, AB/CDEF0123, 0000001A000000AB000000CD",
    "16, 4294967295, FFFFFFFF/FFFFFFFF, FFFFFFFFFFFFFFFF000000FF",
    "64, 1, 0/FC000000, 00000001000000000000003F",
    "1024, 1, 0/C0000000, 000000010000000000000003",
    "1024, 2147483648, 1/40000000, 800000000000000100000001"
  })
  void isPostgresName(int mebibytes, long timeline, String lsn, String name) {
    SegmentSize size = new SegmentSize(mebibytes * MIB);
    SegmentName segment = SegmentName.of(TimelineId.of(timeline), Lsn.parse(lsn), size);
    assertThat(segment).hasToString(name);
    assertThat(SegmentName.parse(name, size)).contains(segment);
    assertThat(segment.start().isAfter(Lsn.parse(lsn))).isFalse();
    assertThat(segment.start().plus(size.bytes() - 1L).isBefore(Lsn.parse(lsn))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00000001000000000000001",
        "0000000100000000000000180",
        "00000001000000000000001g",
        "00000001000000000000001f",
        "000000010000000000000018.partial",
        "00000002.history",
        "0000000100000000000000١٨",
        " 00000010000000000000018"
      })
  void noOtherTextIsAName(String text) {
    assertThat(SegmentName.matches(text)).isFalse();
    assertThat(SegmentName.parse(text, SegmentSize.DEFAULT)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1, 00001000", "16, 00000100", "1024, 00000004", "1024, FFFFFFFF"})
  void aSegmentBeyondItsLogIdHasNoName(int mebibytes, String last) {
    String name = "0000000100000000" + last;
    assertThat(SegmentName.matches(name)).isTrue();
    assertThat(SegmentName.parse(name, new SegmentSize(mebibytes * MIB))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 000000010000000000000FFF, 000000010000000100000000",
    "16, 0000000100000000000000FF, 000000010000000100000000",
    "16, 800000000000000000000000, 800000000000000000000001",
    "1024, 000000010000000700000003, 000000010000000800000000"
  })
  void knowsTheNext(int mebibytes, String name, String next) {
    SegmentSize size = new SegmentSize(mebibytes * MIB);
    assertThat(SegmentName.parse(name, size).orElseThrow().next()).hasToString(next);
  }

  @Test
  void readsBackEveryNameOfSeed2() {
    Random random = new Random(2);
    for (int i = 0; i < 10_000; i++) {
      SegmentSize size = new SegmentSize(MIB << random.nextInt(11));
      SegmentName name =
          SegmentName.of(new TimelineId(random.nextInt()), new Lsn(random.nextLong()), size);
      assertThat(SegmentName.parse(name.toString(), size)).contains(name);
    }
  }

  @Test
  void anEndOnABoundaryBelongsToTheSegmentBefore() {
    SegmentSize size = SegmentSize.DEFAULT;
    assertThat(size.segmentNumber(Lsn.parse("0/2000000"))).isEqualTo(2);
    assertThat(size.segmentNumberBefore(Lsn.parse("0/2000000"))).isEqualTo(1);
    assertThat(size.segmentNumberBefore(Lsn.parse("0/2000001"))).isEqualTo(2);
    assertThat(size.offset(Lsn.parse("0/2000000"))).isZero();
    assertThat(size.offset(Lsn.parse("FFFFFFFF/FFFFFFFF"))).isEqualTo(0xFF_FFFF);
    assertThat(size.segmentNumber(new Lsn(-1))).isEqualTo(0xFF_FFFF_FFFFL);
    assertThat(size.start(0xFF_FFFF_FFFFL)).isEqualTo(Lsn.parse("FFFFFFFF/FF000000"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, MIB - 1, MIB / 2, MIB + 1, 3 * MIB, Integer.MIN_VALUE, -MIB})
  void otherSizesAreRefused(int bytes) {
    assertThat(SegmentSize.isValid(bytes)).isFalse();
    assertThatThrownBy(() -> new SegmentSize(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("invalid WAL segment size " + bytes);
  }

  @Test
  void thereAreElevenSizes() {
    for (int bytes = MIB; bytes > 0 && bytes <= 1 << 30; bytes *= 2) {
      assertThat(SegmentSize.isValid(bytes)).isTrue();
    }
  }
}
