package org.walfmt.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageChecksumTest {
  private final PageChecksum checksum = new PageChecksum();

  @Test
  void agreesWithTheServersPageChecksum() {
    assertThat(checksum.compute(Pages.counting(), 0, 0)).isEqualTo(43596);
    assertThat(checksum.compute(Pages.counting(), 0, 1)).isEqualTo(43595);
    assertThat(checksum.compute(Pages.counting(), 0, 131072)).isEqualTo(43594);
    assertThat(checksum.compute(Pages.initialised(), 0, 0)).isEqualTo(25952);
  }

  @Test
  void doesNotCountTheStoredChecksumAndLeavesItAlone() {
    ByteBuffer page = Pages.initialised();
    page.putShort(8, (short) 25952);
    byte[] before = Pages.bytes(page);
    assertThat(checksum.compute(page, 0, 0)).isEqualTo(25952);
    assertThat(Pages.bytes(page)).isEqualTo(before);
  }

  @Test
  void matchesOnlyTheRightChecksumInTheRightPlace() {
    ByteBuffer page = Pages.initialised();
    page.putShort(8, (short) 25952);
    assertThat(checksum.matches(page, 0, 0)).isTrue();
    assertThat(checksum.matches(page, 0, 1)).isFalse();
    page.putShort(8, (short) 25953);
    assertThat(checksum.matches(page, 0, 0)).isFalse();
  }

  @Test
  void readsPagesAnywhereInHeapDirectSlicedAndReadOnlyBuffers() {
    byte[] bytes = Pages.bytes(Pages.counting());
    ByteBuffer direct = ByteBuffer.allocateDirect(20_000).order(ByteOrder.LITTLE_ENDIAN);
    direct.put(8192, bytes).put(4, bytes, 0, 8188);
    direct.position(100);
    assertThat(checksum.compute(direct, 8192, 0)).isEqualTo(43596);
    assertThat(checksum.compute(direct.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN), 8192, 0))
        .isEqualTo(43596);
    ByteBuffer slice = direct.slice(8190, 9000).order(ByteOrder.LITTLE_ENDIAN);
    slice.put(4, bytes);
    assertThat(checksum.compute(slice, 4, 0)).isEqualTo(43596);
    ByteBuffer heap = Pages.zeros(9000).put(12, bytes);
    assertThat(checksum.compute(heap, 12, 131072)).isEqualTo(43594);
  }

  @Test
  void seesWhatChangesInABufferItKnows() {
    ByteBuffer page = Pages.counting();
    assertThat(checksum.compute(page, 0, 0)).isEqualTo(43596);
    page.put(0, Pages.bytes(Pages.initialised()));
    assertThat(checksum.compute(page, 0, 0)).isEqualTo(25952);
  }

  @Test
  void agreesWithThePlainLoopOnRandomPagesOfSeed30() {
    Random random = new Random(30);
    for (int i = 0; i < 2_000; i++) {
      ByteBuffer page = Pages.random(random, 8192);
      long block = random.nextLong(4294967295L);
      assertThat(checksum.compute(page, 0, block)).isEqualTo(plain(page, block));
    }
  }

  @Test
  void refusesPlacesWhereNoPageCanBe() {
    ByteBuffer page = Pages.zeros(8192);
    assertThatThrownBy(() -> checksum.compute(page, 4, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no page at offset 4 of a buffer of 8192 bytes");
    ByteBuffer unaligned = Pages.zeros(9000);
    assertThatThrownBy(() -> checksum.compute(unaligned, 2, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The algorithm as the server's header file gives it: the oracle. */
  private static int plain(ByteBuffer page, long block) {
    String offsets =
        "5B1F36E9 B8525960 02AB50AA 1DE66D2A 79FF467A 9BB9F8A3 217E7CD2 83E13D2C"
            + " F8D4474F E39EB970 42C6AE16 993216FA 7B093B5D 98DAFF3C F718902A 0B1C9CDB"
            + " E58F764B 187636BC 5D7B3BB1 E73DE7DE 92BEC979 CCA6C0B2 304A0979 85AA43D4"
            + " 783125BB 6CA8EAA2 E407EAC6 4B5CFC3E 9FBF8C76 15CA20BE F2CA9FD3 959BD756";
    int result = 0;
    for (int column = 0; column < 32; column++) {
      int sum = Integer.parseUnsignedInt(offsets, column * 9, column * 9 + 8, 16);
      for (int row = 0; row < 66; row++) {
        int at = (row * 32 + column) * 4;
        int value = row < 64 ? page.getInt(at) & (at == 8 ? 0xFFFF0000 : -1) : 0;
        int mixed = sum ^ value;
        sum = mixed * 16777619 ^ mixed >>> 17;
      }
      result ^= sum;
    }
    return Integer.remainderUnsigned(result ^ (int) block, 65535) + 1;
  }
}
