package org.walfmt.writer.summaries;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.control.TimelineHistory;
import org.walfmt.summary.SummaryName;

/** Where summing up begins, or goes on: no state is kept but the summaries themselves. */
final class WalkStart {
  private static final Lsn FURTHEST = new Lsn(-1);

  private final Optional<Lsn> wanted;
  private @Nullable Lsn first;

  /**
   * Where to begin.
   *
   * @param wanted empty for the end of the summaries that are there, or the oldest WAL
   */
  WalkStart(Optional<Lsn> wanted) {
    this.wanted = wanted;
  }

  /** Where the next summary starts, or the last is continued; empty if there is no record yet. */
  Optional<Lsn> find(List<SummaryName> names, ReadySegments segments) throws IOException {
    TimelineHistory history = segments.history();
    if (wanted.isEmpty()) {
      Optional<Lsn> end = furthest(names, history);
      return end.isPresent() ? end : oldest(segments);
    }
    if (first == null) {
      boolean isThere =
          !SummaryCoverage.find(names, history, wanted.get(), FURTHEST).names().isEmpty();
      first =
          isThere
              ? wanted.get()
              : RecordSearch.firstFrom(segments, segments.identity(), wanted.get()).orElse(null);
    }
    return first == null
        ? Optional.empty()
        : Optional.of(SummaryCoverage.find(names, history, first, FURTHEST).reached());
  }

  private static Optional<Lsn> furthest(List<SummaryName> names, TimelineHistory history) {
    List<TimelineHistory.Entry> entries = history.entries();
    for (int i = entries.size() - 1; i >= 0; i--) {
      TimelineHistory.Entry entry = entries.get(i);
      Optional<Lsn> end =
          names.stream()
              .filter(name -> name.timeline().equals(entry.timeline()))
              .filter(name -> entry.end().isEmpty() || name.start().isBefore(entry.end().get()))
              .map(SummaryName::end)
              .max(Lsn::compareTo);
      if (end.isPresent()) {
        return Optional.of(SummaryWindow.min(end.get(), entry.end().orElse(end.get())));
      }
    }
    return Optional.empty();
  }

  private static Optional<Lsn> oldest(ReadySegments segments) throws IOException {
    Optional<SegmentName> oldest = segments.firstReady(0);
    return oldest.isEmpty()
        ? Optional.empty()
        : RecordSearch.firstFrom(segments, segments.identity(), oldest.get().start());
  }
}
