package org.walfmt.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

class TimelineHistoryTest {
  private static final TimelineId ONE = new TimelineId(1);
  private static final TimelineId TWO = new TimelineId(2);
  private static final TimelineId THREE = new TimelineId(3);
  private static final TimelineId FIVE = new TimelineId(5);

  private static final String TEXT =
      "1\t0/1A11138\tno recovery target specified\n\n3\t1/5000000\tbefore 2026-11-24\n";

  @Test
  void readsWhatTheServerWrote() throws Exception {
    TimelineHistory history = TimelineHistory.parse(FIVE, TEXT);
    assertThat(history.timeline()).isEqualTo(FIVE);
    assertThat(history.entries())
        .containsExactly(
            new TimelineHistory.Entry(ONE, Lsn.INVALID, Optional.of(lsn("0/1A11138"))),
            new TimelineHistory.Entry(THREE, lsn("0/1A11138"), Optional.of(lsn("1/5000000"))),
            new TimelineHistory.Entry(FIVE, lsn("1/5000000"), Optional.empty()));
  }

  @Test
  void skipsCommentsAndEmptyLines() throws Exception {
    TimelineHistory history =
        TimelineHistory.parse(FIVE, "# all\n  # of\n\t \n  1 0/1a11138\r\n3\t1/5000000");
    assertThat(history.entries()).isEqualTo(TimelineHistory.parse(FIVE, TEXT).entries());
  }

  @Test
  void knowsNoParentsWithoutAFile() throws Exception {
    TimelineHistory history = TimelineHistory.of(ONE);
    assertThat(history.includes(ONE, lsn("0/0"))).isTrue();
    assertThat(history.includes(ONE, lsn("FFFFFFFF/FFFFFFFF"))).isTrue();
    assertThat(history.includes(TWO)).isFalse();
    assertThat(history.switchPoint(ONE)).isEmpty();
    assertThat(TimelineHistory.parse(ONE, "").entries()).isEqualTo(history.entries());
  }

  @Test
  void givesASwitchPointToTheChild() throws Exception {
    TimelineHistory history = TimelineHistory.parse(FIVE, TEXT);
    assertThat(history.timelineAt(lsn("0/0"))).isEqualTo(ONE);
    assertThat(history.timelineAt(lsn("0/1A11137"))).isEqualTo(ONE);
    assertThat(history.timelineAt(lsn("0/1A11138"))).isEqualTo(THREE);
    assertThat(history.timelineAt(lsn("1/4FFFFFF"))).isEqualTo(THREE);
    assertThat(history.timelineAt(lsn("1/5000000"))).isEqualTo(FIVE);
    assertThat(history.timelineAt(lsn("FFFFFFFF/FFFFFFFF"))).isEqualTo(FIVE);
  }

  @Test
  void tellsWhichWalOfATimelineCounts() throws Exception {
    TimelineHistory history = TimelineHistory.parse(FIVE, TEXT);
    assertThat(history.includes(THREE, lsn("0/1A11137"))).isFalse();
    assertThat(history.includes(THREE, lsn("0/1A11138"))).isTrue();
    assertThat(history.includes(THREE, lsn("1/4FFFFFF"))).isTrue();
    assertThat(history.includes(THREE, lsn("1/5000000"))).isFalse();
    assertThat(history.includes(TWO, lsn("0/1A11138"))).isFalse();
    assertThat(history.includesUpTo(THREE, lsn("1/5000000"))).isTrue();
    assertThat(history.includesUpTo(THREE, lsn("1/5000001"))).isFalse();
    assertThat(history.includesUpTo(ONE, lsn("1/5000000"))).isFalse();
    assertThat(history.includesUpTo(TWO, lsn("0/1A11138"))).isFalse();
  }

  @Test
  void knowsWhereItLeftATimeline() throws Exception {
    TimelineHistory history = TimelineHistory.parse(FIVE, TEXT);
    assertThat(history.switchPoint(ONE)).contains(lsn("0/1A11138"));
    assertThat(history.switchPoint(THREE)).contains(lsn("1/5000000"));
    assertThat(history.switchPoint(FIVE)).isEmpty();
    assertThatThrownBy(() -> history.switchPoint(TWO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeline 2 is not in the history of 5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x\t0/1000000\n",
        "1\n",
        "1\t\n",
        "1\t01000000\n",
        "1\t0/x\n",
        "1\t0/123456789\n",
        "-1\t0/1000000\n",
        "0\t0/1000000\n",
        "3\t0/1000000\n1\t0/2000000\n",
        "1\t0/1000000\n1\t0/2000000\n",
        "5\t0/1000000\n",
        "6\t0/1000000\n",
        "4294967297\t0/1000000\n",
      })
  void refusesLinesThatTheServerWouldRefuse(String text) {
    assertThatThrownBy(() -> TimelineHistory.parse(FIVE, text))
        .isInstanceOf(CorruptWalException.class);
  }

  @Test
  void saysWhichLineIsWrong() {
    assertThatThrownBy(() -> TimelineHistory.parse(FIVE, "1\t0/1000000\n\n1\t0/2000000\n"))
        .hasMessage("00000005.history line 3 has timeline 1, expected one above 1 and below 5");
    assertThatThrownBy(() -> TimelineHistory.parse(FIVE, "one\n"))
        .hasMessage("00000005.history line 1 is \"one\", expected timeline and LSN");
    assertThatThrownBy(() -> TimelineHistory.parse(FIVE, "1\t0/1000000\t" + "x".repeat(1013)))
        .hasMessage("00000005.history line 1 has 1025 characters");
  }

  private static Lsn lsn(String text) {
    return Lsn.parse(text);
  }
}
