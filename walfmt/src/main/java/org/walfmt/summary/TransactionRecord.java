package org.walfmt.summary;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.WalPosition;

/**
 * Main data of a transaction's end: {@code xl_xact_commit} and {@code xl_xact_abort} with what
 * follows them, as far as the number of a prepared transaction.
 *
 * <pre>
 *   | time, 8 | xinfo, 4 | database info, 8 | n, subxids 4 n | n, relations 12 n
 *   | n, statistics | n, invalidations 16 n | prepared xid, 4 | ...
 * </pre>
 *
 * <p>Each part but the first is there only if a flag says so. Those of statistics come with 15 and
 * have 12 bytes each, from 18 on 16. Source: {@code access/xact.h}, {@code ParseCommitRecord} and
 * {@code ParseAbortRecord} in {@code rmgrdesc/xactdesc.c}.
 */
public final class TransactionRecord {
  /** {@code RM_XACT_ID}. */
  public static final int RMGR = 1;

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
  private static final int HAS_INVALIDATIONS = 0x008;
  private static final int HAS_PREPARED_XID = 0x010;
  private static final int HAS_STATISTICS = 0x100;
  private static final int DBINFO = 8;
  private static final int XID = 4;
  private static final int LOCATOR = 12;
  private static final int STATISTICS = 12;
  private static final int STATISTICS_18 = 16;
  private static final int INVALIDATION = 16;

  private final ByteBuffer buffer;
  private final int end;
  private final int info;
  private int at;
  private int parts;

  /**
   * @param length bytes of the main data that are in the buffer
   * @param info {@code xl_info} of the record
   */
  public TransactionRecord(ByteBuffer buffer, int offset, int length, int info) {
    this.buffer = buffer;
    this.at = offset;
    this.end = offset + length;
    this.info = info;
  }

  /** Whether the record ends a transaction. */
  public boolean ends() {
    int op = info & OP_MASK;
    return op == COMMIT || op == ABORT || op == COMMIT_PREPARED || op == ABORT_PREPARED;
  }

  /** Number of relations in the list; it begins at {@link #relationsOffset}. */
  int findRelations(Supplier<WalPosition> where) throws CorruptWalException {
    skip(TIME, where);
    if ((info & HAS_INFO) == 0) {
      return 0;
    }
    parts = buffer.getInt(skip(Integer.BYTES, where));
    if ((parts & HAS_DBINFO) != 0) {
      skip(DBINFO, where);
    }
    if ((parts & HAS_SUBXACTS) != 0) {
      skip(XID * count(XID, where), where);
    }
    return (parts & HAS_RELATIONS) == 0 ? 0 : count(LOCATOR, where);
  }

  /**
   * The transaction that the record ends, by which recovery knows it: for a prepared one not that
   * of the header. To be asked once, instead of {@link #findRelations}.
   *
   * @param headerXid {@code xl_xid} of the record
   */
  public long xid(long headerXid, PgVersion version, Supplier<WalPosition> where)
      throws CorruptWalException {
    int op = info & OP_MASK;
    if (op == COMMIT || op == ABORT) {
      return headerXid;
    }
    skip(LOCATOR * findRelations(where), where);
    if ((parts & HAS_STATISTICS) != 0 && version.isAtLeast(PgVersion.V15)) {
      int item = version.isAtLeast(PgVersion.V18) ? STATISTICS_18 : STATISTICS;
      skip(item * count(item, where), where);
    }
    if ((parts & HAS_INVALIDATIONS) != 0) {
      skip(INVALIDATION * count(INVALIDATION, where), where);
    }
    return (parts & HAS_PREPARED_XID) == 0
        ? 0
        : Integer.toUnsignedLong(buffer.getInt(skip(XID, where)));
  }

  private int count(int itemLength, Supplier<WalPosition> where) throws CorruptWalException {
    long count = Integer.toUnsignedLong(buffer.getInt(skip(Integer.BYTES, where)));
    if (count > (end - at) / itemLength) {
      throw new CorruptWalException("list of " + count + " items is cut off", where.get());
    }
    return (int) count;
  }

  private int skip(int bytes, Supplier<WalPosition> where) throws CorruptWalException {
    if (bytes > end - at) {
      throw new CorruptWalException("transaction record is cut off", where.get());
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
