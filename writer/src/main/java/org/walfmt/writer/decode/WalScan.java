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
  private final SegmentSource wal;
  private final StreamIdentity identity;
  private final boolean forMainForks;
  private final int jobs;
  private final Monitor monitor;
  private final CustomManagers customManagers;

  /**
   * A scan of one or more ranges.
   *
   * @param wal opened by several threads at once
   * @param forMainForks whether what it tells of other forks is passed over
   * @param jobs pieces of WAL decoded side by side
   */
  public WalScan(
      SegmentSource wal, StreamIdentity identity, boolean forMainForks, int jobs, Monitor monitor) {
    this.wal = wal;
    this.identity = identity;
    this.forMainForks = forMainForks;
    this.jobs = jobs;
    this.monitor = monitor;
    this.customManagers = new CustomManagers(monitor);
  }

  /**
   * Reads from the record at {@code start} to the one at {@code end}, whose changes do not count
   * any more, but which must be there: else the walk came along a way that the server did not go.
   *
   * @param before the record before, which the one at {@code start} must follow, if that is known
   * @throws RefusedException if WAL is missing, or does not tell all changes; with {@link
   *     Reason#MISMATCH} if sound records prove that none begins where the range does, or that it
   *     does not follow the one before: it is another history
   * @throws WalFormatException if WAL is damaged
   */
  public BlockChanges run(Lsn start, Optional<Lsn> before, Lsn end) throws IOException {
    String range = "the WAL from " + start + " to " + end + " is needed";
    try {
      return read(start, before, end);
    } catch (WalFormatException e) {
      throw ranged(e, range);
    } catch (RefusedException e) {
      boolean isTold = (e.getMessage() + e.detail().orElse("")).contains(" to " + end + " ");
      if (isTold) {
        throw e;
      }
      RefusedException refused =
          new RefusedException(
              e.reason(),
              String.valueOf(e.getMessage()),
              e.detail().map(detail -> detail + "; ").orElse("") + range,
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

  private BlockChanges read(Lsn start, Optional<Lsn> before, Lsn end) throws IOException {
    BlockChanges changes = new BlockChanges();
    @Nullable WalPosition minimal = null;
    try (WalPieces pieces =
        new WalPieces(wal, identity, start, before, end, true, forMainForks, jobs)) {
      long told = start.value();
      for (WalPiece piece = pieces.next(); piece != null; piece = pieces.next()) {
        customManagers.tell(piece);
        changes.append(piece.changes());
        requireRoom(changes);
        minimal = minimal == null ? piece.minimal() : minimal;
        if (!piece.isComplete()) {
          throw missing(piece, pieces.position(), start, end);
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
  private IOException missing(WalPiece piece, Lsn at, Lsn start, Lsn end) throws IOException {
    SegmentSize size = identity.segmentSize();
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
