package org.walfmt.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.retention.ExpiryPlan.Removal;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** Which backups go. Positions are numbers of WAL segments, times are hours. */
class ExpiryPlannerTest {
  private static final long NOW = 1000;

  @TempDir Path runs;

  private MemoryArchive archive;

  @BeforeEach
  void create() {
    archive = new MemoryArchive(runs, true);
  }

  private ExpiryPlan plan(RetentionPolicy policy) throws IOException {
    return ExpiryPlanner.plan(Stock.read(archive, "here", ArchivedBackup.hour(NOW)), policy, false);
  }

  private List<BackupId> gone(RetentionPolicy policy) throws IOException {
    return plan(policy).removals().stream().map(Removal::id).toList();
  }

  private List<BackupId> goneByFulls(int number) throws IOException {
    return gone(RetentionPolicy.ofFulls(number));
  }

  private List<BackupId> goneByHours(long hours) throws IOException {
    return gone(RetentionPolicy.ofWindow(Duration.ofHours(hours)));
  }

  private void history(String name, String text) {
    archive.add(name, text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void keepsTheNewestFullsAndWhatBuildsOnThem() throws Exception {
    CommitFile.Summary first = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary onFirst = ArchivedBackup.at(2, 20).on(first).in(archive);
    CommitFile.Summary second = ArchivedBackup.at(3, 30).in(archive);
    CommitFile.Summary lateOnFirst = ArchivedBackup.at(4, 40).on(onFirst).in(archive);
    CommitFile.Summary onSecond = ArchivedBackup.at(5, 50).on(second).in(archive);
    CommitFile.Summary third = ArchivedBackup.at(6, 60).in(archive);
    assertThat(goneByFulls(3)).isEmpty();
    assertThat(goneByFulls(2)).containsExactly(lateOnFirst.id(), onFirst.id(), first.id());
    assertThat(goneByFulls(1))
        .containsExactly(onSecond.id(), lateOnFirst.id(), second.id(), onFirst.id(), first.id());
    assertThat(plan(RetentionPolicy.ofFulls(1)).kept())
        .containsExactly(Map.entry(third.id(), "not older than the newest full backup"));
  }

  @Test
  void listsAllFilesOfABackupTheCommitFirst() throws Exception {
    CommitFile.Summary old = ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    Removal removal = plan(RetentionPolicy.ofFulls(1)).removals().get(0);
    assertThat(removal.files())
        .containsExactly(
            old.id().commitName(), old.lastSegment().toString(), old.firstSegment().toString());
    assertThat(removal.bytes()).isEqualTo(2 << 20);
    assertThat(removal.reason()).isEqualTo("older than the newest full backup");
    assertThat(plan(RetentionPolicy.ofFulls(1)).files()).isEqualTo(3);
    assertThat(plan(RetentionPolicy.ofFulls(1)).bytes()).isEqualTo(2 << 20);
  }

  @Test
  void incompleteAndDamagedFullsDoNotCount() throws Exception {
    CommitFile.Summary oldIncomplete = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary good = ArchivedBackup.at(2, 20).in(archive);
    ArchivedBackup.at(3, 30).damaged().in(archive);
    CommitFile.Summary incomplete = ArchivedBackup.at(4, 40).in(archive);
    archive.lose(incomplete.lastSegment().toString());
    archive.lose(oldIncomplete.firstSegment().toString());
    assertThat(goneByFulls(1)).containsExactly(oldIncomplete.id());
    CommitFile.Summary newest = ArchivedBackup.at(5, 50).in(archive);
    assertThat(goneByFulls(2)).containsExactly(oldIncomplete.id());
    assertThat(goneByFulls(1)).contains(good.id(), incomplete.id()).doesNotContain(newest.id());
  }

  @Test
  void whatHasLostItsParentGoesByItsOwnAge() throws Exception {
    CommitFile.Summary lost = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary orphan = ArchivedBackup.at(2, 20).on(lost).in(archive);
    CommitFile.Summary young = ArchivedBackup.at(4, 40).on(orphan).in(archive);
    archive.lose(lost.id().commitName());
    ArchivedBackup.at(3, 30).in(archive);
    assertThat(goneByFulls(1)).containsExactly(young.id(), orphan.id());
    ArchivedBackup.at(5, 50).in(archive);
    assertThat(goneByFulls(2)).containsExactly(young.id(), orphan.id());
    assertThat(goneByFulls(3)).isEmpty();
  }

  @Test
  void withoutAFullNothingGoes() throws Exception {
    CommitFile.Summary lost = ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(2, 20).on(lost).in(archive);
    archive.lose(lost.id().commitName());
    assertThat(goneByFulls(1)).isEmpty();
    assertThat(goneByHours(1)).isEmpty();
  }

  @Test
  void positionsDecideOnOneHistoryAndNeitherNamesNorClocks() throws Exception {
    CommitFile.Summary byAClockGoneWild = ArchivedBackup.at(900, 10).in(archive);
    ArchivedBackup.at(5, 50).in(archive);
    assertThat(goneByFulls(1)).containsExactly(byAClockGoneWild.id());
  }

  @Test
  void aMergedBackupStandsForThoseThatItReplaces() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary replaced = ArchivedBackup.at(2, 20).on(full).in(archive);
    CommitFile.Summary later = ArchivedBackup.at(3, 30).on(replaced).in(archive);
    assertThat(goneByFulls(1)).isEmpty();
    CommitFile.Summary merged =
        ArchivedBackup.at(2, 20).madeAt(4).replacing(List.of(full.id(), replaced.id())).in(archive);
    assertThat(goneByFulls(1)).containsExactly(replaced.id(), full.id());
    assertThat(goneByFulls(2)).isEmpty();
    assertThat(goneByHours(1)).containsExactly(replaced.id(), full.id());
    assertThat(plan(RetentionPolicy.ofWindow(Duration.ofHours(1))).kept())
        .containsEntry(merged.id(), "backup " + later.id() + " builds on it");
  }

  @Test
  void aMergedBackupStaysAsLongAsALaterOneFindsItsParentThroughIt() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary replaced = ArchivedBackup.at(2, 20).on(full).in(archive);
    CommitFile.Summary merged =
        ArchivedBackup.at(2, 20).madeAt(4).on(full).replacing(List.of(replaced.id())).in(archive);
    archive.lose(replaced.id().commitName());
    ArchivedBackup.at(995, 30).on(replaced).in(archive);
    assertThat(goneByHours(1)).isEmpty();
    assertThat(plan(RetentionPolicy.ofWindow(Duration.ofHours(1))).kept())
        .containsKeys(merged.id(), full.id());
  }

  @Test
  void whatLeadsToTheNewestTimelineStaysUntilThatHasItsOwn() throws Exception {
    CommitFile.Summary before = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary abandoned = ArchivedBackup.at(2, 40).in(archive);
    history("00000002.history", "1\t0/2000000\tno recovery target specified\n"); // segment 32
    assertThat(goneByFulls(1)).isEmpty();
    CommitFile.Summary own = ArchivedBackup.at(3, 35).onTimeline(2).in(archive);
    assertThat(goneByFulls(1)).containsExactly(abandoned.id(), before.id());
    assertThat(goneByFulls(2)).isEmpty();
    assertThat(own.startLsn()).isLessThan(abandoned.startLsn());
  }

  @Test
  void aTimelineThatWasArchivedByATrialKeepsNothingForEver() throws Exception {
    CommitFile.Summary before = ArchivedBackup.at(1, 10).in(archive);
    history("00000002.history", "1\t0/2000000\tno recovery target specified\n");
    CommitFile.Summary after = ArchivedBackup.at(2, 40).in(archive);
    CommitFile.Summary newest = ArchivedBackup.at(3, 50).in(archive);
    assertThat(goneByFulls(1)).containsExactly(after.id()).doesNotContain(before.id());
    assertThat(plan(RetentionPolicy.ofFulls(1)).kept()).containsKeys(before.id(), newest.id());
  }

  @Test
  void chainsOnExternalBasesAreCountedAmongThemselves() throws Exception {
    CommitFile.Summary onOld = ArchivedBackup.at(1, 20).onBase("a", 10).in(archive);
    CommitFile.Summary later = ArchivedBackup.at(2, 60).on(onOld).in(archive);
    assertThat(goneByFulls(1)).isEmpty();
    CommitFile.Summary onNew = ArchivedBackup.at(3, 50).onBase("b", 45).in(archive);
    assertThat(goneByFulls(2)).isEmpty();
    assertThat(goneByFulls(1)).containsExactly(later.id(), onOld.id());
    ArchivedBackup.at(4, 48).in(archive);
    assertThat(goneByFulls(1)).containsExactly(later.id(), onOld.id());
    CommitFile.Summary full = ArchivedBackup.at(5, 70).in(archive);
    assertThat(goneByFulls(1)).contains(onNew.id(), later.id(), onOld.id());
    assertThat(goneByFulls(1)).doesNotContain(full.id()).hasSize(4);
  }

  @Test
  void clustersAreLookedAtOneByOne() throws Exception {
    CommitFile.Summary old = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary other = ArchivedBackup.at(2, 5).ofSystem(5).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    assertThat(goneByFulls(1)).containsExactly(old.id()).doesNotContain(other.id());
  }

  @Test
  void theParentOfARunningBackupStaysWithItsChain() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary parent = ArchivedBackup.at(2, 20).on(full).in(archive);
    CommitFile.Summary onParent = ArchivedBackup.at(3, 25).on(parent).in(archive);
    ArchivedBackup.at(4, 40).in(archive);
    run("elsewhere", ArchivedBackup.hour(NOW - 1), "parent " + parent.id() + "\n");
    assertThat(goneByFulls(1)).containsExactly(onParent.id());
    assertThat(plan(RetentionPolicy.ofFulls(1)).kept())
        .containsEntry(parent.id(), "a backup that is being taken builds on it")
        .containsEntry(full.id(), "backup " + parent.id() + " builds on it");
  }

  @Test
  void allStaysWhileARunDoesNotTellWhatItBuildsOn() throws Exception {
    ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(4, 40).in(archive);
    run("elsewhere", ArchivedBackup.hour(NOW - 1), "");
    assertThat(goneByFulls(1)).isEmpty();
  }

  @Test
  void aRunThatIsTooOldToBeOneHoldsNothingBack() throws Exception {
    ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(4, 40).in(archive);
    run("elsewhere", ArchivedBackup.hour(NOW - 15 * 24), "");
    assertThat(goneByFulls(1)).hasSize(1);
  }

  @Test
  void aDeadRunHoldsNothingBack() throws Exception {
    ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(4, 40).in(archive);
    run("here", ArchivedBackup.hour(NOW - 1), "");
    assertThat(goneByFulls(1)).hasSize(1);
  }

  private void run(String host, Instant began, String parent) throws IOException {
    long seconds = began.getEpochSecond() - 1_577_836_800L;
    Files.writeString(
        runs.resolve(String.format(".walfmt-%08X.run", 0x8000_0000L + seconds)),
        "host " + host + "\npid 1\ntag a\n" + parent + "end\n");
  }

  @Test
  void whatCannotBeReadStays() throws Exception {
    CommitFile.Summary unreadable = ArchivedBackup.at(1, 10).in(archive);
    archive.add(unreadable.id().commitName(), new byte[] {'x'});
    ArchivedBackup.at(2, 20).in(archive);
    assertThat(goneByFulls(1)).isEmpty();
    assertThat(plan(RetentionPolicy.ofFulls(1)).kept())
        .containsEntry(unreadable.id(), "its commit cannot be read");
  }

  @Test
  void theWindowKeepsTheNewestBeforeItWithItsChain() throws Exception {
    CommitFile.Summary oldest = ArchivedBackup.at(NOW - 60, 5).in(archive);
    CommitFile.Summary full = ArchivedBackup.at(NOW - 50, 10).in(archive);
    CommitFile.Summary link = ArchivedBackup.at(NOW - 40, 20).on(full).in(archive);
    CommitFile.Summary side = ArchivedBackup.at(NOW - 35, 25).on(full).in(archive);
    CommitFile.Summary before = ArchivedBackup.at(NOW - 30, 30).on(link).in(archive);
    CommitFile.Summary within = ArchivedBackup.at(NOW - 20, 40).in(archive);
    assertThat(goneByHours(24)).containsExactly(side.id(), oldest.id());
    assertThat(plan(RetentionPolicy.ofWindow(Duration.ofHours(24))).kept())
        .containsOnlyKeys(full.id(), link.id(), before.id(), within.id())
        .containsEntry(link.id(), "backup " + before.id() + " builds on it");
  }

  @Test
  void theWindowTakesNoDamagedBackupForTheOneBeforeIt() throws Exception {
    CommitFile.Summary good = ArchivedBackup.at(NOW - 60, 5).in(archive);
    CommitFile.Summary damaged = ArchivedBackup.at(NOW - 50, 10).damaged().in(archive);
    CommitFile.Summary onDamaged = ArchivedBackup.at(NOW - 40, 20).on(damaged).in(archive);
    ArchivedBackup.at(NOW - 20, 40).in(archive);
    assertThat(goneByHours(24)).containsExactly(onDamaged.id(), damaged.id());
    archive.lose(good.id().text());
    assertThat(goneByHours(24)).as("better than nothing").isEmpty();
  }

  @Test
  void theWindowKeepsATimelineUntilItIsKnownToHaveBeenLeft() throws Exception {
    CommitFile.Summary root = ArchivedBackup.at(NOW - 90, 10).in(archive);
    CommitFile.Summary abandoned = ArchivedBackup.at(NOW - 80, 40).in(archive);
    history("00000002.history", "1\t0/2000000\tno recovery target specified\n");
    assertThat(goneByHours(24)).isEmpty();
    CommitFile.Summary own = ArchivedBackup.at(NOW - 70, 35).onTimeline(2).in(archive);
    assertThat(goneByHours(75)).as("left within the window, perhaps").isEmpty();
    assertThat(goneByHours(24)).containsExactly(abandoned.id(), root.id());
    CommitFile.Summary onLeft = ArchivedBackup.at(NOW - 10, 50).in(archive);
    assertThat(goneByHours(24)).as("not left at all").containsExactly(root.id());
    assertThat(own.id()).isNotEqualTo(onLeft.id());
  }

  @Test
  void withTwoRulesWhatEitherKeepsStays() throws Exception {
    CommitFile.Summary oldest = ArchivedBackup.at(NOW - 60, 5).in(archive);
    ArchivedBackup.at(NOW - 50, 10).in(archive);
    ArchivedBackup.at(NOW - 40, 15).in(archive);
    RetentionPolicy both =
        new RetentionPolicy(OptionalInt.of(2), Optional.of(Duration.ofDays(1)), false);
    assertThat(gone(both)).containsExactly(oldest.id());
    assertThat(plan(both).removals().get(0).reason())
        .isEqualTo("older than the newest 2 full backups, not needed for the last day");
  }

  @Test
  void whatAMergedIncrementalStandsForGoesIfThatIsAskedFor() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary first = ArchivedBackup.at(2, 20).on(full).in(archive);
    CommitFile.Summary second = ArchivedBackup.at(3, 30).on(first).in(archive);
    CommitFile.Summary later = ArchivedBackup.at(5, 40).on(second).in(archive);
    CommitFile.Summary merged =
        ArchivedBackup.at(3, 30)
            .madeAt(4)
            .on(full)
            .replacing(List.of(second.id(), first.id()))
            .in(archive);
    assertThat(goneByFulls(1)).isEmpty();
    assertThat(gone(RetentionPolicy.ofMerged())).containsExactly(second.id(), first.id());
    assertThat(plan(RetentionPolicy.ofMerged()).removals().get(0).reason())
        .isEqualTo("merged backup " + merged.id() + " stands for it");
    assertThat(plan(RetentionPolicy.ofMerged()).kept())
        .containsOnlyKeys(full.id(), later.id(), merged.id())
        .containsEntry(later.id(), "no merged backup stands for it");
    assertThat(gone(new RetentionPolicy(OptionalInt.of(1), Optional.empty(), true)))
        .containsExactly(second.id(), first.id());
  }

  @Test
  void aMergedBackupDoesNotTakeWhatAnotherBuildsOn() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary first = ArchivedBackup.at(2, 20).on(full).in(archive);
    CommitFile.Summary second = ArchivedBackup.at(3, 30).on(first).in(archive);
    CommitFile.Summary onFirst = ArchivedBackup.at(5, 40).on(first).in(archive);
    ArchivedBackup.at(3, 30)
        .madeAt(4)
        .replacing(List.of(second.id(), first.id(), full.id()))
        .in(archive);
    assertThat(gone(RetentionPolicy.ofMerged())).containsExactly(second.id());
    assertThat(plan(RetentionPolicy.ofMerged()).kept())
        .containsEntry(first.id(), "backup " + onFirst.id() + " builds on it")
        .containsKey(full.id());
  }

  @Test
  void onlyASoundMergedBackupStandsForOthers() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary first = ArchivedBackup.at(2, 20).on(full).in(archive);
    List<BackupId> both = List.of(first.id(), full.id());
    ArchivedBackup.at(2, 20).madeAt(4).replacing(both).damaged().in(archive);
    assertThat(gone(RetentionPolicy.ofMerged())).isEmpty();
    CommitFile.Summary broken = ArchivedBackup.at(2, 20).madeAt(5).replacing(both).in(archive);
    archive.lose(broken.lastSegment().toString());
    assertThat(gone(RetentionPolicy.ofMerged())).isEmpty();
    ArchivedBackup.at(1, 15).madeAt(6).replacing(List.of(first.id())).in(archive);
    assertThat(gone(RetentionPolicy.ofMerged())).as("one that ends before").isEmpty();
    ArchivedBackup.at(2, 20).madeAt(7).replacing(both).in(archive);
    assertThat(gone(RetentionPolicy.ofMerged())).contains(first.id(), full.id());
  }

  @Test
  void ofBackupsThatReplaceEachOtherNoneGoes() throws Exception {
    BackupId self = ArchivedBackup.at(1, 10).id();
    CommitFile.Summary other = ArchivedBackup.at(2, 10).replacing(List.of(self)).in(archive);
    ArchivedBackup.at(1, 10).replacing(List.of(self, other.id())).in(archive);
    assertThat(gone(RetentionPolicy.ofMerged())).isEmpty();
  }

  @Test
  void theWindowKeepsWhatWasMerged() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(NOW - 60, 10).in(archive);
    CommitFile.Summary before = ArchivedBackup.at(NOW - 50, 20).on(full).in(archive);
    CommitFile.Summary within = ArchivedBackup.at(NOW - 10, 30).on(before).in(archive);
    CommitFile.Summary late = ArchivedBackup.at(NOW - 5, 40).on(within).in(archive);
    ArchivedBackup.at(NOW - 5, 40)
        .madeAt(NOW - 4)
        .on(full)
        .replacing(List.of(late.id(), within.id(), before.id()))
        .in(archive);
    RetentionPolicy policy =
        new RetentionPolicy(OptionalInt.of(1), Optional.of(Duration.ofHours(24)), true);
    assertThat(gone(policy)).isEmpty();
    assertThat(plan(policy).kept())
        .containsEntry(within.id(), "needed for the last day")
        .containsEntry(before.id(), "needed for the last day");
    assertThat(gone(RetentionPolicy.ofMerged()))
        .containsExactly(late.id(), within.id(), before.id());
  }
}
