package org.walfmt.tests.compare;

import java.nio.ByteBuffer;

/** What {@code heap_mask} hides in one tuple of a heap page ({@code HeapTupleHeaderData}). */
final class HeapTupleMask {
  /** {@code SizeofHeapTupleHeader}. */
  private static final int HEADER_SIZE = 23;

  private static final int T_CID = 8;
  private static final int T_CTID = 12;
  private static final int T_CTID_POSID = 16;
  private static final int T_INFOMASK = 20;

  private static final int HEAP_XMIN_FROZEN = 0x0300;
  private static final int HEAP_XMAX_COMMITTED = 0x0400;
  private static final int HEAP_XMAX_INVALID = 0x0800;
  private static final int HEAP_XACT_MASK = 0xFFF0;
  private static final int SPEC_TOKEN_OFFSET_NUMBER = 0xFFFE;
  private static final int MAXIMUM_ALIGNMENT = 8;

  private HeapTupleMask() {}

  /** Hides what may differ in the tuple with this line pointer number, from 1, of this block. */
  static void mask(ByteBuffer page, long block, int number) {
    int itemId = page.getInt(Pages.itemIdOffset(number));
    int offset = Pages.itemOffset(itemId);
    int length = Pages.itemLength(itemId);
    if (Pages.itemFlags(itemId) == Pages.LP_NORMAL && offset + HEADER_SIZE <= Pages.SIZE) {
      maskHeader(page, offset, block, number);
    }
    if (length > 0 && offset + length <= Pages.SIZE) {
      int aligned = (length + MAXIMUM_ALIGNMENT - 1) & -MAXIMUM_ALIGNMENT;
      Pages.fill(page, offset + length, Math.min(offset + aligned, Pages.SIZE));
    }
  }

  private static void maskHeader(ByteBuffer page, int offset, long block, int number) {
    int infomask = Pages.u16(page, offset + T_INFOMASK);
    boolean frozen = (infomask & HEAP_XMIN_FROZEN) == HEAP_XMIN_FROZEN;
    int hidden = frozen ? HEAP_XMAX_COMMITTED | HEAP_XMAX_INVALID : HEAP_XACT_MASK;
    page.putShort(offset + T_INFOMASK, (short) (infomask & ~hidden));
    page.putInt(offset + T_CID, 0);
    if (Pages.u16(page, offset + T_CTID_POSID) == SPEC_TOKEN_OFFSET_NUMBER) {
      page.putShort(offset + T_CTID, (short) (block >>> Short.SIZE));
      page.putShort(offset + T_CTID + Short.BYTES, (short) block);
      page.putShort(offset + T_CTID_POSID, (short) number);
    }
  }
}
