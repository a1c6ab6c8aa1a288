package org.walfmt.replayer.consolidate;

import java.util.Arrays;
import java.util.OptionalLong;
import org.walfmt.series.ForkEntry;

/**
 * What a merge said of each fork, in order: below which block members before the merged ones may
 * contribute; 8 bytes a fork.
 */
final class ForkNotes {
  private static final int FIRST_CAPACITY = 1024;
  private static final long WHOLE = -1;

  private long[] ends = new long[FIRST_CAPACITY];
  private int size;
  private int read;

  /** Notes the next fork. */
  void add(ForkEntry merged) {
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
    }
    ends[size++] = merged.delta() ? merged.olderBlocksEnd() : WHOLE;
  }

  /** The next fork as it was noted, from what the newest member has of it. */
  ForkEntry next(ForkEntry entry) {
    long end = ends[read++];
    boolean delta = end != WHOLE;
    return new ForkEntry(
        entry.locator(),
        entry.fork(),
        entry.blocks(),
        entry.files(),
        entry.mode(),
        delta,
        delta && end < entry.blocks() ? OptionalLong.of(end) : OptionalLong.empty());
  }
}
