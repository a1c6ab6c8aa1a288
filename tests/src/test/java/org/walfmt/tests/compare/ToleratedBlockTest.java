package org.walfmt.tests.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.walfmt.block.ForkNumber;

class ToleratedBlockTest {
  private static final int COUNTERS = 8128 + 24;

  @Test
  void explainsASequenceThatIsAsFarFromItsLoggedEnd() {
    assertThat(explain(sequence(7, 26), sequence(33, 0))).isTrue();
    assertThat(explain(sequence(33, 0), sequence(1, 32))).isTrue();
    assertThat(explain(sequence(-7, 30), sequence(-217, 0))).as("increment -7").isTrue();
  }

  @Test
  void doesNotExplainASequenceThatLostValues() {
    assertThat(explain(sequence(7, 26), sequence(6, 26))).isFalse();
    assertThat(explain(sequence(7, 26), sequence(7, 25))).isFalse();
    assertThat(explain(sequence(7, 26), sequence(34, 8))).as("18 steps for 27").isFalse();
    assertThat(explain(sequence(7, 40), sequence(33, 14))).as("logged too far").isFalse();
    ByteBuffer notCalled = sequence(33, 0);
    notCalled.put(COUNTERS + 16, (byte) 0);
    assertThat(explain(sequence(7, 26), notCalled)).isFalse();
  }

  @Test
  void explainsOnlyTheCacheInTheMetapageOfSpgist() {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(explainSpgist(page, 27, 0)).isFalse();
    assertThat(explainSpgist(page, 28, 0)).isTrue();
    assertThat(explainSpgist(page, 91, 0)).isTrue();
    assertThat(explainSpgist(page, 92, 0)).isFalse();
    assertThat(explainSpgist(page, 28, 1)).as("not the metapage").isFalse();
  }

  @Test
  void explainsSpgistPagesWithoutTuples() {
    ByteBuffer leaf = spgist(24, 8184, 4);
    assertThat(explainSpgist(leaf, spgist(24, 8184, 0), 3)).isTrue();
    assertThat(explainSpgist(leaf, ByteBuffer.allocate(8192), 59)).as("a new page").isTrue();
    assertThat(explainSpgist(leaf, spgist(24, 8184, 0), 2)).as("a root").isFalse();
    assertThat(explainSpgist(leaf, spgist(28, 8168, 4), 59)).as("a tuple").isFalse();
    assertThat(explainSpgist(spgist(28, 8168, 4), leaf, 59)).as("a tuple").isFalse();
    assertThat(explainSpgist(leaf, spgist(24, 8168, 4), 59)).as("space of a tuple").isFalse();
    ByteBuffer other = spgist(24, 8184, 4);
    other.putShort(8190, (short) 0xFF81);
    assertThat(explainSpgist(leaf, other, 59)).as("a page of another kind").isFalse();
  }

  @Test
  void explainsAMapThatLostBitsOnTheRightUnderTheSameLsn() {
    ByteBuffer map = map(7, 0b1111);
    assertThat(ToleratedBlock.explainMap(map, map(7, 0b0101)))
        .contains(Tolerance.VISIBILITY_MAP_LOST_BY_COPY);
    assertThat(ToleratedBlock.explainMap(map, map(8, 0b0101))).as("another LSN").isEmpty();
    assertThat(ToleratedBlock.explainMap(map(7, 0b0101), map)).as("more bits").isEmpty();
    assertThat(ToleratedBlock.explainMap(map, map(6, 0)))
        .contains(Tolerance.VISIBILITY_MAP_LOST_BY_COPY);
    assertThat(ToleratedBlock.explainMap(map, map(0, 0))).as("never logged").isEmpty();
  }

  @Test
  void explainsMapsWithoutBits() {
    assertThat(ToleratedBlock.explainMap(map(7, 0), ByteBuffer.allocate(8192)))
        .contains(Tolerance.VISIBILITY_MAP_WITHOUT_BITS);
    assertThat(ToleratedBlock.explainMap(map(7, 1), ByteBuffer.allocate(8192))).isEmpty();
    assertThat(ToleratedBlock.explainMap(ByteBuffer.allocate(8192), map(7, 1))).isEmpty();
  }

  private static ByteBuffer map(long lsn, long bits) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putLong(0, lsn);
    page.putShort(12, (short) 24);
    page.putShort(14, (short) 8192);
    page.putLong(8184, bits);
    return page;
  }

  private static boolean explainSpgist(ByteBuffer left, ByteBuffer right, long block) {
    return ToleratedBlock.explain(RelationKind.SPGIST, ForkNumber.MAIN, block, left, right)
        .isPresent();
  }

  private static ByteBuffer spgist(int lower, int upper, int flags) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) lower);
    page.putShort(14, (short) upper);
    page.putShort(16, (short) 8184);
    page.putShort(8184, (short) flags);
    page.putShort(8190, (short) 0xFF82);
    return page;
  }

  private static boolean explain(ByteBuffer left, ByteBuffer right) {
    return ToleratedBlock.explain(RelationKind.SEQUENCE, ForkNumber.MAIN, 0, left, right)
        .isPresent();
  }

  private static boolean explainSpgist(ByteBuffer page, int changedAt, long block) {
    ByteBuffer other = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    other.put(changedAt, (byte) 1);
    return ToleratedBlock.explain(RelationKind.SPGIST, ForkNumber.MAIN, block, page, other)
        .isPresent();
  }

  /** A page as {@code fill_seq_with_data} makes it, as far as the test needs it. */
  private static ByteBuffer sequence(long lastValue, long logCount) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 28);
    page.putShort(14, (short) 8128);
    page.putShort(16, (short) 8184);
    page.putInt(24, 8128 | 1 << 15 | 41 << 17);
    page.put(8128 + 22, (byte) 24);
    page.putLong(COUNTERS, lastValue);
    page.putLong(COUNTERS + 8, logCount);
    page.put(COUNTERS + 16, (byte) 1);
    page.putInt(8184, 0x1717);
    return page;
  }
}
