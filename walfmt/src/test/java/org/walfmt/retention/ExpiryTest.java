package org.walfmt.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.archive.DirectoryLock;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.retention.ExpiryPlan.WalPruning;
import org.walfmt.series.CommitFile;

/** What becomes of files: in which order, which of them, and what stops it. */
class ExpiryTest {
  private static final Instant NOW = ArchivedBackup.hour(1000);

  @TempDir Path runs;

  private MemoryArchive archive;
  private final List<String> lines = new ArrayList<>();

  @BeforeEach
  void create() {
    archive = new MemoryArchive(runs, true);
  }

  private ExpiryPlan plan(boolean pruneWal) throws IOException {
    return ExpiryPlanner.plan(
        Stock.read(archive, "here", NOW), RetentionPolicy.ofFulls(1), pruneWal);
  }

  private void execute(ExpiryPlan plan) throws IOException {
    new Expiry(archive, "here", Clock.fixed(NOW, ZoneOffset.UTC), lines::add).execute(plan);
  }

  private WalPruning pruned() throws IOException {
    return plan(true).wal().orElseThrow();
  }

  private void run(Instant began, String host, String more) throws IOException {
    Files.writeString(
        runs.resolve(".walfmt-" + timeline(began) + ".run"),
        "host " + host + "\npid 1\ntag a\n" + more);
  }

  private static String timeline(Instant began) {
    return String.format("%08X", 0x8000_0000L + began.getEpochSecond() - 1_577_836_800L);
  }

  @Test
  void theCommitGoesFirstAndChildrenBeforeParents() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary child = ArchivedBackup.at(2, 20).on(full).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    execute(plan(false));
    assertThat(archive.deleted)
        .containsExactly(
            child.id().commitName(),
            child.lastSegment().toString(),
            child.firstSegment().toString(),
            full.id().commitName(),
            full.lastSegment().toString(),
            full.firstSegment().toString());
    assertThat(lines)
        .containsExactly(
            "removed backup " + child.id() + ": 3 files",
            "removed backup " + full.id() + ": 3 files");
  }

  @Test
  void whatAKilledRemovalLeftGoesWithTheNext() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    archive.life = 2;
    assertThatThrownBy(() -> execute(plan(false))).hasMessage("killed");
    archive.life = Integer.MAX_VALUE;
    assertThat(plan(false).removals()).isEmpty();
    assertThat(plan(false).leftOver())
        .containsExactly(new LeftOver(full.id().timeline(), List.of(full.id().text()), 1 << 20));
    lines.clear();
    execute(plan(false));
    assertThat(archive.list()).noneMatch(name -> name.startsWith(full.id().text().substring(0, 8)));
    assertThat(lines)
        .containsExactly(
            "removed what was left on series timeline "
                + full.id().timeline().toHex()
                + ": 1 file");
  }

  @Test
  void segmentsOfARunThatMayLiveStay() throws Exception {
    ArchivedBackup.at(3, 30).in(archive);
    Instant began = NOW.minusSeconds(60);
    String segment = timeline(began) + "000000000000001E";
    archive.add(segment, 1 << 20);
    assertThat(plan(false).leftOver()).as("put by a command or a server's archiver").isEmpty();
    run(began, "elsewhere", "parent none\nend\n");
    assertThat(plan(false).leftOver()).isEmpty();
    run(began, "here", "parent none\nend\n");
    assertThat(plan(false).leftOver()).hasSize(1);
    execute(plan(false));
    assertThat(archive.list()).doesNotContain(segment);
    assertThat(runs.resolve(".walfmt-" + timeline(began) + ".run")).doesNotExist();
  }

  @Test
  void behindCommandsOnlyAgeTellsThatNoRunHasThem() throws Exception {
    archive = new MemoryArchive(runs, false);
    ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    String young = timeline(NOW.minusSeconds(13 * 86_400)) + "000000000000001E";
    archive.add(young, 1 << 20);
    assertThat(plan(false).leftOver()).isEmpty();
    assertThat(plan(false).removals()).as("it may build on any").isEmpty();
    archive.lose(young);
    archive.add(timeline(NOW.minusSeconds(15 * 86_400)) + "000000000000001E", 1 << 20);
    assertThat(plan(false).leftOver()).hasSize(1);
    assertThat(plan(false).removals()).hasSize(1);
  }

  @Test
  void stopsWhenABackupHasBegunThatBuildsOnOneThatIsToGo() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary child = ArchivedBackup.at(2, 20).on(full).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    ExpiryPlan plan = plan(false);
    run(NOW, "elsewhere", "parent " + full.id() + "\nend\n");
    assertThatThrownBy(() -> execute(plan))
        .isInstanceOf(RefusedException.class)
        .hasMessage(
            "stopped, since a backup has begun that may build on backup "
                + full.id()
                + " meanwhile");
    assertThat(archive.deleted).isEmpty();
    run(NOW, "elsewhere", "parent none\nend\n");
    execute(plan);
    assertThat(archive.deleted).contains(child.id().commitName(), full.id().commitName());
  }

  @Test
  void stopsWhenABackupHasBeenTakenMeanwhile() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    ExpiryPlan plan = plan(false);
    CommitFile.Summary child = ArchivedBackup.at(5, 40).on(full).in(archive);
    assertThatThrownBy(() -> execute(plan))
        .hasMessage("stopped, since backup " + child.id() + " has been taken meanwhile");
    assertThat(archive.deleted).isEmpty();
  }

  @Test
  void twoDoNotWorkAtOnce() throws Exception {
    ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    try (DirectoryLock other = DirectoryLock.tryLock(runs, ".walfmt-expire.lock").orElseThrow()) {
      assertThatThrownBy(() -> execute(plan(false)))
          .hasMessage("another \"walfmt expire\" is at work on archive \"memory\"");
      assertThat(other).isNotNull();
    }
    execute(plan(false));
    assertThat(archive.deleted).hasSize(3);
  }

  @Test
  void segmentsStayWhileTheirCommitDoes() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(1, 10).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    archive.isDeaf = true;
    assertThatThrownBy(() -> execute(plan(false)))
        .hasMessage(
            "file "
                + full.id().commitName()
                + " is still in archive \"memory\" after it was removed");
    assertThat(archive.list()).contains(full.id().text());
  }

  @Test
  void prunesWhatLiesBeforeTheOldestRemainingBackup() throws Exception {
    ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary kept = ArchivedBackup.at(3, 30).in(archive);
    for (String name :
        List.of(
            "00000001000000000000001D",
            "00000001000000000000001D.00000028.backup",
            "00000001000000000000000A",
            "000000020000000000000005.partial",
            "000000020000000000000006",
            "00000001000000000000001E",
            "00000001000000000000001E.00000028.backup",
            "00000001000000000000001E.partial",
            "000000030000000100000000",
            "00000002.history",
            "00000001000000000000000A.gz",
            "notes.txt")) {
      archive.add(name, name.getBytes(StandardCharsets.US_ASCII));
    }
    archive.lose("00000002.history");
    archive.add("00000002.history", new byte[] {'1', '\t', '0', '/', '5', '\n'});
    List<String> gone =
        List.of(
            "000000020000000000000005.partial",
            "000000020000000000000006",
            "00000001000000000000000A",
            "00000001000000000000001D",
            "00000001000000000000001D.00000028.backup");
    assertThat(pruned().files()).containsExactlyElementsOf(gone);
    assertThat(pruned().firstKept()).contains("000000000000001E");
    assertThat(pruned().bytes()).isEqualTo(4 << 20);
    Map<String, Long> before = Map.copyOf(archive.files());
    ExpiryPlan plan = plan(true);
    execute(plan);
    assertThat(
            archive.deleted.subList(archive.deleted.size() - gone.size(), archive.deleted.size()))
        .containsExactlyElementsOf(gone);
    assertThat(before).hasSize(archive.list().size() + (int) plan.files());
    assertThat(archive.list()).contains("00000002.history", kept.id().text());
  }

  @Test
  void prunesByTheLowestStartOfAnyTimelineAndByExternalBases() throws Exception {
    ArchivedBackup.at(3, 30).in(archive);
    ArchivedBackup.at(4, 50).onBase("a", 20).in(archive);
    archive.add("000000010000000000000013", 1 << 20);
    archive.add("000000010000000000000014", 1 << 20);
    assertThat(pruned().files()).containsExactly("000000010000000000000013");
    ArchivedBackup.at(2, 18).onTimeline(2).in(archive);
    assertThat(plan(true).removals()).isEmpty();
    assertThat(pruned().files()).isEmpty();
  }

  @Test
  void neverPrunesWithoutACompleteBackup() throws Exception {
    CommitFile.Summary only = ArchivedBackup.at(3, 30).in(archive);
    archive.add("000000010000000000000001", 1 << 20);
    assertThat(pruned().files()).hasSize(1);
    archive.lose(only.lastSegment().toString());
    assertThat(pruned().files()).isEmpty();
    assertThat(pruned().obstacle()).contains("no complete backup remains");
  }

  @Test
  void doesNotPruneWhileTheStartOfARunningBackupIsUnknown() throws Exception {
    CommitFile.Summary full = ArchivedBackup.at(3, 30).in(archive);
    archive.add("000000010000000000000001", 1 << 20);
    Instant began = NOW.minusSeconds(60);
    run(began, "elsewhere", "parent none\nend\n");
    assertThat(pruned().files()).isEmpty();
    assertThat(pruned().obstacle().orElseThrow()).contains(timeline(began));
    archive.add(timeline(began) + "0000000000000001", 1 << 20);
    assertThat(pruned().files()).as("needed by that backup").isEmpty();
    assertThat(pruned().firstKept()).contains("0000000000000001");
    archive.lose(timeline(began) + "0000000000000001");
    run(began, "elsewhere", "parent " + full.id() + "\nend\n");
    assertThat(pruned().files()).containsExactly("000000010000000000000001");
  }

  @Test
  void behindCommandsTheBeginNoteTellsTheParent(@TempDir Path directory) throws Exception {
    archive = new MemoryArchive(runs, false);
    CommitFile.Summary old = ArchivedBackup.at(1, 10).in(archive);
    CommitFile.Summary parent = ArchivedBackup.at(2, 20).in(archive);
    ArchivedBackup.at(3, 30).in(archive);
    SegmentName first = ArchivedBackup.at(999, 40).on(parent).beginIn(directory);
    archive.add(first.toString(), Files.readAllBytes(directory.resolve(first.toString())));
    assertThat(plan(false).kept()).containsKey(parent.id());
    assertThat(plan(false).removals()).extracting(ExpiryPlan.Removal::id).containsExactly(old.id());
    archive.add(first.next().toString(), archive.bytes(first.toString()));
    archive.lose(first.toString());
    assertThat(plan(false).removals()).as("the first segment is not there yet").isEmpty();
  }
}
