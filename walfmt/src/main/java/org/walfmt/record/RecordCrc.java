package org.walfmt.record;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C in the order in which PostgreSQL feeds it: the body first, then the header up to {@code
 * xl_crc} (rule RECORD-4). One instance serves one thread and may take a record in pieces.
 *
 * <p>Source: {@code ValidXLogRecord} in PostgreSQL 18's {@code xlogreader.c}.
 */
public final class RecordCrc {
  private final CRC32C crc = new CRC32C();

  /** The checksum of the record at {@code offset}; the buffer's position and limit are moved. */
  public int compute(ByteBuffer buffer, int offset, int totalLength) {
    begin();
    update(buffer, offset + RecordHeader.LENGTH, offset + totalLength);
    return finish(buffer, offset);
  }

  /** The checksum of the record at {@code offset}. */
  public int compute(byte[] bytes, int offset, int totalLength) {
    crc.reset();
    crc.update(bytes, offset + RecordHeader.LENGTH, totalLength - RecordHeader.LENGTH);
    crc.update(bytes, offset, RecordHeader.XL_CRC);
    return (int) crc.getValue();
  }

  /** Begins a record whose body comes in pieces. */
  public void begin() {
    crc.reset();
  }

  /** Takes a piece of the body; the buffer's position and limit are moved. */
  public void update(ByteBuffer buffer, int from, int to) {
    buffer.limit(to).position(from);
    crc.update(buffer);
    buffer.clear();
  }

  /** Takes the header at {@code offset} and returns the checksum. */
  public int finish(ByteBuffer buffer, int offset) {
    update(buffer, offset, offset + RecordHeader.XL_CRC);
    return (int) crc.getValue();
  }
}
