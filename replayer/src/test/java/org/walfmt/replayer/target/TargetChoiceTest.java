package org.walfmt.replayer.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoverySettings.Mode;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.datadir.RecoveryTarget.Kind;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticWal;
import org.walfmt.replayer.target.TargetChoice.Picked;
import org.walfmt.series.CommitFile;

/** Two backups on one timeline, with WAL before, within, between and after them. */
class TargetChoiceTest {
  @TempDir Path directory;

  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private CommitFile.Summary full;
  private CommitFile.Summary incremental;
  private Lsn commitBetween;
  private Lsn preparedBetween;
  private Lsn pointBetween;
  private Lsn twiceBetween;
  private Lsn commitAfter;
  private Lsn pointAfter;
  private Lsn end;

  @BeforeEach
  void makeHistory() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(ForkKey.of(5, 16384, ForkNumber.MAIN), 10, new Random(7));
    SyntheticWal wal = new SyntheticWal(backups.directory());
    Draft draft = backups.full(cluster);
    draft.wal = false;
    draft.start = wal.traffic();
    wal.restorePoint("within full");
    draft.stop = wal.next();
    commitBetween = wal.commit(700);
    preparedBetween = wal.commitPrepared(701, 702);
    pointBetween = wal.restorePoint("between");
    twiceBetween = wal.restorePoint("twice");
    wal.traffic();
    Lsn start = wal.traffic();
    wal.commit(710);
    wal.restorePoint("twice");
    Lsn stop = wal.next();
    commitAfter = wal.commit(720);
    wal.restorePoint("afterwards");
    pointAfter = wal.restorePoint("after");
    wal.traffic();
    end = wal.next();
    wal.finish();
    full = backups.take(draft);
    draft = backups.incremental(full, cluster);
    draft.startTime = full.startTime().plusSeconds(1);
    draft.wal = false;
    draft.start = start;
    draft.stop = stop;
    incremental = backups.take(draft);
  }

  private Picked pick(String word, Kind kind, String value, Optional<String> timeline)
      throws IOException {
    RecoverySettings settings =
        new RecoverySettings(
            Mode.RECOVERY,
            Optional.empty(),
            Optional.of(new RecoveryTarget(kind, value, Optional.empty())),
            Optional.empty(),
            timeline);
    return new TargetChoice(backups.archive(), settings, remarks).pick(word);
  }

  private Picked latest(Kind kind, String value) throws IOException {
    return pick("latest", kind, value, Optional.empty());
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call,
      Reason reason,
      String fact,
      String detail) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> {
              assertThat(refused).hasMessage(fact);
              assertThat(refused.reason()).isEqualTo(reason);
              assertThat(refused.detail().orElse("")).isEqualTo(detail);
            });
  }

  @Test
  void anLsnAdmitsTheBackupThatEndsThere() throws IOException {
    Lsn stop = incremental.stopLsn();
    assertThat(latest(Kind.LSN, stop.toString()))
        .isEqualTo(new Picked(incremental, Optional.of(stop)));
    assertThat(latest(Kind.LSN, stop.plus(-1).toString()).backup()).isEqualTo(full);
    assertThat(latest(Kind.LSN, "FF/0").backup()).isEqualTo(incremental);
  }

  @Test
  void anLsnBeforeAllBackupsIsRefused() {
    assertRefused(
        () -> latest(Kind.LSN, full.startLsn().toString()),
        Reason.INCOMPLETE,
        "no backup ends at or before the recovery target " + full.startLsn(),
        "the oldest on the history of timeline 1, " + full.id() + ", ends at " + full.stopLsn());
  }

  /** Both backups end 2000 s after 1970 began. */
  @Test
  void aTimeAdmitsTheBackupThatEndsThen() throws IOException {
    assertThat(latest(Kind.TIME, "1970-01-01 00:33:20+00"))
        .isEqualTo(new Picked(incremental, Optional.empty()));
    assertThat(latest(Kind.TIME, "1970-01-01 01:33:20.5+01").backup()).isEqualTo(incremental);
    assertRefused(
        () -> latest(Kind.TIME, "1970-01-01 00:33:19.999+00"),
        Reason.INCOMPLETE,
        "no backup ends at or before the recovery target 1970-01-01 00:33:19.999+00",
        "the oldest on the history of timeline 1, " + full.id() + ", ends at 1970-01-01T00:33:20Z");
  }

  @Test
  void aTimeWithoutZoneNeedsAName() throws IOException {
    assertRefused(
        () -> latest(Kind.TIME, "2026-11-24 12:00:00"),
        Reason.PRECONDITION,
        "which backup ends before \"2026-11-24 12:00:00\" depends on the restored server's time"
            + " zone",
        "");
    assertThat(pick(full.id().text(), Kind.TIME, "2026-11-24 12:00:00", Optional.empty()).backup())
        .isEqualTo(full);
  }

  @Test
  void immediateTakesTheNewest() throws IOException {
    assertThat(latest(Kind.IMMEDIATE, "immediate"))
        .isEqualTo(new Picked(incremental, Optional.of(incremental.stopLsn())));
  }

  @Test
  void aTransactionIsSearchedFromTheNewestBackupOnAndThenBefore() throws IOException {
    assertThat(latest(Kind.XID, "720"))
        .isEqualTo(new Picked(incremental, Optional.of(commitAfter)));
    assertThat(latest(Kind.XID, "700")).isEqualTo(new Picked(full, Optional.of(commitBetween)));
  }

  @Test
  void aPreparedTransactionIsKnownByItsOwnNumber() throws IOException {
    assertThat(latest(Kind.XID, "702")).isEqualTo(new Picked(full, Optional.of(preparedBetween)));
    assertThatThrownBy(() -> latest(Kind.XID, "701")).isInstanceOf(RefusedException.class);
  }

  /** From the incremental's start the server would stop there too soon. */
  @Test
  void aTransactionWithinABackupNeedsAnOlderOne() throws IOException {
    assertThat(latest(Kind.XID, "710").backup()).isEqualTo(full);
  }

  @Test
  void aRestorePointIsKnownByItsWholeName() throws IOException {
    assertThat(latest(Kind.NAME, "after"))
        .isEqualTo(new Picked(incremental, Optional.of(pointAfter)));
    assertThat(latest(Kind.NAME, "between")).isEqualTo(new Picked(full, Optional.of(pointBetween)));
    assertThat(latest(Kind.NAME, "twice")).isEqualTo(new Picked(full, Optional.of(twiceBetween)));
  }

  @Test
  void whatIsInNoWalIsRefused() {
    assertRefused(
        () -> latest(Kind.NAME, "nowhere"),
        Reason.INCOMPLETE,
        "restore point \"nowhere\" is not in the archived WAL of timeline 1",
        "looked from the oldest backup's start, "
            + full.startLsn()
            + ", on; the WAL ends at "
            + SyntheticArchive.SIZE.start(SyntheticArchive.SIZE.segmentNumber(end) + 1)
            + ": no further segment");
    assertRefused(
        () -> latest(Kind.NAME, "within full"),
        Reason.INCOMPLETE,
        "no backup ends before restore point \"within full\"",
        "it is at " + full.stopLsn().plus(-104));
  }

  /** Recovery from the full backup would not come across. */
  @Test
  void whatLiesBehindAGapIsNotReachedFromBeforeIt() throws IOException {
    Files.delete(
        backups
            .directory()
            .resolve(
                SegmentName.of(new TimelineId(1), incremental.startLsn(), SyntheticArchive.SIZE)
                    .toString()));

    assertThatThrownBy(() -> latest(Kind.XID, "710"))
        .hasMessage("transaction 710 is not in the archived WAL of timeline 1");
    assertThat(latest(Kind.XID, "700").backup()).isEqualTo(full);
  }

  @ParameterizedTest
  @CsvSource({"LSN, 0/100028", "TIME, 1970-01-01 00:00:00+00"})
  void aNamedBackupThatEndsAfterTheTargetIsRefused(Kind kind, String value) {
    assertRefused(
        () -> pick(full.id().text(), kind, value, Optional.empty()),
        Reason.MISMATCH,
        "backup " + full.id() + " ends after the recovery target",
        "it ends at "
            + (kind == Kind.LSN ? full.stopLsn() : full.stopTime())
            + ", the target is "
            + value);
  }

  @Test
  void aTimelineIsFollowedWhateverCameAfterIt() throws IOException {
    backups.put(
        "00000002.history",
        ("1\t" + full.stopLsn() + "\tno reason\n").getBytes(StandardCharsets.UTF_8));

    assertThat(latest(Kind.LSN, "FF/0").backup()).isEqualTo(full);
    assertThat(remarks.warnings())
        .containsExactly(
            "backup "
                + incremental.id()
                + " ends before the target, too, and is passed over: timeline 2 does not lead"
                + " through it (--target-timeline=1 does)");
    assertThat(pick("latest", Kind.LSN, "FF/0", Optional.of("1")).backup()).isEqualTo(incremental);
    assertRefused(
        () -> pick(incremental.id().text(), Kind.LSN, "FF/0", Optional.of("2")),
        Reason.MISMATCH,
        "backup " + incremental.id() + " is not on the history of timeline 2",
        "it ends at " + incremental.stopLsn() + " on timeline 1");
    assertThatThrownBy(() -> pick("latest", Kind.LSN, "FF/0", Optional.of("3")))
        .hasMessageStartingWith("timeline history file 00000003.history is not in archive");
  }
}
