package org.walfmt.writer.changes;

import java.io.IOException;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.record.DecodedRecord;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.RecordChanges;

/**
 * Reads the WAL of a range and tells which blocks it changed. Memory grows with these, not with the
 * WAL.
 */
public final class WalScan {
  /** Transaction records are needed whole; a million removed relations take 12 MB. */
  private static final int KEPT = 16 << 20;

  /** Bounds the heap: each of so many relations takes about 80 bytes. */
  private static final int MOST_FORKS = 500_000;

  private static final long TELL_EVERY = 16 << 20;

  private WalScan() {}

  /**
   * Reads from the record at {@code start} to the one at {@code end}, whose changes do not count
   * any more, but which must be there: else the walk came along a way that the server did not go.
   *
   * @param forMainForks whether what it tells of other forks is passed over
   * @throws RefusedException if WAL is missing, or does not tell all changes; with {@link
   *     Reason#MISMATCH} if the record that should begin the range does not: proof of another
   *     history
   * @throws org.walfmt.WalFormatException if WAL is damaged
   */
  public static BlockChanges run(
      SegmentSource wal,
      StreamIdentity identity,
      Lsn start,
      Lsn end,
      boolean forMainForks,
      Monitor monitor)
      throws IOException {
    BlockChanges changes = new BlockChanges();
    RecordChanges records = new RecordChanges(identity.version(), changes, forMainForks);
    long told = start.value();
    DecodedRecord decoded = new DecodedRecord(identity.version());
    try (WalReader reader = new WalReader(wal, identity, start, false, KEPT)) {
      while (next(reader, start)) {
        if (reader.lsn() - told > TELL_EVERY) {
          monitor.advance(reader.lsn() - told);
          told = reader.lsn();
          requireRoom(changes);
        }
        if (Long.compareUnsigned(reader.lsn(), end.value()) >= 0) {
          requireEnd(reader, end);
          break;
        }
        decoded.decode(
            reader.buffer(),
            reader.offset(),
            reader.totalLength(),
            reader.keptLength(),
            reader.where());
        records.add(
            reader.buffer(),
            decoded,
            reader.rmid(),
            reader.info(),
            reader.keptLength() == reader.totalLength(),
            reader.where());
      }
      if (reader.end() != null) {
        throw missing(wal, identity, reader.position(), start, end);
      }
    }
    if (records.sawMinimalWalLevel()) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "WAL from " + start + " to " + end + " was written with wal_level=minimal in part",
          "such WAL does not tell all changes",
          "Use --changes=scan, or take a full backup.");
    }
    return changes;
  }

  private static boolean next(WalReader reader, Lsn start) throws IOException {
    boolean isFirst = reader.position().equals(start);
    try {
      return reader.next();
    } catch (CorruptWalException e) {
      if (!isFirst) {
        throw e;
      }
      RefusedException refused =
          new RefusedException(
              Reason.MISMATCH,
              "no record begins at " + start + ", where the parent does",
              String.valueOf(e.getMessage()),
              "The WAL is of another history, as after pg_resetwal: take a full backup.");
      refused.initCause(e);
      throw refused;
    }
  }

  private static void requireRoom(BlockChanges changes) throws RefusedException {
    if (changes.size() > MOST_FORKS) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "the WAL changed more than " + MOST_FORKS + " relations",
          "",
          "Use --changes=scan.");
    }
  }

  private static void requireEnd(WalReader reader, Lsn end) throws CorruptWalException {
    if (reader.lsn() != end.value()) {
      throw new CorruptWalException(
          "no record begins at " + end + ", where the range of WAL ends", reader.where());
    }
  }

  private static RefusedException missing(
      SegmentSource wal, StreamIdentity identity, Lsn at, Lsn start, Lsn end) {
    return new RefusedException(
        Reason.INCOMPLETE,
        "WAL segment " + wal.name(identity.segmentSize().segmentNumber(at)) + " is missing",
        "the WAL from " + start + " to " + end + " is needed, it ends at " + at,
        "Use --changes=scan, or bring the segment back into the archive.");
  }
}
