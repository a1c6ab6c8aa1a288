package org.walfmt.writer.summaries;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;

/** What is said of WAL that cannot be summed up. */
final class WalkFailures {
  private static final String GO_ON = "or go on behind it with --start.";

  private WalkFailures() {}

  /**
   * A segment is missing or too short.
   *
   * @param later one that is there all the same
   */
  static RefusedException missing(
      ReadySegments segments, SegmentName name, Lsn position, Optional<SegmentName> later)
      throws IOException {
    Optional<Long> length = segments.shortLength(name);
    boolean isThere = segments.isThere(name);
    String fact =
        length.isEmpty()
            ? "WAL segment " + name + (isThere ? " is still being written" : " is missing")
            : "WAL segment "
                + name
                + " has "
                + length.get()
                + " bytes, expected "
                + name.size().bytes();
    return new RefusedException(
        Reason.INCOMPLETE,
        fact,
        "the WAL is summed up to "
            + position
            + later.map(found -> "; of what follows, segment " + found + " is there").orElse(""),
        "Bring it back, " + GO_ON);
  }

  /** The WAL ends within a segment, but there are later ones. */
  static RefusedException notFilled(String segment, String later, Lsn position) {
    return new RefusedException(
        Reason.INCOMPLETE,
        "WAL segment " + segment + " is not filled to its end",
        "its WAL ends at " + position + ", but segment " + later + " is there",
        "Bring back a sound copy of it, " + GO_ON);
  }

  static RefusedException minimal(Lsn from, Lsn to, WalPosition where) {
    return new RefusedException(
        Reason.PRECONDITION,
        "WAL from " + from + " to " + to + " was written with wal_level=minimal in part",
        "such WAL does not tell all changes; a record tells so " + where,
        "Go on with --start, behind where wal_level was raised again.");
  }

  static CorruptWalException noRecordAtSwitch(SegmentName segment, Lsn switchPoint, Lsn found) {
    return new CorruptWalException(
        "no record begins at "
            + switchPoint
            + " in WAL segment "
            + segment
            + ", where timeline "
            + segment.timeline()
            + " does, but at "
            + found);
  }

  /** Whether it may be due to a segment's file that is used again. */
  static boolean isOfWal(IOException e) {
    return e instanceof WalFormatException
        || (e instanceof RefusedException refused
            && (refused.reason() == Reason.MISMATCH || refused.reason() == Reason.INCOMPLETE));
  }

  /** The same failure, with the range of WAL that was to be summed up. */
  static IOException ranged(IOException e, Lsn from, Lsn to) {
    String message = e.getMessage() + "; summing up the WAL from " + from + " to " + to;
    IOException ranged;
    if (e instanceof RefusedException refused && refused.reason() == Reason.MISMATCH) {
      ranged =
          new RefusedException(
              Reason.MISMATCH,
              message,
              refused.detail().orElse(""),
              "The WAL is of another history than the summaries, as after pg_resetwal: use a new"
                  + " directory, or --start.");
    } else if (e instanceof TruncatedWalException) {
      ranged = new TruncatedWalException(message);
    } else if (e instanceof UnsupportedWalException) {
      ranged = new UnsupportedWalException(message);
    } else if (e instanceof WalFormatException) {
      ranged = new CorruptWalException(message);
    } else {
      return e;
    }
    ranged.initCause(e);
    return ranged;
  }
}
