package org.walfmt.replayer.plan;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.Histories;
import org.walfmt.series.Series;

/**
 * Checks that the ordinary WAL from a backup's start to its stop is in the archive: for each
 * segment a whole file, of any timeline of the history that had WAL in it, as recovery looks for
 * it.
 */
final class WalCheck {
  private final Archive archive;
  private final Histories histories;

  WalCheck(Archive archive, Histories histories) {
    this.archive = archive;
    this.histories = histories;
  }

  void check(Series backup) throws IOException {
    SegmentSize size = backup.begin().segmentSize();
    TimelineHistory history =
        backup.begin().startTimeline().equals(backup.end().stopTimeline())
            ? histories
                .find(backup.end().stopTimeline())
                .orElse(TimelineHistory.of(backup.end().stopTimeline()))
            : histories.require(backup.end().stopTimeline());
    Lsn stop = backup.end().stopLsn();
    long last = size.segmentNumberBefore(stop);
    for (long n = size.segmentNumber(backup.begin().startLsn()); n <= last; n++) {
      if (!isThere(history, n, size)) {
        SegmentName missing =
            new SegmentName(history.timelineAt(min(size.start(n + 1), stop).plus(-1)), n, size);
        throw new RefusedException(
            Reason.INCOMPLETE,
            "WAL segment " + missing + " is not in archive \"" + archive.description() + "\"",
            "backup "
                + backup.id()
                + " needs the WAL from "
                + backup.begin().startLsn()
                + " to "
                + stop,
            "Let the server archive it, copy it there, or skip this check if restore_command"
                + " takes it from elsewhere.");
      }
    }
  }

  private static Lsn min(Lsn a, Lsn b) {
    return a.isBefore(b) ? a : b;
  }

  private boolean isThere(TimelineHistory history, long number, SegmentSize size)
      throws IOException {
    for (TimelineHistory.Entry entry : history.entries()) {
      boolean has =
          size.segmentNumber(entry.begin()) <= number
              && (entry.end().isEmpty() || size.segmentNumber(entry.end().get()) >= number);
      if (has) {
        Optional<Long> length =
            archive.length(new SegmentName(entry.timeline(), number, size).toString());
        if (length.isPresent() && length.get() == size.bytes()) {
          return true;
        }
      }
    }
    return false;
  }
}
