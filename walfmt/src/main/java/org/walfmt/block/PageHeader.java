package org.walfmt.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a data page: {@code PageHeaderData}.
 *
 * <pre>
 *   0          4         8          10      12      14      16        18                  20          24
 *   | LSN high | LSN low | checksum | flags | lower | upper | special | size and version | prune xid |
 * </pre>
 *
 * <p>Little-endian; the two halves of the LSN are each so, the high one first. Accessors of bytes
 * in a buffer, since a scan looks at millions of pages. Source: {@code storage/bufpage.h}, layout
 * version 4, which all of 13 to 18 use.
 */
public final class PageHeader {
  private static final int PD_LSN_XLOGID = 0;
  private static final int PD_LSN_XRECOFF = PD_LSN_XLOGID + Integer.BYTES;
  private static final int PD_CHECKSUM = PD_LSN_XRECOFF + Integer.BYTES;
  private static final int PD_FLAGS = PD_CHECKSUM + Short.BYTES;
  private static final int PD_LOWER = PD_FLAGS + Short.BYTES;
  private static final int PD_UPPER = PD_LOWER + Short.BYTES;
  private static final int PD_SPECIAL = PD_UPPER + Short.BYTES;
  private static final int PD_PAGESIZE_VERSION = PD_SPECIAL + Short.BYTES;
  private static final int PD_PRUNE_XID = PD_PAGESIZE_VERSION + Short.BYTES;

  /** Length of the header in bytes: {@code SizeOfPageHeaderData}. */
  public static final int LENGTH = PD_PRUNE_XID + Integer.BYTES;

  /** Bytes in a page: {@code BLCKSZ}; servers built with another size are refused. */
  public static final int PAGE_SIZE = 8192;

  private static final int PD_VALID_FLAG_BITS = 0x0007;
  private static final int MAXIMUM_ALIGNOF = 8;

  private PageHeader() {}

  /**
   * Returns {@code pd_lsn} as an unsigned number: the end of the last record that changed the page.
   */
  public static long lsn(ByteBuffer page, int offset) {
    assert page.order() == ByteOrder.LITTLE_ENDIAN;
    return Long.rotateLeft(page.getLong(offset + PD_LSN_XLOGID), Integer.SIZE);
  }

  /** Returns {@code pd_checksum}, 0 to 65535; without meaning unless the cluster has checksums. */
  public static int checksum(ByteBuffer page, int offset) {
    return uint16(page, offset + PD_CHECKSUM);
  }

  /** Returns {@code pd_flags}. */
  public static int flags(ByteBuffer page, int offset) {
    return uint16(page, offset + PD_FLAGS);
  }

  /** Returns {@code pd_lower}, the offset of the free space. */
  public static int lower(ByteBuffer page, int offset) {
    return uint16(page, offset + PD_LOWER);
  }

  /** Returns {@code pd_upper}, the offset of the end of the free space. */
  public static int upper(ByteBuffer page, int offset) {
    return uint16(page, offset + PD_UPPER);
  }

  /** Returns {@code pd_special}, the offset of what an index keeps at the end of the page. */
  public static int special(ByteBuffer page, int offset) {
    return uint16(page, offset + PD_SPECIAL);
  }

  /** Returns {@code pd_pagesize_version}: 0x2004 on every initialised page. */
  public static int pagesizeVersion(ByteBuffer page, int offset) {
    return uint16(page, offset + PD_PAGESIZE_VERSION);
  }

  /** Returns whether the page was never initialised: {@code PageIsNew}. It then has no checksum. */
  public static boolean isNew(ByteBuffer page, int offset) {
    return upper(page, offset) == 0;
  }

  /** Returns whether every byte of the page is zero, as after an extension of the file. */
  public static boolean isAllZero(ByteBuffer page, int offset) {
    for (int at = offset; at < offset + PAGE_SIZE; at += Long.BYTES) {
      if (page.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns whether the server would take the page for sound, its checksum aside: {@code
   * PageIsVerified} in {@code storage/page/bufpage.c}. A new page is sound only if it is all zero.
   */
  public static boolean isSane(ByteBuffer page, int offset) {
    if (isNew(page, offset)) {
      return isAllZero(page, offset);
    }
    int special = special(page, offset);
    return (flags(page, offset) & ~PD_VALID_FLAG_BITS) == 0
        && lower(page, offset) <= upper(page, offset)
        && upper(page, offset) <= special
        && special <= PAGE_SIZE
        && special % MAXIMUM_ALIGNOF == 0;
  }

  private static int uint16(ByteBuffer page, int at) {
    assert page.order() == ByteOrder.LITTLE_ENDIAN;
    return Short.toUnsignedInt(page.getShort(at));
  }
}
