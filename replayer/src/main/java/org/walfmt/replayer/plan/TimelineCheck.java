package org.walfmt.replayer.plan;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.Histories;
import org.walfmt.series.Series;

/**
 * Tells whether a server that recovers along the newest timeline can start on a backup: not if that
 * timeline branched off before the backup's end ({@code readRecoverySignalFile} and {@code
 * findNewestTimeLine} of xlogrecovery.c and timeline.c).
 */
public final class TimelineCheck {
  private TimelineCheck() {}

  /** Warns if {@code recovery_target_timeline = latest} cannot lead through the backup's end. */
  public static void warn(Archive archive, Series backup, Monitor monitor) throws IOException {
    Histories histories = new Histories(archive);
    TimelineId stop = backup.end().stopTimeline();
    TimelineId newest = stop;
    Optional<TimelineHistory> history = Optional.empty();
    while (true) {
      TimelineId next = TimelineId.of(newest.number() + 1);
      Optional<TimelineHistory> found = histories.find(next);
      if (found.isEmpty()) {
        break;
      }
      newest = next;
      history = found;
    }
    if (history.isPresent() && !history.get().includesUpTo(stop, backup.end().stopLsn())) {
      monitor.warning(
          "timeline "
              + newest
              + ", the newest in the archive, does not lead through backup "
              + backup.id()
              + ": the server will not start unless recovery_target_timeline is "
              + stop
              + " (--target-timeline="
              + stop
              + ")");
    }
  }
}
