package org.walfmt.writer.changes;

import java.io.IOException;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
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

  private WalScan() {}

  /**
   * Reads from the record at {@code start} to the one at {@code end}, whose changes do not count
   * any more, but which must be there: else the walk came along a way that the server did not go.
   *
   * @throws RefusedException if WAL is missing, or does not tell all changes
   * @throws org.walfmt.WalFormatException if WAL is damaged
   */
  public static BlockChanges run(SegmentSource wal, StreamIdentity identity, Lsn start, Lsn end)
      throws IOException {
    BlockChanges changes = new BlockChanges();
    RecordChanges records = new RecordChanges(identity.version(), changes);
    DecodedRecord decoded = new DecodedRecord(identity.version());
    try (WalReader reader = new WalReader(wal, identity, start, false, KEPT)) {
      while (reader.next()) {
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
