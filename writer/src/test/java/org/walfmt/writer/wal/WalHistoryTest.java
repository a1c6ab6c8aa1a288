package org.walfmt.writer.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;
import org.walfmt.control.TimelineHistory;

class WalHistoryTest {
  @TempDir Path wal;

  /** Timeline 2 branched off 1 at 0/5800000, 3 off 2 at 0/7000000. */
  private static TimelineHistory third() throws WalFormatException {
    return TimelineHistory.parse(TimelineId.of(3), "1\t0/5800000\tx\n2\t0/7000000\tx\n");
  }

  private static List<String> segments(TimelineHistory history, String start, String stop) {
    return WalHistory.segments(history, Lsn.parse(start), Lsn.parse(stop), SegmentSize.DEFAULT)
        .stream()
        .map(SegmentName::toString)
        .toList();
  }

  @Test
  void aStopOnABoundaryNeedsNothingOfTheNextSegment() {
    TimelineHistory first = TimelineHistory.of(TimelineId.of(1));
    assertThat(segments(first, "0/3000028", "0/4000000"))
        .containsExactly("000000010000000000000003");
    assertThat(segments(first, "0/3000028", "0/4000001"))
        .containsExactly("000000010000000000000003", "000000010000000000000004");
    assertThat(segments(first, "0/FF000028", "1/28"))
        .containsExactly("0000000100000000000000FF", "000000010000000100000000");
  }

  @Test
  void aSegmentInWhichTheTimelineChangesIsOfTheNewerOne() throws Exception {
    assertThat(segments(third(), "0/4000028", "0/6000100"))
        .containsExactly(
            "000000010000000000000004", "000000020000000000000005", "000000020000000000000006");
  }

  @Test
  void aTimelineThatChangesAtABoundarySharesNoSegment() throws Exception {
    assertThat(segments(third(), "0/6000028", "0/7000100"))
        .containsExactly("000000020000000000000006", "000000030000000000000007");
  }

  @Test
  void aStopBeforeTheChangeInTheLastSegmentIsOfTheOlderOne() throws Exception {
    assertThat(segments(third(), "0/5000028", "0/5700000"))
        .containsExactly("000000010000000000000005");
    assertThat(segments(third(), "0/5000028", "0/5800000"))
        .containsExactly("000000010000000000000005");
    assertThat(segments(third(), "0/5000028", "0/5800001"))
        .containsExactly("000000020000000000000005");
  }

  @Test
  void readsTheHistoryFile() throws Exception {
    Files.writeString(wal.resolve("00000002.history"), "1\t0/5800000\tno recovery target\n");
    TimelineHistory history = WalHistory.read(wal, TimelineId.of(2));
    assertThat(history.timelineAt(Lsn.parse("0/57FFFFF"))).isEqualTo(TimelineId.of(1));
    assertThat(history.timelineAt(Lsn.parse("0/5800000"))).isEqualTo(TimelineId.of(2));
  }

  @Test
  void aTimelineWithoutAHistoryFileHasNoParents() throws Exception {
    assertThat(WalHistory.read(wal, TimelineId.of(4)).entries()).hasSize(1);
  }

  @Test
  void refusesADamagedHistoryFile() throws Exception {
    Files.writeString(wal.resolve("00000002.history"), "nonsense\n");
    assertThatThrownBy(() -> WalHistory.read(wal, TimelineId.of(2)))
        .isInstanceOf(CorruptWalException.class);
  }
}
