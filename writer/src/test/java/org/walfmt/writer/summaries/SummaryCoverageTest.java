package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.summary.SummaryName;

class SummaryCoverageTest {
  private static final TimelineHistory ONE = TimelineHistory.of(new TimelineId(1));

  private static SummaryName name(int timeline, long start, long end) {
    return new SummaryName(new TimelineId(timeline), new Lsn(start), new Lsn(end));
  }

  private static SummaryCoverage find(TimelineHistory history, long end, SummaryName... names) {
    return SummaryCoverage.find(List.of(names), history, new Lsn(100), new Lsn(end));
  }

  @Test
  void reachesTheFirstGap() {
    SummaryName first = name(1, 100, 200);
    SummaryName second = name(1, 200, 300);
    SummaryName beyond = name(1, 301, 400);
    assertThat(find(ONE, 350, beyond, second, first))
        .isEqualTo(new SummaryCoverage(List.of(first, second), new Lsn(300)));
  }

  @Test
  void takesSummariesThatBeginBeforeAndEndBeyond() {
    SummaryName wide = name(1, 50, 500);
    assertThat(find(ONE, 350, name(1, 100, 200), wide))
        .isEqualTo(new SummaryCoverage(List.of(wide), new Lsn(500)));
  }

  @Test
  void isEmptyWithoutASummaryOfTheStart() {
    assertThat(find(ONE, 350, name(1, 50, 100), name(1, 101, 400)))
        .isEqualTo(new SummaryCoverage(List.of(), new Lsn(100)));
  }

  @Test
  void needsNothingForAnEmptyRange() {
    assertThat(find(ONE, 100, name(1, 50, 400)))
        .isEqualTo(new SummaryCoverage(List.of(), new Lsn(100)));
  }

  @Test
  void goesOnWithTheChildWhereTheTimelineChanges() throws Exception {
    TimelineHistory two = TimelineHistory.parse(new TimelineId(2), "1\t0/C8\tpromoted\n");
    SummaryName abandoned = name(1, 90, 260);
    SummaryName child = name(2, 200, 240);
    assertThat(find(two, 300, abandoned, child))
        .isEqualTo(new SummaryCoverage(List.of(abandoned, child), new Lsn(240)));
    assertThat(find(two, 300, abandoned))
        .isEqualTo(new SummaryCoverage(List.of(abandoned), new Lsn(200)));
    assertThat(find(two, 300, abandoned, name(2, 201, 240)).reached()).isEqualTo(new Lsn(200));
  }

  /** Against a model that knows, byte by byte, whether any summary has it. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithAModelOfSingleBytes(long seed) throws Exception {
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      int left = 100 + random.nextInt(60);
      TimelineHistory history =
          random.nextBoolean()
              ? TimelineHistory.of(new TimelineId(3))
              : TimelineHistory.parse(new TimelineId(3), "1\t" + new Lsn(left) + "\tx\n");
      List<SummaryName> names = new ArrayList<>();
      for (int i = random.nextInt(14); i > 0; i--) {
        int from = 80 + random.nextInt(100);
        names.add(name(1 + random.nextInt(3), from, from + 1L + random.nextInt(50)));
      }
      Lsn end = new Lsn(100 + random.nextInt(90));
      SummaryCoverage found = SummaryCoverage.find(names, history, new Lsn(100), end);
      long at = 100;
      while (at < end.value() && isSummedUp(names, history, at)) {
        at++;
      }
      Lsn reached = found.reached().isBefore(end) ? found.reached() : end;
      assertThat(reached).as("%s of %s", names, end).isEqualTo(new Lsn(at));
      for (long b = 100; b < at; b++) {
        assertThat(isSummedUp(found.names(), history, b)).isTrue();
      }
    }
  }

  private static boolean isSummedUp(
      List<SummaryName> names, TimelineHistory history, long position) {
    Lsn at = new Lsn(position);
    return names.stream()
        .anyMatch(
            name ->
                history.includes(name.timeline(), at)
                    && history.includes(name.timeline(), name.start())
                    && !at.isBefore(name.start())
                    && at.isBefore(name.end()));
  }
}
