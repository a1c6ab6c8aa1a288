package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.summary.SummaryName;

class SummaryRangeTest {
  private static SummaryName name(int timeline, long start, long end) {
    return new SummaryName(new TimelineId(timeline), new Lsn(start), new Lsn(end));
  }

  private static SummaryRange range(long end, SummaryName... names) {
    return new SummaryRange(names[0].timeline(), names[0].start(), new Lsn(end), List.of(names));
  }

  @Test
  void thereAreNoneWithoutSummaries() {
    assertThat(SummaryRange.of(List.of())).isEmpty();
  }

  @Test
  void neighboursAndOverlapsAreOneRange() {
    SummaryName wide = name(1, 100, 300);
    SummaryName within = name(1, 150, 200);
    SummaryName next = name(1, 300, 400);
    SummaryName behind = name(1, 401, 500);
    SummaryName child = name(2, 400, 500);
    assertThat(SummaryRange.of(List.of(child, behind, next, within, wide)))
        .containsExactly(range(400, wide, within, next), range(500, behind), range(500, child));
  }
}
