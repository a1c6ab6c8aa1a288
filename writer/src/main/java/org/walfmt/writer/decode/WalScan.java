package org.walfmt.writer.decode;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryFile;

/**
 * Reads the WAL of a range and tells which blocks it changed. Memory grows with these, not with the
 * WAL.
 */
public final class WalScan {
  private WalScan() {}

  /**
   * Reads from the record at {@code start} to the one at {@code end}, whose changes do not count
   * any more, but which must be there: else the walk came along a way that the server did not go.
   *
   * @param wal opened by several threads at once
   * @param forMainForks whether what it tells of other forks is passed over
   * @param jobs pieces of WAL decoded side by side
   * @throws RefusedException if WAL is missing, or does not tell all changes; with {@link
   *     Reason#MISMATCH} if the record that should begin the range does not: proof of another
   *     history
   * @throws WalFormatException if WAL is damaged
   */
  public static BlockChanges run(
      SegmentSource wal,
      StreamIdentity identity,
      Lsn start,
      Lsn end,
      boolean forMainForks,
      int jobs,
      Monitor monitor)
      throws IOException {
    String range = "the WAL from " + start + " to " + end + " is needed";
    try {
      return read(wal, identity, start, end, forMainForks, jobs, monitor);
    } catch (WalFormatException e) {
      throw ranged(e, range);
    } catch (RefusedException e) {
      if (e.reason() != Reason.MISMATCH) {
        throw e;
      }
      RefusedException refused =
          new RefusedException(
              e.reason(),
              String.valueOf(e.getMessage()),
              e.detail().orElse("") + "; " + range,
              e.hint().orElse(""));
      refused.initCause(e);
      throw refused;
    }
  }

  /** The same fault, with what the WAL is needed for. */
  private static WalFormatException ranged(WalFormatException e, String range) {
    String message = e.getMessage() + "; " + range;
    WalFormatException ranged;
    if (e instanceof TruncatedWalException) {
      ranged = new TruncatedWalException(message);
    } else if (e instanceof UnsupportedWalException) {
      ranged = new UnsupportedWalException(message);
    } else {
      ranged = new CorruptWalException(message);
    }
    ranged.initCause(e);
    return ranged;
  }

  private static BlockChanges read(
      SegmentSource wal,
      StreamIdentity identity,
      Lsn start,
      Lsn end,
      boolean forMainForks,
      int jobs,
      Monitor monitor)
      throws IOException {
    BlockChanges changes = new BlockChanges();
    @Nullable WalPosition minimal = null;
    try (WalPieces pieces = new WalPieces(wal, identity, start, end, true, forMainForks, jobs)) {
      long told = start.value();
      for (WalPiece piece = pieces.next(); piece != null; piece = pieces.next()) {
        changes.append(piece.changes());
        requireRoom(changes);
        minimal = minimal == null ? piece.minimal() : minimal;
        if (!piece.isComplete()) {
          throw missing(wal, identity.segmentSize(), piece, pieces.position(), start, end);
        }
        monitor.advance(pieces.position().value() - told);
        told = pieces.position().value();
      }
    }
    if (minimal != null) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "WAL from " + start + " to " + end + " was written with wal_level=minimal in part",
          "such WAL does not tell all changes; a record tells so " + minimal,
          "Use --changes=scan, or take a full backup.");
    }
    return changes;
  }

  private static void requireRoom(BlockChanges changes) throws RefusedException {
    if (changes.size() > SummaryFile.MOST_FORKS) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "the WAL changed more than " + SummaryFile.MOST_FORKS + " relations",
          "",
          "Use --changes=scan.");
    }
  }

  /** The WAL ends too soon: a segment is not there, or has less than it should. */
  private static IOException missing(
      SegmentSource wal, SegmentSize size, WalPiece piece, Lsn at, Lsn start, Lsn end)
      throws IOException {
    String detail = "the WAL from " + start + " to " + end + " is needed, it ends at " + at;
    String hint = "Use --changes=scan, or bring the segment back into the archive.";
    for (long n = size.segmentNumber(at); n <= size.segmentNumber(end); n++) {
      Optional<SegmentInput> opened = wal.open(n);
      if (opened.isEmpty()) {
        return new RefusedException(
            Reason.INCOMPLETE, "WAL segment " + wal.name(n) + " is missing", detail, hint);
      }
      opened.get().close();
    }
    RefusedException refused =
        new RefusedException(
            Reason.INCOMPLETE,
            piece.cut() == null
                ? "WAL segment " + wal.name(size.segmentNumber(at)) + " is not filled to its end"
                : String.valueOf(piece.cut().getMessage()),
            detail,
            hint);
    refused.initCause(piece.cut());
    return refused;
  }
}
