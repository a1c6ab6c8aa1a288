package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.replayer.kit.Applying;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.ControlDraft;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.replayer.kit.Tree;
import org.walfmt.series.CommitFile;

/**
 * What an apply refuses, with nothing changed; and what it needs older backups for.
 *
 * <p>Long, since each precondition is violated by a short test of its own on the same target.
 */
class ApplierRulesTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);

  @TempDir Path directory;
  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private Applying applying;
  private ClusterModel cluster;
  private CommitFile.Summary full;
  private CommitFile.Summary first;
  private CommitFile.Summary second;

  @BeforeEach
  void takeBackups() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    applying = new Applying(backups);
    cluster = ClusterModel.create();
    cluster.createFork(TABLE, 20, new Random(1));
    full = backups.takeFull(cluster);
    first = backups.take(changed(full, 3));
    second = backups.take(changed(first, 5));
  }

  /** The same cluster with one page changed since. */
  private Draft changed(CommitFile.Summary parent, int block) {
    cluster = cluster.copy();
    Objects.requireNonNull(cluster.forks().get(TABLE))
        .set(block, ClusterModel.page(new Random(block), block));
    Draft draft = backups.incremental(parent, cluster);
    draft.forks.put(TABLE, ForkPlan.changed(block));
    draft.unchanged.addAll(List.of("PG_VERSION", "base/5/PG_VERSION", "pg_xact/0000"));
    return draft;
  }

  private ApplyReport apply(Path target, CommitFile.Summary to) throws IOException {
    return new Applier().apply(options(target, to), remarks);
  }

  private ApplyOptions options(Path target, CommitFile.Summary to) {
    return ApplyOptions.of(backups.archive(), target).backup(to.id().text()).sync(false);
  }

  private Path standby() throws IOException {
    return applying.standby(full, directory.resolve("target"));
  }

  private Path restored() throws IOException {
    return applying.restored(full, directory.resolve("target"));
  }

  private RefusedException mustRefuse(ApplyOptions options, Reason reason, String message)
      throws IOException {
    Map<String, String> before = Tree.of(options.target());
    RefusedException refusal =
        catchThrowableOfType(RefusedException.class, () -> new Applier().apply(options, remarks));
    assertThat(refusal).hasMessage(message);
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(Tree.of(options.target())).isEqualTo(before);
    return refusal;
  }

  private RefusedException mustRefuse(Path target, Reason reason, String message)
      throws IOException {
    return mustRefuse(options(target, second), reason, message);
  }

  private static ControlDraft stopped() {
    return ControlDraft.standby(Lsn.parse("1/100028"), Lsn.parse("1/200100"));
  }

  @Test
  void refusesARunningServer() throws IOException {
    Path target = standby();
    long pid = ProcessHandle.current().pid();
    Applying.put(target, "postmaster.pid", pid + "\n" + target + "\n");
    mustRefuse(target, Reason.PRECONDITION, "a server runs in \"" + target + "\"");
  }

  @Test
  void passesOverAStalePidFile() throws IOException {
    Path target = standby();
    Applying.put(target, "postmaster.pid", "2147483646\n" + target + "\n");
    assertThat(apply(target, second).members()).containsExactly(second.id(), first.id());
    applying.mustBe(second, target, directory);
  }

  @Test
  void refusesWhatWasNotShutDownInRecovery() throws IOException {
    Path target = standby();
    for (int state : new int[] {1, 3, 4, 5, 6}) {
      ControlDraft control = stopped();
      control.state = state;
      control.write(target);
      RefusedException refusal =
          mustRefuse(
              target,
              Reason.PRECONDITION,
              "\""
                  + target
                  + "\" is neither a standby that was shut down nor a restore never started");
      assertThat(refusal.detail().orElseThrow()).contains("expected \"shut down in recovery\"");
    }
  }

  @Test
  void refusesARestoreThatWasStartedOnce() throws IOException {
    Path target = restored();
    Applying.put(target, "postmaster.opts", "postgres");
    mustRefuse(target, Reason.PRECONDITION, "the backup in \"" + target + "\" was started once");
  }

  @Test
  void refusesABackupInProgress() throws IOException {
    Path target = standby();
    Files.move(target.resolve("backup_label.old"), target.resolve("backup_label"));
    mustRefuse(target, Reason.PRECONDITION, "a backup was in progress in \"" + target + "\"");
  }

  @Test
  void refusesAnotherCluster() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.system = 4711;
    control.write(target);
    mustRefuse(
        target,
        Reason.MISMATCH,
        "the data directory and backup " + second.id() + " are of different clusters");
  }

  @Test
  void refusesAnotherVersion() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.version = PgVersion.V18;
    control.write(target);
    mustRefuse(
        target,
        Reason.MISMATCH,
        "the data directory and backup " + second.id() + " are of different PostgreSQL versions");
  }

  @Test
  void refusesOtherChecksums() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.checksums = false;
    control.write(target);
    mustRefuse(
        target,
        Reason.MISMATCH,
        "page checksums were switched between the data directory and backup " + second.id());
  }

  @Test
  void refusesAnotherSegmentSize() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.segmentSize = 16 << 20;
    control.write(target);
    mustRefuse(
        target,
        Reason.MISMATCH,
        "the data directory and backup " + second.id() + " have different WAL segment sizes");
  }

  @Test
  void refusesADirectoryThatIsOlderThanTheChain() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.redo = Lsn.parse("1/100027");
    control.write(target);
    RefusedException refusal =
        mustRefuse(
            target,
            Reason.MISMATCH,
            "the data directory is older than the chain of backup " + second.id());
    assertThat(refusal.detail())
        .hasValueSatisfying(detail -> assertThat(detail).contains("1/100027"));

    ApplyReport report = new Applier().apply(options(target, second).whole(true), remarks);

    assertThat(report.members()).containsExactly(second.id(), first.id(), full.id());
    applying.mustBe(second, target, directory);
  }

  @Test
  void takesOnlyTheBackupsThatItNeeds() throws IOException {
    Path target = applying.standby(first, directory.resolve("target"));
    ControlDraft control = stopped();
    control.redo = Lsn.parse("2/100028");
    control.minRecoveryPoint = Lsn.parse("2/300000");
    control.write(target);
    assertThat(apply(target, second).members()).containsExactly(second.id());
    applying.mustBe(second, target, directory);
  }

  @Test
  void refusesADirectoryThatIsNewerThanTheBackup() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.minRecoveryPoint = Lsn.parse("3/200101");
    control.write(target);
    RefusedException refusal =
        mustRefuse(
            target, Reason.MISMATCH, "the data directory is newer than backup " + second.id());
    assertThat(refusal.detail())
        .contains("it has pages of up to 3/200101; the backup stops at 3/200100");
  }

  @Test
  void saysThatThereIsNothingToDo() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.redo = Lsn.parse("3/100028");
    control.minRecoveryPoint = Lsn.parse("3/200100");
    control.write(target);
    Map<String, String> before = Tree.of(target);
    assertThat(apply(target, second).members()).isEmpty();
    assertThat(Tree.of(target)).isEqualTo(before);
  }

  /** A cluster of timeline 2, which branched off 1 at 2/0. */
  private CommitFile.Summary onTimelineTwo() throws IOException {
    backups.put(
        "00000002.history", "1\t2/0\tno recovery target\n".getBytes(StandardCharsets.UTF_8));
    Draft draft = changed(full, 9);
    draft.startTimeline = new TimelineId(2);
    draft.stopTimeline = new TimelineId(2);
    return backups.take(draft);
  }

  @Test
  void followsASwitchOfTimelines() throws IOException {
    CommitFile.Summary promoted = onTimelineTwo();
    Path target = standby();
    assertThat(apply(target, promoted).members()).containsExactly(promoted.id());
    applying.mustBe(promoted, target, directory);
  }

  @Test
  void refusesADirectoryBeyondTheSwitch() throws IOException {
    CommitFile.Summary promoted = onTimelineTwo();
    Path target = standby();
    ControlDraft control = stopped();
    control.minRecoveryPoint = Lsn.parse("2/8");
    control.write(target);
    mustRefuse(
        options(target, promoted),
        Reason.MISMATCH,
        "the data directory is not on the history of backup " + promoted.id());
    control = stopped();
    control.redo = Lsn.parse("2/8");
    control.write(target);
    mustRefuse(
        options(target, promoted),
        Reason.MISMATCH,
        "the data directory is not on the history of backup " + promoted.id());
  }

  @Test
  void refusesAStandbyThatDidNotReachTheEndOfAnUnknownBackup() throws IOException {
    Path target = standby();
    ControlDraft control = stopped();
    control.backupStart = Lsn.parse("1/200028");
    control.write(target);
    mustRefuse(
        target,
        Reason.PRECONDITION,
        "cannot tell where the backup ends that \"" + target + "\" was made of");
    control.backupStart = full.startLsn();
    control.write(target);
    apply(target, second);
    applying.mustBe(second, target, directory);
  }

  @Test
  void refusesWhatHasNoControlFileAndWasNotBegun() throws IOException {
    Path target = standby();
    Files.delete(target.resolve("global/pg_control"));
    mustRefuse(target, Reason.PRECONDITION, "\"" + target + "\" has no global/pg_control");
    Path other = Files.createDirectory(directory.resolve("empty"));
    mustRefuse(other, Reason.PRECONDITION, "\"" + other + "\" is not a data directory");
  }

  @Test
  void refusesWithoutTheWalThatTheBackupNeeds() throws IOException {
    Path target = standby();
    SegmentName needed =
        SegmentName.of(new TimelineId(1), second.startLsn(), SyntheticArchive.SIZE);
    Files.delete(backups.directory().resolve(needed.toString()));
    mustRefuse(
        target,
        Reason.INCOMPLETE,
        "WAL segment " + needed + " is not in archive \"" + backups.archive().description() + "\"");
    new Applier().apply(options(target, second).walCheck(false), remarks);
  }

  @Test
  void refusesALinkInThePlaceOfADirectory() throws IOException {
    Path target = standby();
    Path elsewhere = directory.resolve("elsewhere");
    Files.move(target.resolve("pg_xact"), elsewhere);
    Files.createSymbolicLink(target.resolve("pg_xact"), elsewhere);
    Map<String, String> before = Tree.of(elsewhere);
    mustRefuse(
        target,
        Reason.PRECONDITION,
        "directory \"" + target.resolve("pg_xact") + "\" is a symbolic link");
    assertThat(Tree.of(elsewhere)).isEqualTo(before);
  }

  @Test
  void followsNoLinkOfAFileOrOfADirectoryThatIsToBeEmpty() throws IOException {
    Path target = standby();
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Applying.put(elsewhere, "precious", "contents");
    Files.createSymbolicLink(target.resolve("pg_stat_tmp"), elsewhere);
    Files.createSymbolicLink(target.resolve("base/5/99999"), elsewhere.resolve("precious"));
    Files.createSymbolicLink(target.resolve("base/6"), elsewhere);
    Files.delete(target.resolve("base/5/16384"));
    Files.createSymbolicLink(target.resolve("base/5/16384"), elsewhere.resolve("precious"));
    Map<String, String> before = Tree.of(elsewhere);
    apply(target, second);
    assertThat(Tree.of(elsewhere)).isEqualTo(before);
    applying.mustBe(second, target, directory);
  }

  @Test
  void needsOlderBackupsOnlyForWhatTheDirectoryLacks() throws IOException {
    Path target = standby();
    removeBackup(full);
    ApplyReport report = apply(target, second);
    assertThat(report.members()).containsExactly(second.id(), first.id());
    assertThat(report.fetched()).isZero();
  }

  private void removeBackup(CommitFile.Summary backup) throws IOException {
    backups.archive().delete(backup.id().commitName());
    for (SegmentName segment = backup.firstSegment();
        segment.number() <= backup.lastSegment().number();
        segment = segment.next()) {
      backups.archive().delete(segment.toString());
    }
  }

  @Test
  void refusesWhatOnlyOlderBackupsHaveThatAreGone() throws IOException {
    Path target = standby();
    Files.delete(target.resolve("base/5/16384"));
    Applying.put(target, "pg_xact/0000", "other");
    assertThat(new Applier().apply(options(target, second).dryRun(true), remarks).fetched())
        .isEqualTo(2);
    removeBackup(full);
    RefusedException refusal =
        mustRefuse(
            target,
            Reason.INCOMPLETE,
            "the data directory lacks 2 files of backup "
                + second.id()
                + " that only older backups have, and these are not to be had");
    assertThat(refusal.detail())
        .contains("backup " + full.id() + ", on which " + first.id() + " builds, is missing");
  }

  @Test
  void whatAnArchiveIsDamagedInTheMidstOfCanBeRepeated() throws IOException {
    Path target = standby();
    String segment = second.firstSegment().toString();
    byte[] sound = Files.readAllBytes(backups.directory().resolve(segment));
    backups.damage(segment, "walfmt.file");
    assertThatThrownBy(() -> apply(target, second)).isInstanceOf(CorruptWalException.class);
    assertThat(target.resolve("global/pg_control")).doesNotExist();
    assertThat(remarks.warnings())
        .contains(
            "\""
                + target
                + "\" is neither old nor new, and cannot be started: run walfmt apply"
                + " again");
    Files.write(backups.directory().resolve(segment), sound);
    assertThat(apply(target, second).resumed()).isTrue();
    applying.mustBe(second, target, directory);
  }

  private static ForkKey inSpace(long oid) {
    return new ForkKey(new RelFileLocator(oid, 5, 20000), ForkNumber.MAIN);
  }

  @Test
  void tablespacesComeAndGo() throws IOException {
    Path old = Files.createDirectory(directory.resolve("ts-old"));
    Path mapped = directory.resolve("ts-mapped");
    ClusterModel before = cluster.copy();
    before.addTablespace(16500, "/nowhere/old", PgVersion.V15);
    before.createFork(inSpace(16500), 10, new Random(3));
    CommitFile.Summary base = backups.takeFull(before);
    Path target = directory.resolve("target");
    new Restorer(java.time.Clock.systemUTC())
        .restore(
            RestoreOptions.of(backups.archive(), target)
                .backup(base.id().text())
                .mapTablespace(Path.of("/nowhere/old"), old)
                .sync(false),
            remarks);
    ControlDraft control = new ControlDraft();
    control.redo = base.startLsn();
    control.write(target);
    Applying.put(old, "PG_12_201909212/5/1", "of another server");
    ClusterModel after = cluster.copy();
    after.addTablespace(16600, "/nowhere/new", PgVersion.V15);
    after.createFork(inSpace(16600), 4, new Random(4));
    CommitFile.Summary next = backups.take(backups.incremental(base, after));
    Path real = target.toRealPath();

    ApplyOptions options = options(real, next).mapTablespace(Path.of("/nowhere/new"), mapped);
    new Applier().apply(options, remarks);

    String version = PgVersion.V15.tablespaceVersionDirectory();
    assertThat(real.resolve("pg_tblspc/16500")).doesNotExist();
    assertThat(Tree.of(old))
        .containsOnlyKeys("", "PG_12_201909212", "PG_12_201909212/5", "PG_12_201909212/5/1");
    assertThat(Files.readSymbolicLink(real.resolve("pg_tblspc/16600")))
        .isEqualTo(mapped.toAbsolutePath());
    assertThat(mapped.resolve(version + "/5/20000")).hasBinaryContent(after.bytes(inSpace(16600)));
    assertThat(Files.readString(real.resolve("tablespace_map")))
        .isEqualTo("16600 " + mapped.toAbsolutePath() + "\n");
  }

  @Test
  void refusesANewTablespaceWhoseDirectoryIsNotEmpty() throws IOException {
    Path taken = Files.createDirectory(directory.resolve("taken"));
    Applying.put(taken, "precious", "x");
    cluster = cluster.copy();
    cluster.addTablespace(16600, taken.toString(), PgVersion.V15);
    cluster.createFork(inSpace(16600), 4, new Random(4));
    CommitFile.Summary next = backups.take(backups.incremental(second, cluster));
    Path target = standby();
    mustRefuse(
        options(target, next),
        Reason.PRECONDITION,
        "directory \""
            + taken.toRealPath()
            + "\" of the new tablespace pg_tblspc/16600 is not empty");
    mustRefuse(
        options(target, next).mapTablespace(Path.of("/other"), directory.resolve("x")),
        Reason.PRECONDITION,
        "directory \""
            + taken.toRealPath()
            + "\" of the new tablespace pg_tblspc/16600 is not empty");
    mustRefuse(
        options(target, second).mapTablespace(Path.of("/other"), directory.resolve("x")),
        Reason.MISMATCH,
        "no tablespace of the backup is in \"/other\"");
  }

  @Test
  void refusesAnArchiveInsideTheDirectory() throws IOException {
    Path target = standby();
    Path inside = target.resolve("archive");
    Files.move(backups.directory(), inside);
    ApplyOptions options =
        ApplyOptions.of(new org.walfmt.archive.DirectoryArchive(inside, "test"), target);
    mustRefuse(
        options,
        Reason.MISMATCH,
        "directories \"" + target + "\" and \"" + inside + "\" are inside each other");
  }
}
