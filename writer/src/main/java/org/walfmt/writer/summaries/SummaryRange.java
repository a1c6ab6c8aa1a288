package org.walfmt.writer.summaries;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.summary.SummaryName;

/**
 * What summaries cover of one timeline without a gap.
 *
 * @param names the summaries, which may overlap, in order
 */
public record SummaryRange(TimelineId timeline, Lsn start, Lsn end, List<SummaryName> names) {
  public SummaryRange {
    names = List.copyOf(names);
  }

  /** The ranges of all summaries, by timeline and start; between two of a timeline is a gap. */
  public static List<SummaryRange> of(Collection<SummaryName> all) {
    List<SummaryRange> ranges = new ArrayList<>();
    List<SummaryName> names = new ArrayList<>();
    Lsn end = Lsn.INVALID;
    for (SummaryName name : all.stream().sorted(SummaryDirectory.ORDER).toList()) {
      boolean goesOn =
          !names.isEmpty()
              && names.get(0).timeline().equals(name.timeline())
              && !name.start().isAfter(end);
      if (!goesOn && !names.isEmpty()) {
        ranges.add(range(names, end));
        names.clear();
      }
      end = goesOn && end.isAfter(name.end()) ? end : name.end();
      names.add(name);
    }
    if (!names.isEmpty()) {
      ranges.add(range(names, end));
    }
    return ranges;
  }

  private static SummaryRange range(List<SummaryName> names, Lsn end) {
    SummaryName first = names.get(0);
    return new SummaryRange(first.timeline(), first.start(), end, names);
  }
}
