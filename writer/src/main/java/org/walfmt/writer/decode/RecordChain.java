package org.walfmt.writer.decode;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.WalFormatException;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/** Proves where records begin and what they follow, which tells another history from damage. */
public final class RecordChain {
  private static final String OTHER_HISTORY =
      "The WAL is of another history, as after pg_resetwal: take a full backup.";

  private RecordChain() {}

  /**
   * The record before the first one that begins at or after {@code at}; both are read. Empty if the
   * WAL has none there, or a damaged one, which whoever reads on finds.
   *
   * @param at where a record ends
   * @throws RefusedException if it is not there any more; with {@link Reason#MISMATCH} if the one
   *     at {@code at} does not follow it
   */
  public static Optional<Lsn> before(SegmentSource wal, StreamIdentity identity, Lsn at)
      throws IOException {
    Lsn next;
    Lsn prev;
    try (WalReader reader = reader(wal, identity, afterPageHeader(at, identity.segmentSize()))) {
      if (!reader.next()) {
        return Optional.empty();
      }
      next = new Lsn(reader.lsn());
      prev = new Lsn(RecordHeader.prev(reader.buffer(), reader.offset()));
    } catch (WalFormatException e) {
      return Optional.empty();
    }
    if (!prev.isValid()) {
      throw otherHistory(at, "the record at " + next + " is the first that its server wrote");
    }
    try (WalReader reader = reader(wal, identity, prev)) {
      if (!reader.next()) {
        throw new RefusedException(
            Reason.INCOMPLETE,
            "the record at " + prev + " is missing, which the one at " + next + " follows",
            "it is not in WAL segment "
                + wal.name(identity.segmentSize().segmentNumber(prev))
                + "; without it nothing proves that the WAL goes on",
            "Bring the segment back into the archive.");
      }
      if (reader.lsn() == prev.value() && reader.next() && reader.lsn() == next.value()) {
        return Optional.of(prev);
      }
    }
    throw otherHistory(
        at, "the record at " + next + " follows one at " + prev + ", which does not lead there");
  }

  /** What comes next is not what followed when it was written. */
  static RefusedException otherHistory(Lsn at, String detail) {
    return new RefusedException(
        Reason.MISMATCH,
        "the WAL does not go on at " + at + ", as it should",
        detail,
        OTHER_HISTORY);
  }

  /** A record that the range begins with is not there. */
  static RefusedException noRecordAt(Lsn at, String found) {
    return new RefusedException(
        Reason.MISMATCH, "no record begins at " + at + ", where one should", found, OTHER_HISTORY);
  }

  /**
   * Whether sound records prove that none begins at {@code lsn}: one is found behind it that
   * follows one before it. A damaged record at {@code lsn} proves nothing.
   */
  static boolean passes(SegmentSource wal, StreamIdentity identity, Lsn lsn) throws IOException {
    Lsn page = new Lsn(lsn.value() & -XLogPageHeader.PAGE_SIZE);
    try (WalReader reader = reader(wal, identity, page)) {
      while (reader.next()) {
        if (Long.compareUnsigned(reader.lsn(), lsn.value()) > 0) {
          long prev = RecordHeader.prev(reader.buffer(), reader.offset());
          return Long.compareUnsigned(prev, lsn.value()) < 0;
        }
      }
    } catch (WalFormatException e) {
      return false;
    }
    return false;
  }

  private static WalReader reader(SegmentSource wal, StreamIdentity identity, Lsn start) {
    return new WalReader(wal, identity, start, false, WalReader.MIN_KEEP, XLogPageHeader.PAGE_SIZE);
  }

  private static Lsn afterPageHeader(Lsn end, SegmentSize size) {
    return end.value() % XLogPageHeader.PAGE_SIZE == 0
        ? end.plus(XLogPageHeader.length(end, size))
        : end;
  }
}
