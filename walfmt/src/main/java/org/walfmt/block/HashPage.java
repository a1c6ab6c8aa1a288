package org.walfmt.block;

import java.nio.ByteBuffer;

/**
 * Pages of hash indexes, known by what they have at their end: {@code HashPageOpaqueData} in {@code
 * access/hash.h}, the same in 13 to 18.
 */
public final class HashPage {
  private static final int SPECIAL = PageHeader.PAGE_SIZE - 16;
  private static final int HASHO_FLAG = PageHeader.PAGE_SIZE - 4;
  private static final int HASHO_PAGE_ID = PageHeader.PAGE_SIZE - 2;
  private static final int HASHO_PAGE_ID_VALUE = 0xFF80;
  private static final int LH_BUCKET_PAGE = 1 << 1;

  private HashPage() {}

  /**
   * Returns whether it is the first page of a bucket. Records that change another page of the
   * bucket name it as well, so that replay locks it, and leave it and its LSN as they are.
   */
  public static boolean isPrimaryBucket(ByteBuffer page, int offset) {
    return PageHeader.special(page, offset) == SPECIAL
        && Short.toUnsignedInt(page.getShort(offset + HASHO_PAGE_ID)) == HASHO_PAGE_ID_VALUE
        && (page.getShort(offset + HASHO_FLAG) & LH_BUCKET_PAGE) != 0;
  }
}
