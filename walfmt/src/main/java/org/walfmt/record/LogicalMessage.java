package org.walfmt.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A message that replay ignores: main data of an {@code XLOG_LOGICAL_MESSAGE} record, {@code
 * xl_logical_message}. Notes of a series travel in these.
 *
 * <pre>
 *   0          4               5         8             16             24
 *   | database | transactional | padding | prefix size | message size | prefix, NUL | message |
 * </pre>
 *
 * <p>Little-endian; the prefix size counts the NUL. Source: PostgreSQL 18, {@code
 * replication/message.h}; the same in 13 to 18. In a record of ours: database 0, not transactional
 * (rule NOTE-1).
 */
public final class LogicalMessage {
  /** Bytes before the prefix: {@code SizeOfLogicalMessage}. */
  public static final int HEADER_LENGTH = 24;

  private static final int DB_ID = 0;
  private static final int TRANSACTIONAL = 4;
  private static final int PREFIX_SIZE = 8;
  private static final int MESSAGE_SIZE = 16;
  private static final int MAX_PREFIX = 64;
  private static final int LONG_MAIN_HEADER = 5;
  private static final int ID_DATA_LONG = 254;

  private LogicalMessage() {}

  /** Bytes of a record around a message with this prefix: what is not message. */
  public static int overhead(String prefix) {
    return RecordHeader.LENGTH + LONG_MAIN_HEADER + HEADER_LENGTH + prefix.length() + 1;
  }

  /**
   * Writes a whole record, but for previous LSN and CRC, at the start of {@code record}.
   *
   * @param prefix ASCII
   * @param message its remaining bytes are the message; the position moves to its limit
   * @return the record's total length
   */
  public static int writeRecord(ByteBuffer record, String prefix, ByteBuffer message) {
    int mainLength = HEADER_LENGTH + prefix.length() + 1 + message.remaining();
    int totalLength = RecordHeader.LENGTH + LONG_MAIN_HEADER + mainLength;
    RecordHeader.write(record, 0, totalLength, Rmgr.LOGICAL_MESSAGE, Rmgr.MESSAGE);
    int at = RecordHeader.LENGTH;
    record.put(at, (byte) ID_DATA_LONG);
    record.putInt(at + 1, mainLength);
    at += LONG_MAIN_HEADER;
    record.putInt(at + DB_ID, 0);
    record.putInt(at + TRANSACTIONAL, 0);
    record.putLong(at + PREFIX_SIZE, prefix.length() + 1);
    record.putLong(at + MESSAGE_SIZE, message.remaining());
    at += HEADER_LENGTH;
    byte[] name = prefix.getBytes(StandardCharsets.US_ASCII);
    record.put(at, name);
    record.put(at + name.length, (byte) 0);
    record.put(at + name.length + 1, message, message.position(), message.remaining());
    message.position(message.limit());
    return totalLength;
  }

  /** The prefix of the message in {@code record}, or empty if the main data is no message. */
  public static Optional<String> prefix(ByteBuffer buffer, DecodedRecord record) {
    int at = record.mainOffset();
    if (record.keptMainLength() < HEADER_LENGTH) {
      return Optional.empty();
    }
    long prefixSize = buffer.getLong(at + PREFIX_SIZE);
    long messageSize = buffer.getLong(at + MESSAGE_SIZE);
    if (prefixSize < 1
        || prefixSize > MAX_PREFIX
        || HEADER_LENGTH + prefixSize > record.keptMainLength()
        || messageSize != record.mainLength() - HEADER_LENGTH - prefixSize
        || buffer.get(at + HEADER_LENGTH + (int) prefixSize - 1) != 0) {
      return Optional.empty();
    }
    byte[] name = new byte[(int) prefixSize - 1];
    buffer.get(at + HEADER_LENGTH, name);
    return Optional.of(new String(name, StandardCharsets.ISO_8859_1));
  }

  /** Whether the fields that replay never looks at are as {@link #writeRecord} writes them. */
  public static boolean isCanonical(ByteBuffer buffer, DecodedRecord record) {
    return buffer.getInt(record.mainOffset() + DB_ID) == 0
        && buffer.getInt(record.mainOffset() + TRANSACTIONAL) == 0;
  }

  /** Where in the buffer the message begins, of a record that has a {@link #prefix}. */
  public static int messageOffset(ByteBuffer buffer, DecodedRecord record) {
    return record.mainOffset()
        + HEADER_LENGTH
        + (int) buffer.getLong(record.mainOffset() + PREFIX_SIZE);
  }

  /** Bytes of the message, of a record that has a {@link #prefix}. */
  public static int messageLength(ByteBuffer buffer, DecodedRecord record) {
    return (int) buffer.getLong(record.mainOffset() + MESSAGE_SIZE);
  }
}
