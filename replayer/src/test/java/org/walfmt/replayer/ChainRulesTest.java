package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Parent;

/** What must fit together before a byte is written. */
class ChainRulesTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final TimelineId SECOND = new TimelineId(2);

  @TempDir Path directory;

  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private ClusterModel cluster;
  private CommitFile.Summary full;

  @BeforeEach
  void takeFull() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    cluster = ClusterModel.create();
    cluster.createFork(TABLE, 10, new Random(7));
    full = backups.takeFull(cluster);
  }

  private Path target() {
    return directory.resolve("restored");
  }

  private RestoreOptions options() {
    return RestoreOptions.of(backups.archive(), target());
  }

  private RestoreReport restore(RestoreOptions options) throws IOException {
    return new Restorer(Clock.systemUTC()).restore(options, remarks);
  }

  private void assertRefused(RestoreOptions options, Reason reason, String fact) {
    assertThatThrownBy(() -> restore(options))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(fact)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(reason);
    assertThat(target()).doesNotExist();
  }

  private VerifyReport verify() throws IOException {
    return new Verifier().verify(VerifyOptions.of(backups.archive(), "latest"), remarks);
  }

  private void history(TimelineId timeline, String text) throws IOException {
    backups.put(timeline.toHex() + ".history", text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void findsTheLatestByLsnWhateverItsName() throws IOException {
    CommitFile.Summary second = backups.take(backups.incremental(full, cluster));

    assertThat(second.id()).isLessThan(full.id());
    assertThat(restore(options()).backup()).isEqualTo(second.id());
  }

  @Test
  void findsABackupByItsFirstEightDigits() throws IOException {
    backups.take(backups.incremental(full, cluster));

    RestoreReport report = restore(options().backup(full.id().text().substring(0, 8)));

    assertThat(report.backup()).isEqualTo(full.id());
  }

  @Test
  void passesOverAnIncompleteLatest() throws IOException {
    CommitFile.Summary second = backups.take(backups.incremental(full, cluster));
    Files.delete(backups.directory().resolve(second.lastSegment().toString()));

    assertThat(restore(options()).backup()).isEqualTo(full.id());
    assertThat(remarks.warnings())
        .containsExactly(
            "backup "
                + second.id()
                + " is passed over: segment "
                + second.lastSegment()
                + " is missing or not whole");
  }

  @Test
  void findsTheLatestOnTheNewestTimeline() throws IOException {
    Draft abandoned = backups.full(cluster);
    backups.take(abandoned);
    Draft draft = backups.incremental(full, cluster);
    draft.start = Lsn.parse("1/500028");
    draft.stop = Lsn.parse("1/500200");
    draft.startTimeline = SECOND;
    draft.stopTimeline = SECOND;
    history(SECOND, "1\t1/400000\tno recovery target specified\n");
    CommitFile.Summary onSecond = backups.take(draft);

    assertThat(restore(options()).backup()).isEqualTo(onSecond.id());
  }

  @Test
  void saysThatANewerBackupIsNotOnTheNewestTimeline() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.startTime = full.startTime().plusSeconds(1);
    CommitFile.Summary newer = backups.take(draft);
    history(SECOND, "1\t" + full.stopLsn() + "\tno recovery target specified\n");

    assertThat(restore(options()).backup()).isEqualTo(full.id());
    assertThat(remarks.warnings())
        .containsExactly(
            "backup "
                + newer.id()
                + " is newer, and passed over: timeline 2, the newest in the archive, does not lead"
                + " through it");
  }

  @Test
  void warnsOfABackupThatTheNewestTimelineLeftBehind() throws IOException {
    CommitFile.Summary left = backups.take(backups.incremental(full, cluster));
    history(SECOND, "1\t" + full.stopLsn() + "\tno recovery target specified\n");

    restore(options().backup(left.id().text()));
    assertThat(remarks.warnings())
        .containsExactly(
            "timeline 2, the newest in the archive, does not lead through backup "
                + left.id()
                + ": the server will not start unless recovery_target_timeline is 1"
                + " (--target-timeline=1)");
  }

  @Test
  void refusesToChooseAmongClusters() throws IOException {
    Draft other = backups.full(cluster);
    other.system = 42;
    backups.take(other);

    assertRefused(options(), Reason.MISMATCH, "has backups of several clusters");
    assertThat(restore(options().backup(full.id().text())).backup()).isEqualTo(full.id());
  }

  @Test
  void refusesAnUnknownBackup() {
    assertRefused(options().backup("8ABCDEF0"), Reason.INCOMPLETE, "has no backup \"8ABCDEF0\"");
    assertRefused(options().backup("8ABCDEF00000000100000001"), Reason.INCOMPLETE, "has no backup");
    assertRefused(options().backup("yesterday"), Reason.INCOMPLETE, "has no backup \"yesterday\"");
  }

  @Test
  void refusesAnEmptyArchive() throws IOException {
    SyntheticArchive empty = new SyntheticArchive(directory.resolve("empty"));

    assertRefused(
        RestoreOptions.of(empty.archive(), target()), Reason.INCOMPLETE, "has no complete backup");
  }

  @Test
  void refusesAnIncompleteBackup() throws IOException {
    Files.write(backups.directory().resolve(full.lastSegment().toString()), new byte[8192]);

    assertRefused(
        options().backup(full.id().text()), Reason.INCOMPLETE, full.id() + " is incomplete");
  }

  @Test
  void refusesADamagedCommit() {
    backups.damage(full.id().commitName(), 40);

    assertThatThrownBy(() -> restore(options().backup(full.id().text())))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("has a wrong checksum");
  }

  @Test
  void refusesAnIncompleteParent() throws IOException {
    CommitFile.Summary second = backups.take(backups.incremental(full, cluster));
    Files.delete(backups.directory().resolve(full.lastSegment().toString()));

    assertRefused(
        options().backup(second.id().text()), Reason.INCOMPLETE, full.id() + " is incomplete");
  }

  @Test
  void refusesAMissingParent() throws IOException {
    backups.take(backups.incremental(full, cluster));
    Files.delete(backups.directory().resolve(full.id().commitName()));

    assertRefused(options(), Reason.INCOMPLETE, "backup " + full.id() + ", on which ");
    assertThat(verify().findings()).singleElement().asString().contains(full.id().text());
  }

  @Test
  void takesAMergedBackupInPlaceOfTheParent() throws IOException {
    backups.take(backups.incremental(full, cluster));
    Draft merged = backups.full(cluster);
    merged.start = full.startLsn();
    merged.stop = full.stopLsn();
    merged.replaces = List.of(full.id());
    CommitFile.Summary replacement = backups.take(merged);
    Files.delete(backups.directory().resolve(full.id().commitName()));

    assertThat(restore(options()).members()).contains(replacement.id());
  }

  @Test
  void refusesAParentOfTheSameNameWithAnotherNonce() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.parent = Optional.of(new Parent.Series(full.id(), "0".repeat(32)));
    backups.take(draft);

    assertRefused(options(), Reason.MISMATCH, full.id() + " is not the one that backup ");
    assertThat(verify().findings()).hasSize(1);
  }

  @Test
  void refusesAParentThatStartsElsewhere() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.reference = full.startLsn().plus(8);
    backups.take(draft);

    assertRefused(options(), Reason.MISMATCH, full.id() + " is not what backup ");
  }

  @Test
  void refusesAParentThatStopsLater() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.start = full.startLsn().plus(0x100);
    draft.stop = full.stopLsn().plus(-8);
    CommitFile.Summary child = backups.take(draft);

    assertRefused(
        options().backup(child.id().text()),
        Reason.MISMATCH,
        full.id() + " stops after backup " + child.id());
  }

  @Test
  void refusesAParentOfAnotherCluster() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.system = 42;
    String id = backups.take(draft).id().text();

    assertRefused(options().backup(id), Reason.MISMATCH, "are of different clusters");
  }

  @Test
  void refusesAParentOfAnotherMajor() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.version = PgVersion.V16;
    backups.take(draft);

    assertRefused(options(), Reason.MISMATCH, "are of different PostgreSQL versions");
  }

  @Test
  void refusesAParentWithAnotherSegmentSize() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.segmentSize = new SegmentSize(2 << 20);
    String id = backups.take(draft).id().text();

    assertRefused(
        options().backup(id).walCheck(false), Reason.MISMATCH, "have different WAL segment sizes");
  }

  @Test
  void refusesAParentWithOtherChecksums() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.checksums = false;
    backups.take(draft);

    assertRefused(options(), Reason.MISMATCH, "page checksums were switched");
  }

  @Test
  void refusesAParentOnAnAbandonedTimeline() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.startTimeline = SECOND;
    draft.stopTimeline = SECOND;
    backups.take(draft);
    history(SECOND, "1\t1/200080\tno recovery target specified\n");

    assertRefused(options(), Reason.MISMATCH, "lies on a timeline that was abandoned");
  }

  @Test
  void takesAParentThatStoppedWhereTheTimelineBranchedOff() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.startTimeline = SECOND;
    draft.stopTimeline = SECOND;
    backups.take(draft);
    history(SECOND, "1\t1/200100\tno recovery target specified\n");

    restore(options());

    Restored.of(target()).requireSame(cluster, PgVersion.V15);
  }

  @Test
  void wantsTheHistoryOfAChainOverTimelines() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.startTimeline = SECOND;
    draft.stopTimeline = SECOND;
    backups.take(draft);

    assertRefused(options(), Reason.INCOMPLETE, "timeline history file 00000002.history");
  }

  @Test
  void wantsTheWalFromStartToStop() throws IOException {
    SegmentName segment = SegmentName.of(new TimelineId(1), full.stopLsn(), SyntheticArchive.SIZE);
    Files.delete(backups.directory().resolve(segment.toString()));

    assertRefused(options(), Reason.INCOMPLETE, "WAL segment " + segment + " is not in archive");
    assertThat(verify().findings()).singleElement().asString().contains(segment.toString());
    assertThat(restore(options().walCheck(false)).backup()).isEqualTo(full.id());
  }

  @Test
  void takesWalOfAnEarlierTimelineWhereTheHistoryLeftIt() throws IOException {
    Draft draft = backups.full(cluster);
    draft.stopTimeline = SECOND;
    draft.wal = false;
    backups.take(draft);
    backups.wal(new TimelineId(1), draft.start, draft.start.plus(1));
    backups.wal(SECOND, draft.stop, draft.stop.plus(1));
    history(SECOND, "1\t2/180000\tno recovery target specified\n");

    restore(options());

    assertThat(Files.readString(target().resolve("backup_manifest")))
        .contains(
            "{ \"Timeline\": 2, \"Start-LSN\": \"2/180000\", \"End-LSN\": \"2/200100\" },\n"
                + "{ \"Timeline\": 1, \"Start-LSN\": \"2/100028\", \"End-LSN\": \"2/180000\" }");
  }

  @Test
  void refusesALabelOfAnotherBackup() throws IOException {
    Draft draft = backups.full(cluster);
    draft.label = SyntheticArchive.label(draft).replace(draft.start.toString(), "7/100028");
    backups.take(draft);

    assertThatThrownBy(() -> restore(options()))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("has a backup_label with start 7/100028 on timeline 1");
  }

  @Test
  void warnsOfDamagedPages() throws IOException {
    Draft draft = backups.full(cluster);
    draft.damagedPages = 3;
    CommitFile.Summary damaged = backups.take(draft);

    restore(options());

    assertThat(remarks.warnings())
        .containsExactly("backup " + damaged.id() + " was taken with 3 damaged pages");
  }

  @Test
  void wantsTheBaseOfAChainThatBuildsOnOne() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.parent = Optional.of(new Parent.Manifest("ab".repeat(32)));
    backups.take(draft);

    assertRefused(options(), Reason.PRECONDITION, "builds on an external base backup");
    assertThat(verify().isSound()).isTrue();
    assertThat(remarks.warnings()).singleElement().asString().contains("which is not looked at");
  }

  @Test
  void refusesABaseThatNobodyBuildsOn() throws IOException {
    assertRefused(
        options().base(Files.createDirectory(directory.resolve("base"))),
        Reason.MISMATCH,
        "does not build on an external base backup");
  }
}
