package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;
import org.walfmt.control.TimelineHistory;
import org.walfmt.writer.kit.Facts;
import org.walfmt.writer.kit.TestParent;

/** Rule CHANGE-5: no incremental on a parent that is in doubt. */
class ParentCheckTest {
  private static final TimelineHistory FIRST = TimelineHistory.of(TimelineId.of(1));

  /** Timeline 3 branched off 1 at 0/5000000; 2 was abandoned. */
  private static TimelineHistory third() throws WalFormatException {
    return TimelineHistory.parse(TimelineId.of(3), "1\t0/5000000\tno recovery target specified\n");
  }

  private static void check(ParentBackup parent, TimelineHistory history) throws RefusedException {
    ParentCheck.check(parent, Facts.usual(), history);
  }

  private static void refuses(ThrowingCallable call, String message, String detail) {
    RefusedException e = catchThrowableOfType(RefusedException.class, call);
    assertThat(e).as(message).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(e).hasMessage("backup X " + message);
    assertThat(e.detail().orElseThrow()).contains(detail);
    assertThat(e.hint()).contains("Take a full backup instead.");
  }

  @Test
  void takesAParentOfThisClusterAndHistory() {
    assertThatCode(() -> check(TestParent.usual(), FIRST)).doesNotThrowAnyException();
  }

  @Test
  void takesAParentThatDoesNotTellWhatItIs() {
    TestParent silent =
        TestParent.usual()
            .system(Optional.empty())
            .segments(Optional.empty())
            .checksums(Optional.empty());
    assertThatCode(() -> check(silent, FIRST)).doesNotThrowAnyException();
  }

  @Test
  void refusesAnotherCluster() {
    refuses(
        () -> check(TestParent.usual().system(Optional.of(-1L)), FIRST),
        "is of another cluster",
        "18446744073709551615");
  }

  @Test
  void refusesAChangeOfChecksums() {
    refuses(
        () -> check(TestParent.usual().checksums(Optional.of(false)), FIRST),
        "was taken with data checksums off",
        "they are on now");
  }

  @Test
  void refusesAnotherSegmentSize() {
    refuses(
        () -> check(TestParent.usual().segments(Optional.of(SegmentSize.DEFAULT)), FIRST),
        "was taken before pg_resetwal was run",
        "16777216");
  }

  @Test
  void takesAParentUpToThePointWhereTheTimelineBranchedOff() {
    assertThatCode(() -> check(TestParent.on(1, "0/4FFFF00", 1, "0/5000000"), third()))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(TestParent.on(1, "0/4FFFF00", 3, "0/6000000"), third()))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(TestParent.on(3, "0/5000000", 3, "0/6000000"), third()))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesAParentOfAnAbandonedTimeline() {
    String fact = "is not on the server's history";
    refuses(
        () -> check(TestParent.on(1, "0/4000028", 1, "0/5000001"), third()),
        fact,
        "to 0/5000001 on timeline 1, the server is on timeline 3");
    refuses(() -> check(TestParent.on(1, "0/5000000", 1, "0/5000100"), third()), fact, "0/5000100");
    refuses(() -> check(TestParent.on(2, "0/4000028", 2, "0/4500000"), third()), fact, "line 2");
    refuses(() -> check(TestParent.on(3, "0/4000028", 3, "0/6000000"), third()), fact, "0/4000028");
    refuses(() -> check(TestParent.on(4, "0/7000028", 4, "0/8000000"), third()), fact, "line 4");
  }

  @Test
  void refusesToBeginBeforeTheParentDid() {
    TestParent parent = TestParent.usual();
    assertThatCode(() -> ParentCheck.checkStart(parent, Lsn.parse("0/3000028")))
        .doesNotThrowAnyException();
    refuses(
        () -> ParentCheck.checkStart(parent, Lsn.parse("0/3000027")),
        "starts after this backup",
        "it starts at 0/3000028, this backup at 0/3000027");
  }

  @Test
  void refusesToEndBeforeTheParentDid() {
    TestParent parent = TestParent.usual();
    assertThatCode(() -> ParentCheck.checkStop(parent, Lsn.parse("0/4000000")))
        .doesNotThrowAnyException();
    refuses(
        () -> ParentCheck.checkStop(parent, Lsn.parse("0/3FFFFFF")),
        "stops after this backup",
        "it stops at 0/4000000, this backup at 0/3FFFFFF");
  }
}
