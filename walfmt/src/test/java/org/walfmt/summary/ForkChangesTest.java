package org.walfmt.summary;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The order of things counts: what comes after a cut is kept, what came before is not. */
class ForkChangesTest {
  private final ForkChanges fork = new ForkChanges(1663, 5, 16384, 0);

  private void has(String limitAndBlocks) {
    assertThat(fork).hasToString("1663/5/16384 fork 0 " + limitAndBlocks);
  }

  @Test
  void nothingIsKnownAtFirst() {
    has("blocks {}");
    assertThat(fork.limit()).isEqualTo(ForkChanges.NO_LIMIT);
  }

  @Test
  void aCutForgetsTheBlocksFromItOn() {
    fork.mark(4);
    fork.mark(5);
    fork.mark(-2);
    fork.cut(5);
    has("limit 5 blocks {4}");
  }

  @Test
  void whatIsMarkedAfterACutIsKept() {
    fork.cut(5);
    fork.mark(5);
    fork.mark(9);
    has("limit 5 blocks {5,9}");
  }

  @Test
  void onlyALowerCutCounts() {
    fork.cut(5);
    fork.mark(9);
    fork.cut(7);
    has("limit 5 blocks {9}");
    fork.cut(5);
    has("limit 5 blocks {9}");
    fork.cut(3);
    has("limit 3 blocks {}");
  }

  @Test
  void aCutToNothingForgetsAll() {
    fork.mark(0);
    fork.cut(0);
    has("limit 0 blocks {}");
    fork.mark(0);
    has("limit 0 blocks {0}");
  }

  @Test
  void theLastBlockOfAllCanBeMarkedAndCut() {
    fork.mark(0xFFFF_FFFE);
    has("blocks {4294967294}");
    fork.cut(0xFFFF_FFFEL);
    has("limit 4294967294 blocks {}");
  }

  @Test
  void whatHappenedLaterCutsFirstAndMarksThen() {
    fork.mark(3);
    fork.mark(9);
    ForkChanges later = new ForkChanges(1663, 5, 16384, 0);
    later.mark(2);
    later.cut(5);
    later.mark(6);
    fork.append(later);
    has("limit 5 blocks {2,3,6}");
  }

  @Test
  void somethingLaterWithoutALimitOnlyAddsBlocks() {
    fork.cut(5);
    fork.mark(9);
    ForkChanges later = new ForkChanges(1663, 5, 16384, 0);
    later.mark(1);
    fork.append(later);
    has("limit 5 blocks {1,9}");
    fork.append(new ForkChanges(1663, 5, 16384, 0));
    has("limit 5 blocks {1,9}");
  }

  @Test
  void equalsByAllThatIsKnown() {
    ForkChanges other = new ForkChanges(1663, 5, 16384, 0);
    assertThat(fork).isEqualTo(other).hasSameHashCodeAs(other);
    other.cut(7);
    assertThat(fork).isNotEqualTo(other);
    fork.cut(7);
    assertThat(fork).isEqualTo(other);
    fork.mark(1);
    assertThat(fork).isNotEqualTo(other);
    assertThat(fork).isNotEqualTo(new ForkChanges(1663, 5, 16384, 2));
  }
}
