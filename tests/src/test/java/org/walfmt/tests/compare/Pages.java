package org.walfmt.tests.compare;

import java.nio.ByteBuffer;

/** The fields of a data page that a mask looks at: {@code PageHeaderData}, {@code ItemIdData}. */
final class Pages {
  /** {@code BLCKSZ}. */
  static final int SIZE = 8192;

  /** {@code SizeOfPageHeaderData}. */
  static final int HEADER_SIZE = 24;

  /** {@code LP_NORMAL}: a line pointer to a tuple. */
  static final int LP_NORMAL = 1;

  static final int PD_LSN = 0;
  static final int PD_CHECKSUM = 8;
  static final int PD_FLAGS = 10;
  static final int PD_LOWER = 12;
  static final int PD_UPPER = 14;
  static final int PD_SPECIAL = 16;
  static final int PD_PRUNE_XID = 20;

  private static final int ITEM_ID_SIZE = 4;

  private Pages() {}

  static int u16(ByteBuffer page, int offset) {
    return Short.toUnsignedInt(page.getShort(offset));
  }

  static int lower(ByteBuffer page) {
    return u16(page, PD_LOWER);
  }

  static int upper(ByteBuffer page) {
    return u16(page, PD_UPPER);
  }

  static int special(ByteBuffer page) {
    return u16(page, PD_SPECIAL);
  }

  /** The number of line pointers: {@code PageGetMaxOffsetNumber}. */
  static int itemCount(ByteBuffer page) {
    return Math.max(0, (lower(page) - HEADER_SIZE) / ITEM_ID_SIZE);
  }

  /** Where the line pointer with this number, from 1, lies in the page. */
  static int itemIdOffset(int number) {
    return HEADER_SIZE + (number - 1) * ITEM_ID_SIZE;
  }

  static int itemOffset(int itemId) {
    return itemId & 0x7FFF;
  }

  static int itemFlags(int itemId) {
    return itemId >>> 15 & 3;
  }

  static int itemLength(int itemId) {
    return itemId >>> 17;
  }

  static int withoutItemFlags(int itemId) {
    return itemId & ~(3 << 15);
  }

  static boolean isAllZero(ByteBuffer page) {
    for (int at = 0; at < SIZE; at += Long.BYTES) {
      if (page.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  static void fill(ByteBuffer page, int from, int to) {
    for (int at = from; at < to; at++) {
      page.put(at, (byte) 0);
    }
  }
}
