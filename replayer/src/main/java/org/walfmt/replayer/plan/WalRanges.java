package org.walfmt.replayer.plan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.manifest.WalRange;
import org.walfmt.series.Histories;

/** Cuts a range of WAL into those of its timelines. Source: {@code AddWALInfoToBackupManifest}. */
final class WalRanges {
  private WalRanges() {}

  /** The ranges, newest timeline first. */
  static List<WalRange> of(
      TimelineId startTimeline, Lsn start, TimelineId stopTimeline, Lsn stop, Histories histories)
      throws IOException {
    if (startTimeline.equals(stopTimeline)) {
      return List.of(new WalRange(stopTimeline, start, stop));
    }
    List<WalRange> ranges = new ArrayList<>();
    TimelineHistory history = histories.require(stopTimeline);
    for (TimelineHistory.Entry entry : history.entries()) {
      Lsn from = entry.begin().isBefore(start) ? start : entry.begin();
      Lsn to = entry.end().orElse(stop);
      if (to.isAfter(stop)) {
        to = stop;
      }
      if (from.isBefore(to)) {
        ranges.add(0, new WalRange(entry.timeline(), from, to));
      }
    }
    return List.copyOf(ranges);
  }
}
