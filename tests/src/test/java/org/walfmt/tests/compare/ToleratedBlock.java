package org.walfmt.tests.compare;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.walfmt.block.ForkNumber;

/** Recognises the pages whose difference is one of {@link Tolerance}. */
final class ToleratedBlock {
  private static final int SPGIST_LAST_USED_PAGES = 28;
  private static final int SPGIST_LAST_USED_PAGES_END = SPGIST_LAST_USED_PAGES + 8 * 8;

  /**
   * The metapage and the roots of values and of nulls: never freed ({@code SpGistBlockIsFixed}).
   */
  private static final int SPGIST_FIXED_BLOCKS = 3;

  private static final int SPGIST_SPECIAL = Pages.SIZE - 8;
  private static final int SPGIST_PAGE_ID_OFFSET = 6;
  private static final int SPGIST_PAGE_ID = 0xFF82;

  private static final int T_HOFF = 22;
  private static final int LAST_VALUE = 0;
  private static final int LOG_CNT = 8;
  private static final int SEQUENCE_COUNTERS_END = 16;
  private static final int SEQ_LOG_VALS = 32;

  private ToleratedBlock() {}

  /**
   * Returns what explains the difference of two masked pages, which it may change; empty if nothing
   * does.
   */
  static Optional<Tolerance> explain(
      RelationKind kind, ForkNumber fork, long block, ByteBuffer left, ByteBuffer right) {
    if (fork != ForkNumber.MAIN) {
      return Optional.empty();
    }
    if (kind == RelationKind.SPGIST && block >= SPGIST_FIXED_BLOCKS) {
      return isEmptySpgist(left) && isEmptySpgist(right)
          ? Optional.of(Tolerance.SPGIST_EMPTY_PAGES)
          : Optional.empty();
    }
    if (block != 0) {
      return Optional.empty();
    }
    if (kind == RelationKind.SPGIST) {
      Pages.fill(left, SPGIST_LAST_USED_PAGES, SPGIST_LAST_USED_PAGES_END);
      Pages.fill(right, SPGIST_LAST_USED_PAGES, SPGIST_LAST_USED_PAGES_END);
      return left.mismatch(right) < 0
          ? Optional.of(Tolerance.SPGIST_LAST_USED_PAGES)
          : Optional.empty();
    }
    if (kind == RelationKind.SEQUENCE && isSameLoggedEnd(left, right)) {
      return Optional.of(Tolerance.SEQUENCE_LOG_AHEAD);
    }
    return Optional.empty();
  }

  /** Returns what explains the difference of two pages of visibility maps, as they are on disk. */
  static Optional<Tolerance> explainMap(ByteBuffer left, ByteBuffer right) {
    if (hasNoBits(left) && hasNoBits(right)) {
      return Optional.of(Tolerance.VISIBILITY_MAP_WITHOUT_BITS);
    }
    boolean isLost =
        right.getLong(Pages.PD_LSN) != 0
            && (left.getLong(Pages.PD_LSN) == right.getLong(Pages.PD_LSN) || hasNoBits(right));
    for (int at = Pages.HEADER_SIZE; isLost && at < Pages.SIZE; at += Long.BYTES) {
      isLost = (right.getLong(at) & ~left.getLong(at)) == 0;
    }
    return isLost ? Optional.of(Tolerance.VISIBILITY_MAP_LOST_BY_COPY) : Optional.empty();
  }

  /** Whether a page of a visibility map says nothing of any heap page. */
  static boolean hasNoBits(ByteBuffer page) {
    for (int at = Pages.HEADER_SIZE; at < Pages.SIZE; at += Long.BYTES) {
      if (page.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isEmptySpgist(ByteBuffer page) {
    return Pages.isAllZero(page)
        || (Pages.lower(page) == Pages.HEADER_SIZE
            && Pages.upper(page) == SPGIST_SPECIAL
            && Pages.special(page) == SPGIST_SPECIAL
            && Pages.u16(page, SPGIST_SPECIAL + SPGIST_PAGE_ID_OFFSET) == SPGIST_PAGE_ID);
  }

  private static boolean isSameLoggedEnd(ByteBuffer left, ByteBuffer right) {
    int itemId = left.getInt(Pages.itemIdOffset(1));
    int tuple = Pages.itemOffset(itemId);
    if (Pages.itemCount(left) != 1
        || tuple + T_HOFF >= Pages.SIZE
        || tuple + Byte.toUnsignedInt(left.get(tuple + T_HOFF)) + SEQUENCE_COUNTERS_END
            > Pages.SIZE) {
      return false;
    }
    int counters = tuple + Byte.toUnsignedInt(left.get(tuple + T_HOFF));
    long leftLogged = left.getLong(counters + LOG_CNT);
    long rightLogged = right.getLong(counters + LOG_CNT);
    long values = left.getLong(counters + LAST_VALUE) - right.getLong(counters + LAST_VALUE);
    long steps = rightLogged - leftLogged;
    if (!isLogCount(leftLogged)
        || !isLogCount(rightLogged)
        || steps == 0
        || values == 0
        || values % steps != 0) {
      return false;
    }
    Pages.fill(left, counters, counters + SEQUENCE_COUNTERS_END);
    Pages.fill(right, counters, counters + SEQUENCE_COUNTERS_END);
    return left.mismatch(right) < 0;
  }

  private static boolean isLogCount(long count) {
    return count >= 0 && count <= SEQ_LOG_VALS;
  }
}
