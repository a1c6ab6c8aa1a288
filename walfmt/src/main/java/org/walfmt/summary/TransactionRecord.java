package org.walfmt.summary;

import java.nio.ByteBuffer;
import org.walfmt.CorruptWalException;
import org.walfmt.WalPosition;

/**
 * Main data of a transaction's end: {@code xl_xact_commit} and {@code xl_xact_abort} with what
 * follows them, as far as the list of relations whose files are removed.
 *
 * <pre>
 *   | time, 8 | xinfo, 4 | database info, 8 | n, subxids 4 n | n, relations 12 n | ...
 * </pre>
 *
 * <p>Each part but the first is there only if a flag says so. Source: {@code access/xact.h}, {@code
 * ParseCommitRecord} in {@code rmgrdesc/xactdesc.c}; the same in 13 to 18.
 */
final class TransactionRecord {
  private static final int OP_MASK = 0x70;
  private static final int COMMIT = 0x00;
  private static final int ABORT = 0x20;
  private static final int COMMIT_PREPARED = 0x30;
  private static final int ABORT_PREPARED = 0x40;
  private static final int HAS_INFO = 0x80;

  private static final int TIME = 8;
  private static final int HAS_DBINFO = 0x001;
  private static final int HAS_SUBXACTS = 0x002;
  private static final int HAS_RELATIONS = 0x004;
  private static final int DBINFO = 8;
  private static final int XID = 4;
  private static final int LOCATOR = 12;

  private final ByteBuffer buffer;
  private final int end;
  private final int info;
  private int at;

  TransactionRecord(ByteBuffer buffer, int offset, int length, int info) {
    this.buffer = buffer;
    this.at = offset;
    this.end = offset + length;
    this.info = info;
  }

  /** Whether the record ends a transaction. */
  boolean ends() {
    int op = info & OP_MASK;
    return op == COMMIT || op == ABORT || op == COMMIT_PREPARED || op == ABORT_PREPARED;
  }

  /** Number of relations in the list; it begins at {@link #relationsOffset}. */
  int findRelations(WalPosition where) throws CorruptWalException {
    skip(TIME, where);
    if ((info & HAS_INFO) == 0) {
      return 0;
    }
    int parts = buffer.getInt(skip(Integer.BYTES, where));
    if ((parts & HAS_DBINFO) != 0) {
      skip(DBINFO, where);
    }
    if ((parts & HAS_SUBXACTS) != 0) {
      skip(XID * count(XID, where), where);
    }
    return (parts & HAS_RELATIONS) == 0 ? 0 : count(LOCATOR, where);
  }

  private int count(int itemLength, WalPosition where) throws CorruptWalException {
    long count = Integer.toUnsignedLong(buffer.getInt(skip(Integer.BYTES, where)));
    if (count > (end - at) / itemLength) {
      throw new CorruptWalException("list of " + count + " items is cut off", where);
    }
    return (int) count;
  }

  private int skip(int bytes, WalPosition where) throws CorruptWalException {
    if (bytes > end - at) {
      throw new CorruptWalException("transaction record is cut off", where);
    }
    int start = at;
    at += bytes;
    return start;
  }

  /** Where in the buffer the list begins. */
  int relationsOffset() {
    return at;
  }
}
