package org.walfmt.record;

import java.nio.ByteBuffer;

/**
 * The fixed part at the start of a record: {@code XLogRecord}.
 *
 * <pre>
 *   0              4     8      16     17     18        20    24
 *   | total length | xid | prev | info | rmid | padding | crc |
 * </pre>
 *
 * <p>Little-endian. Source: PostgreSQL 18, {@code access/xlogrecord.h}.
 */
public final class RecordHeader {
  /** {@code SizeOfXLogRecord}. */
  public static final int LENGTH = 24;

  /** Records start on multiples of this: {@code MAXIMUM_ALIGNOF}. */
  public static final int ALIGNMENT = 8;

  /** The bits of {@code xl_info} that belong to the resource manager. */
  public static final int RMGR_INFO_MASK = 0xF0;

  /** {@code XLR_SPECIAL_REL_UPDATE}. */
  public static final int SPECIAL_REL_UPDATE = 0x01;

  static final int XL_TOT_LEN = 0;
  static final int XL_XID = 4;
  static final int XL_PREV = 8;
  static final int XL_INFO = 16;
  static final int XL_RMID = 17;
  static final int PADDING = 18;
  static final int XL_CRC = 20;

  private RecordHeader() {}

  /** {@code xl_tot_len}, unsigned: header and body, without padding and page headers. */
  public static long totalLength(ByteBuffer record, int offset) {
    return Integer.toUnsignedLong(record.getInt(offset + XL_TOT_LEN));
  }

  /** {@code xl_xid}, unsigned. */
  public static long xid(ByteBuffer record, int offset) {
    return Integer.toUnsignedLong(record.getInt(offset + XL_XID));
  }

  /** {@code xl_prev}: start of the record before. */
  public static long prev(ByteBuffer record, int offset) {
    return record.getLong(offset + XL_PREV);
  }

  /** {@code xl_info}, 8 bits. */
  public static int info(ByteBuffer record, int offset) {
    return Byte.toUnsignedInt(record.get(offset + XL_INFO));
  }

  /** {@code xl_rmid}, 8 bits. */
  public static int rmid(ByteBuffer record, int offset) {
    return Byte.toUnsignedInt(record.get(offset + XL_RMID));
  }

  /** The two bytes of padding, zero in every record that a server or walfmt wrote. */
  public static int padding(ByteBuffer record, int offset) {
    return record.getShort(offset + PADDING);
  }

  /** {@code xl_crc}. */
  public static int crc(ByteBuffer record, int offset) {
    return record.getInt(offset + XL_CRC);
  }

  /** Writes all but {@code xl_prev} and {@code xl_crc}, which only the layout knows: zeros. */
  public static void write(ByteBuffer record, int offset, int totalLength, int rmid, int info) {
    record.putInt(offset + XL_TOT_LEN, totalLength);
    record.putInt(offset + XL_XID, 0);
    record.putLong(offset + XL_PREV, 0);
    record.put(offset + XL_INFO, (byte) info);
    record.put(offset + XL_RMID, (byte) rmid);
    record.putShort(offset + PADDING, (short) 0);
    record.putInt(offset + XL_CRC, 0);
  }

  /** Sets {@code xl_prev}. */
  public static void putPrev(ByteBuffer record, int offset, long prev) {
    record.putLong(offset + XL_PREV, prev);
  }

  /** Sets {@code xl_crc}. */
  public static void putCrc(ByteBuffer record, int offset, int crc) {
    record.putInt(offset + XL_CRC, crc);
  }

  /** {@link #totalLength(ByteBuffer, int)} of a record in an array. */
  public static long totalLength(byte[] record, int offset) {
    return Integer.toUnsignedLong(LittleEndian.getInt(record, offset + XL_TOT_LEN));
  }

  /** {@link #prev(ByteBuffer, int)} of a record in an array. */
  public static long prev(byte[] record, int offset) {
    return LittleEndian.getLong(record, offset + XL_PREV);
  }

  /** {@link #info(ByteBuffer, int)} of a record in an array. */
  public static int info(byte[] record, int offset) {
    return LittleEndian.unsignedByte(record, offset + XL_INFO);
  }

  /** {@link #rmid(ByteBuffer, int)} of a record in an array. */
  public static int rmid(byte[] record, int offset) {
    return LittleEndian.unsignedByte(record, offset + XL_RMID);
  }

  /** {@link #crc(ByteBuffer, int)} of a record in an array. */
  public static int crc(byte[] record, int offset) {
    return LittleEndian.getInt(record, offset + XL_CRC);
  }

  /** {@code length} rounded up to a multiple of {@link #ALIGNMENT}: {@code MAXALIGN}. */
  public static long align(long length) {
    return length + ALIGNMENT - 1 & -ALIGNMENT;
  }
}
