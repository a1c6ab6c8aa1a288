package org.walfmt.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HoleFinderTest {
  private final HoleFinder finder = new HoleFinder();

  @Test
  void leavesOutAllButTheHeaderOfAZeroPage() {
    assertHole(Pages.zeros(8192), 24, 8168);
  }

  @Test
  void findsNoHoleInAFullPage() {
    assertHole(full(), 0, 0);
  }

  @Test
  void takesARunOfSixteenBytesButNotOfFifteen() {
    for (int start = 24; start <= 8192 - 16; start++) {
      assertHole(zeroed(full(), start, 15), 0, 0);
      assertHole(zeroed(full(), start, 16), start, 16);
    }
  }

  @Test
  void neverReachesIntoTheHeaderOrBeyondThePage() {
    ByteBuffer buffer = Pages.zeros(3 * 8192);
    for (int at = 8192 + 40; at < 2 * 8192 - 16; at++) {
      buffer.put(at, (byte) 1);
    }
    finder.find(buffer, 8192);
    assertThat(finder.holeOffset()).isEqualTo(24);
    assertThat(finder.holeLength()).isEqualTo(16);
    buffer.put(8192 + 24, (byte) 1);
    finder.find(buffer, 8192);
    assertThat(finder.holeOffset()).isEqualTo(8176);
    assertThat(finder.holeLength()).isEqualTo(16);
  }

  @Test
  void takesTheLowestOfEquallyLongRuns() {
    assertHole(zeroed(zeroed(zeroed(full(), 101, 33), 997, 33), 5002, 33), 101, 33);
    assertHole(zeroed(zeroed(zeroed(full(), 101, 33), 997, 34), 5002, 34), 997, 34);
    assertHole(zeroed(zeroed(full(), 101, 33), 135, 33), 101, 33);
  }

  @Test
  void forgetsTheHoleOfThePageBefore() {
    assertHole(Pages.zeros(8192), 24, 8168);
    assertHole(full(), 0, 0);
  }

  @Test
  void agreesWithThePlainLoopOnPagesOfSeed40() {
    Random random = new Random(40);
    for (int i = 0; i < 30_000; i++) {
      ByteBuffer page = sparse(random);
      finder.find(page, 0);
      int[] expected = plain(page);
      assertThat(new int[] {finder.holeOffset(), finder.holeLength()})
          .as("page %d", i)
          .isEqualTo(expected);
    }
  }

  private void assertHole(ByteBuffer page, int offset, int length) {
    finder.find(page, 0);
    assertThat(finder.holeOffset()).isEqualTo(offset);
    assertThat(finder.holeLength()).isEqualTo(length);
  }

  private static ByteBuffer full() {
    byte[] bytes = new byte[8192];
    Arrays.fill(bytes, (byte) 1);
    return Pages.littleEndian(bytes);
  }

  private static ByteBuffer zeroed(ByteBuffer page, int start, int length) {
    return page.put(start, new byte[length]);
  }

  /** Runs of zeros between single bytes, of lengths that differ from page to page. */
  private static ByteBuffer sparse(Random random) {
    ByteBuffer page = Pages.zeros(8192);
    int longest = 1 << random.nextInt(14);
    for (int at = random.nextInt(64); at < 8192; at += 1 + random.nextInt(longest)) {
      page.put(at, (byte) (1 << random.nextInt(8)));
    }
    return page;
  }

  private static int[] plain(ByteBuffer page) {
    int[] best = {0, 0};
    int start = 24;
    for (int at = 24; at <= 8192; at++) {
      if (at == 8192 || page.get(at) != 0) {
        if (at - start >= 16 && at - start > best[1]) {
          best = new int[] {start, at - start};
        }
        start = at + 1;
      }
    }
    return best;
  }
}
