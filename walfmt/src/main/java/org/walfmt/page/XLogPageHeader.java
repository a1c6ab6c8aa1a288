package org.walfmt.page;

import java.nio.ByteBuffer;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;

/**
 * The header of every WAL page: {@code XLogPageHeaderData}, and on a segment's first page {@code
 * XLogLongPageHeaderData}.
 *
 * <pre>
 *   0       2      4          8              16                 20        24
 *   | magic | info | timeline | page address | remaining length | padding |
 *   24                  32             36              40
 *   | system identifier | segment size | WAL page size |      long header only
 * </pre>
 *
 * <p>Little-endian. Source: PostgreSQL 18, {@code access/xlog_internal.h}. Read through the
 * accessors below, so that a walk over pages allocates nothing. Rules: PAGE-1 to PAGE-6.
 */
public final class XLogPageHeader {
  /** Length in bytes, padding included: {@code SizeOfXLogShortPHD}. */
  public static final int SHORT_LENGTH = 24;

  /** Length of a segment's first header: {@code SizeOfXLogLongPHD}. */
  public static final int LONG_LENGTH = 40;

  /** {@code XLOG_BLCKSZ}: bytes per WAL page. */
  public static final int PAGE_SIZE = 8192;

  /** {@code XLP_FIRST_IS_CONTRECORD}: the page begins with the rest of a record. */
  public static final int FIRST_IS_CONTRECORD = 0x0001;

  /** {@code XLP_LONG_HEADER}. */
  public static final int LONG_HEADER = 0x0002;

  /** {@code XLP_BKP_REMOVABLE}: advisory, never set in a series. */
  public static final int BKP_REMOVABLE = 0x0004;

  /** {@code XLP_FIRST_IS_OVERWRITE_CONTRECORD}: the record begun before was given up. */
  public static final int FIRST_IS_OVERWRITE_CONTRECORD = 0x0008;

  /** {@code XLP_ALL_FLAGS}. */
  public static final int ALL_FLAGS = 0x000F;

  private static final int XLP_MAGIC = 0;
  private static final int XLP_INFO = 2;
  private static final int XLP_TLI = 4;
  private static final int XLP_PAGEADDR = 8;
  private static final int XLP_REM_LEN = 16;
  private static final int PADDING = 20;
  private static final int XLP_SYSID = 24;
  private static final int XLP_SEG_SIZE = 32;
  private static final int XLP_XLOG_BLCKSZ = 36;

  private XLogPageHeader() {}

  /** Length of the header of the page at {@code pageAddress}. */
  public static int length(Lsn pageAddress, SegmentSize size) {
    return length(pageAddress.value(), size);
  }

  /** Length of the header of the page at {@code pageAddress}. */
  public static int length(long pageAddress, SegmentSize size) {
    return (pageAddress & (size.bytes() - 1)) == 0 ? LONG_LENGTH : SHORT_LENGTH;
  }

  /** {@code xlp_magic}, 16 bits. */
  public static int magic(ByteBuffer page, int offset) {
    return Short.toUnsignedInt(page.getShort(offset + XLP_MAGIC));
  }

  /** {@code xlp_info}, 16 bits. */
  public static int info(ByteBuffer page, int offset) {
    return Short.toUnsignedInt(page.getShort(offset + XLP_INFO));
  }

  /** {@code xlp_tli}, the bits of a {@link TimelineId}. */
  public static int timelineBits(ByteBuffer page, int offset) {
    return page.getInt(offset + XLP_TLI);
  }

  /** {@code xlp_pageaddr}: LSN of the page's own first byte. */
  public static long pageAddress(ByteBuffer page, int offset) {
    return page.getLong(offset + XLP_PAGEADDR);
  }

  /** {@code xlp_rem_len}: bytes still to come of a record begun earlier; an unsigned value. */
  public static long remainingLength(ByteBuffer page, int offset) {
    return Integer.toUnsignedLong(page.getInt(offset + XLP_REM_LEN));
  }

  /** The four bytes of padding, zero in every page that a server or walfmt wrote. */
  public static int padding(ByteBuffer page, int offset) {
    return page.getInt(offset + PADDING);
  }

  /** {@code xlp_sysid}, of a long header. */
  public static long systemIdentifier(ByteBuffer page, int offset) {
    return page.getLong(offset + XLP_SYSID);
  }

  /** {@code xlp_seg_size}, of a long header. */
  public static int segmentSize(ByteBuffer page, int offset) {
    return page.getInt(offset + XLP_SEG_SIZE);
  }

  /** {@code xlp_xlog_blcksz}, of a long header. */
  public static int walPageSize(ByteBuffer page, int offset) {
    return page.getInt(offset + XLP_XLOG_BLCKSZ);
  }

  /**
   * Writes the header of the page at {@code pageAddress}.
   *
   * @param remainingLength bytes of a record begun earlier; 0 if the page starts with a new one
   * @return the header's length
   */
  public static int write(
      ByteBuffer page,
      int offset,
      PgVersion version,
      TimelineId timeline,
      long pageAddress,
      int remainingLength,
      SegmentSize segmentSize,
      long systemIdentifier) {
    int length = length(pageAddress, segmentSize);
    int info = remainingLength == 0 ? 0 : FIRST_IS_CONTRECORD;
    if (length == LONG_LENGTH) {
      info |= LONG_HEADER;
      page.putLong(offset + XLP_SYSID, systemIdentifier);
      page.putInt(offset + XLP_SEG_SIZE, segmentSize.bytes());
      page.putInt(offset + XLP_XLOG_BLCKSZ, PAGE_SIZE);
    }
    page.putShort(offset + XLP_MAGIC, (short) version.walMagic());
    page.putShort(offset + XLP_INFO, (short) info);
    page.putInt(offset + XLP_TLI, timeline.bits());
    page.putLong(offset + XLP_PAGEADDR, pageAddress);
    page.putInt(offset + XLP_REM_LEN, remainingLength);
    page.putInt(offset + PADDING, 0);
    return length;
  }
}
