package org.walfmt.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * PostgreSQL's checksum of a data page: {@code pg_checksum_page} in {@code
 * storage/checksum_impl.h}.
 *
 * <p>The page is taken as 64 rows of 32 words; each column has a sum of its own, into which the
 * words are mixed in turn. Hot: called once a block. A page is copied out of its buffer in one
 * move, and the columns are worked off eight at a time with the sums in registers, which hides the
 * latency of the multiplication; PageChecksumTest holds the plain loop and checks that the two
 * agree.
 *
 * <p>An instance owns its scratch space and must be used by one thread at a time. It remembers the
 * last buffer it was given, so that a loop over one buffer allocates nothing.
 */
public final class PageChecksum {
  private static final int COLUMNS = 32;
  private static final int COLUMNS_AT_ONCE = 8;
  private static final int WORDS = PageHeader.PAGE_SIZE / Integer.BYTES;

  /** {@code FNV_PRIME}. */
  private static final int PRIME = 16777619;

  /** Word 2 of a page: its low half is {@code pd_checksum}, which counts as zero. */
  private static final int CHECKSUM_WORD = 2;

  private static final int NOT_CHECKSUM = 0xFFFF_0000;

  /** {@code checksumBaseOffsets}. */
  private static final int[] BASE_OFFSETS = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
  };

  private final int[] words = new int[WORDS];
  private ByteBuffer lastBuffer = ByteBuffer.allocate(0);
  private IntBuffer lastInts = lastBuffer.asIntBuffer();

  /**
   * Returns the checksum, 1 to 65535, that the page should have; the page is only read.
   *
   * @param offset index in the buffer of the page's first byte, a multiple of 4; the buffer's
   *     position is neither used nor moved, but the page must lie below its limit
   * @param blockInFork number of the block in its whole fork, not in its segment file
   */
  public int compute(ByteBuffer buffer, int offset, long blockInFork) {
    load(buffer, offset);
    int mixed = 0;
    for (int column = 0; column < COLUMNS; column += COLUMNS_AT_ONCE) {
      mixed ^= sumOfColumns(words, column);
    }
    mixed ^= (int) blockInFork;
    return Integer.remainderUnsigned(mixed, 65535) + 1;
  }

  /** Returns whether the page has the checksum it should have. A new page has none: never ask. */
  public boolean matches(ByteBuffer buffer, int offset, long blockInFork) {
    return compute(buffer, offset, blockInFork) == PageHeader.checksum(buffer, offset);
  }

  @SuppressWarnings("ReferenceEquality") // the same buffer, whatever it holds, has the same view
  private void load(ByteBuffer buffer, int offset) {
    assert buffer.order() == ByteOrder.LITTLE_ENDIAN;
    if (offset % Integer.BYTES != 0 || offset > buffer.limit() - PageHeader.PAGE_SIZE) {
      throw new IllegalArgumentException(
          "no page at offset " + offset + " of a buffer of " + buffer.limit() + " bytes");
    }
    if (buffer != lastBuffer) {
      lastBuffer = buffer;
      lastInts = buffer.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    }
    lastInts.get(offset / Integer.BYTES, words);
    words[CHECKSUM_WORD] &= NOT_CHECKSUM;
  }

  /**
   * Returns the XOR of the sums of eight columns; eight locals, so that C2 keeps them in registers.
   */
  private static int sumOfColumns(int[] words, int column) {
    int s0 = BASE_OFFSETS[column];
    int s1 = BASE_OFFSETS[column + 1];
    int s2 = BASE_OFFSETS[column + 2];
    int s3 = BASE_OFFSETS[column + 3];
    int s4 = BASE_OFFSETS[column + 4];
    int s5 = BASE_OFFSETS[column + 5];
    int s6 = BASE_OFFSETS[column + 6];
    int s7 = BASE_OFFSETS[column + 7];
    for (int at = column; at < WORDS; at += COLUMNS) {
      s0 = mix(s0, words[at]);
      s1 = mix(s1, words[at + 1]);
      s2 = mix(s2, words[at + 2]);
      s3 = mix(s3, words[at + 3]);
      s4 = mix(s4, words[at + 4]);
      s5 = mix(s5, words[at + 5]);
      s6 = mix(s6, words[at + 6]);
      s7 = mix(s7, words[at + 7]);
    }
    return finish(s0)
        ^ finish(s1)
        ^ finish(s2)
        ^ finish(s3)
        ^ finish(s4)
        ^ finish(s5)
        ^ finish(s6)
        ^ finish(s7);
  }

  /** {@code CHECKSUM_COMP}. */
  private static int mix(int sum, int word) {
    int mixed = sum ^ word;
    return (mixed * PRIME) ^ (mixed >>> 17);
  }

  /** Two more rounds with zeros, so that the last rows reach every bit. */
  private static int finish(int sum) {
    return mix(mix(sum, 0), 0);
  }
}
