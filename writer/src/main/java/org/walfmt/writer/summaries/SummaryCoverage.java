package org.walfmt.writer.summaries;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.summary.SummaryName;

/**
 * How far summaries lead without a gap from one position of the WAL, along a timeline history.
 *
 * <p>The first of them may begin before that position and the last may end beyond the range that
 * was asked for: what they tell too much is taken needlessly, and harms nothing.
 *
 * @param names the summaries, in the order in which they must be read; neighbours may overlap
 * @param reached everything before, from the start on, is summed up; the start if nothing is
 */
public record SummaryCoverage(List<SummaryName> names, Lsn reached) {
  public SummaryCoverage {
    names = List.copyOf(names);
  }

  /**
   * Walks from {@code start} to {@code end}, or to the first gap. A summary counts only on its own
   * timeline, up to where the history leaves that; one that begins before the timeline does is of
   * another server's timeline of that number.
   */
  public static SummaryCoverage find(
      Collection<SummaryName> all, TimelineHistory history, Lsn start, Lsn end) {
    List<SummaryName> used = new ArrayList<>();
    Lsn position = start;
    while (position.isBefore(end)) {
      TimelineId timeline = history.timelineAt(position);
      SummaryName next = furthest(all, history, timeline, position);
      if (next == null) {
        break;
      }
      used.add(next);
      Lsn left = history.switchPoint(timeline).orElse(next.end());
      position = left.isBefore(next.end()) ? left : next.end();
    }
    return new SummaryCoverage(used, position);
  }

  private static @Nullable SummaryName furthest(
      Collection<SummaryName> all, TimelineHistory history, TimelineId timeline, Lsn position) {
    SummaryName best = null;
    for (SummaryName name : all) {
      boolean covers =
          name.timeline().equals(timeline)
              && history.includes(timeline, name.start())
              && !name.start().isAfter(position)
              && name.end().isAfter(position);
      if (covers && (best == null || name.end().isAfter(best.end()))) {
        best = name;
      }
    }
    return best;
  }
}
