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
    TimelineId stop = backup.end().stopTimeline();
    Optional<TimelineHistory> history = newest(new Histories(archive), stop);
    if (history.isPresent() && !history.get().includesUpTo(stop, backup.end().stopLsn())) {
      monitor.warning(
          "timeline "
              + history.get().timeline()
              + ", the newest in the archive, does not lead through backup "
              + backup.id()
              + ": the server will not start unless recovery_target_timeline is "
              + stop
              + " (--target-timeline="
              + stop
              + ")");
    }
  }

  /** As the server looks for it: one number after the other, until there is none. */
  private static Optional<TimelineHistory> newest(Histories histories, TimelineId from)
      throws IOException {
    Optional<TimelineHistory> newest = Optional.empty();
    Optional<TimelineHistory> next = histories.find(TimelineId.of(from.number() + 1));
    while (next.isPresent()) {
      newest = next;
      next = histories.find(TimelineId.of(next.get().timeline().number() + 1));
    }
    return newest;
  }

  /**
   * Along which history a server recovers from a backup.
   *
   * @param timeline {@code recovery_target_timeline}; empty for its default
   */
  public static TimelineHistory recoveryHistory(
      Archive archive, Series backup, Optional<String> timeline) throws IOException {
    Histories histories = new Histories(archive);
    TimelineId stop = backup.end().stopTimeline();
    TimelineHistory own = histories.find(stop).orElse(TimelineHistory.of(stop));
    String word = timeline.orElse("latest");
    if (word.equals("latest")) {
      return newest(histories, stop).orElse(own);
    }
    return word.equals("current") ? own : histories.require(TimelineId.of(Long.parseLong(word)));
  }
}
