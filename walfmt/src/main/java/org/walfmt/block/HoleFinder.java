package org.walfmt.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Finds the hole of a page: the bytes that its image leaves out.
 *
 * <p>The hole is the longest run of zero bytes that lies wholly within bytes 24 to 8191 of the page
 * and is at least 16 bytes long; of equally long runs the lowest (rules IMAGE-1 and IMAGE-2). It
 * follows the bytes alone, never pd_lower and pd_upper, since standard holes do hold data. An
 * all-zero page gives offset 24 and length 8168.
 *
 * <p>Hot: called once a block. Scans by words and, once it knows of a run, only looks where a
 * longer one could hide. HoleFinderTest holds the plain loop and checks that the two agree. An
 * instance carries the last result and must be used by one thread at a time.
 */
public final class HoleFinder {
  /** The shortest run worth leaving out; shorter ones would only cost time. */
  public static final int MIN_LENGTH = 16;

  private static final int START = PageHeader.LENGTH;
  private static final int END = PageHeader.PAGE_SIZE;

  private int holeOffset;
  private int holeLength;

  /** Returns the offset in the page of the hole found last, 0 if there was none. */
  public int holeOffset() {
    return holeOffset;
  }

  /** Returns the length of the hole found last, 0 if there was none. */
  public int holeLength() {
    return holeLength;
  }

  /**
   * Looks for the hole of the page whose first byte is at this index of the buffer; the buffer's
   * position is neither used nor moved.
   */
  public void find(ByteBuffer buffer, int page) {
    assert buffer.order() == ByteOrder.LITTLE_ENDIAN;
    int bestStart = 0;
    int bestLength = MIN_LENGTH - 1;
    int floor = START; // no run of interest begins in a word below
    while (true) {
      // A longer run fills at least this many words that begin at multiples of 8.
      int window = (bestLength + 1 - (Long.BYTES - 1)) & -Long.BYTES;
      int last = floor + window - Long.BYTES;
      if (last > END - Long.BYTES) {
        break;
      }
      int at = last;
      while (at >= floor && buffer.getLong(page + at) == 0) {
        at -= Long.BYTES;
      }
      if (at >= floor) {
        floor = at + Long.BYTES;
        continue;
      }
      int end = last + Long.BYTES;
      while (end < END && buffer.getLong(page + end) == 0) {
        end += Long.BYTES;
      }
      int start = floor - leadingZeroBytes(buffer, page, floor);
      int length = end + trailingZeroBytes(buffer, page, end) - start;
      if (length > bestLength) {
        bestStart = start;
        bestLength = length;
      }
      floor = end + Long.BYTES;
    }
    holeOffset = bestStart;
    holeLength = bestStart == 0 ? 0 : bestLength;
  }

  /** Returns how many bytes right below this word of the page are zero; 0 at the header. */
  private static int leadingZeroBytes(ByteBuffer buffer, int page, int word) {
    return word == START
        ? 0
        : Long.numberOfLeadingZeros(buffer.getLong(page + word - Long.BYTES)) / Byte.SIZE;
  }

  /** Returns how many bytes from this word of the page on are zero; 0 at the page's end. */
  private static int trailingZeroBytes(ByteBuffer buffer, int page, int word) {
    return word == END ? 0 : Long.numberOfTrailingZeros(buffer.getLong(page + word)) / Byte.SIZE;
  }
}
