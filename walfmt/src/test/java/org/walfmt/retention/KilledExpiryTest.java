package org.walfmt.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** Random archives: whatever goes, and wherever it is stopped, what is left can be restored. */
class KilledExpiryTest {
  private static final int ARCHIVES = 60;
  private static final Instant NOW = ArchivedBackup.hour(RandomChains.HOURS + 1);

  @TempDir Path runs;

  private static RetentionPolicy policy(Random random) {
    int kind = random.nextInt(5);
    if (kind == 4) {
      return RetentionPolicy.ofMerged();
    }
    return new RetentionPolicy(
        kind != 1 ? OptionalInt.of(1 + random.nextInt(3)) : OptionalInt.empty(),
        kind != 0
            ? Optional.of(Duration.ofHours(1 + random.nextInt(RandomChains.HOURS)))
            : Optional.empty(),
        kind == 3);
  }

  private static ExpiryPlan plan(MemoryArchive archive, RetentionPolicy policy) throws IOException {
    return ExpiryPlanner.plan(Stock.read(archive, "here", NOW), policy, true);
  }

  private static void execute(MemoryArchive archive, ExpiryPlan plan) throws IOException {
    new Expiry(archive, "here", Clock.fixed(NOW, ZoneOffset.UTC), line -> {}).execute(plan);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {20260811, 20260812, 20260813})
  void whatIsLeftCanBeRestoredAtEveryStep(long seed) throws Exception {
    Random random = new Random(seed);
    int steps = 0;
    int removals = 0;
    for (int i = 0; i < ARCHIVES; i++) {
      MemoryArchive archive = new MemoryArchive(Files.createTempDirectory(runs, "runs"), true);
      RandomChains.fill(archive, random);
      RetentionPolicy policy = policy(random);
      ExpiryPlan plan = plan(archive, policy);
      Set<BackupId> restorable = new RestoreWalk(archive).restorable();
      for (int life = 0; life < plan.files(); life++) {
        MemoryArchive killed = archive.copy();
        killed.life = life;
        assertThatThrownBy(() -> execute(killed, plan)).hasMessage("killed");
        mustBeRestorable(killed, restorable);
        killed.life = Integer.MAX_VALUE;
        if (life % 3 == 0) {
          execute(killed, plan(killed, policy));
          mustBeRestorable(killed, restorable);
          assertThat(ofSeries(killed)).isEqualTo(ofSeries(done(archive, plan)));
        }
        steps++;
      }
      removals += plan.removals().size();
    }
    assertThat(steps).isGreaterThan(500);
    assertThat(removals).isGreaterThan(80);
  }

  private static MemoryArchive done(MemoryArchive archive, ExpiryPlan plan) throws IOException {
    MemoryArchive done = archive.copy();
    execute(done, plan);
    return done;
  }

  private static List<String> ofSeries(MemoryArchive archive) {
    return archive.list().stream().filter(Stock::isOfSeries).toList();
  }

  private static void mustBeRestorable(MemoryArchive archive, Set<BackupId> before)
      throws IOException {
    RestoreWalk walk = new RestoreWalk(archive);
    Set<BackupId> expected = new HashSet<>(walk.ids());
    expected.retainAll(before);
    assertThat(walk.restorable()).containsAll(expected);
  }

  /** A plan that was carried out leaves nothing to do, and WAL from the lowest start on. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {20260821, 20260822})
  void keepsTheWalOfAllThatIsLeft(long seed) throws Exception {
    Random random = new Random(seed);
    int pruned = 0;
    for (int i = 0; i < ARCHIVES; i++) {
      MemoryArchive archive = new MemoryArchive(Files.createTempDirectory(runs, "runs"), true);
      RandomChains.fill(archive, random);
      RetentionPolicy policy = policy(random);
      Map<String, Long> before = Map.copyOf(archive.files());
      ExpiryPlan plan = plan(archive, policy);
      execute(archive, plan);
      assertThat(plan(archive, policy).files()).isZero();
      for (BackupCatalog.Entry entry : new BackupCatalog(archive).list()) {
        long start =
            entry
                .summary()
                .map(commit -> ArchivedBackup.SIZE.segmentNumber(commit.startLsn()))
                .orElse(Long.MAX_VALUE);
        assertThat(before.keySet())
            .filteredOn(name -> name.charAt(0) == '0' && name.length() == 24)
            .filteredOn(name -> Long.parseLong(name.substring(16), 16) >= start)
            .allMatch(archive.files()::containsKey);
      }
      assertThat(before.keySet())
          .filteredOn(name -> name.endsWith(".history"))
          .allMatch(archive.files()::containsKey);
      pruned += plan.wal().orElseThrow().files().size();
    }
    assertThat(pruned).isGreaterThan(40);
  }

  /** The best backup for any time in the window was the best before. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {20260831, 20260832})
  void theWindowLosesNoBackupFromWhichRecoveryWouldBegin(long seed) throws Exception {
    Random random = new Random(seed);
    int checked = 0;
    for (int i = 0; i < ARCHIVES; i++) {
      MemoryArchive archive = new MemoryArchive(Files.createTempDirectory(runs, "runs"), true);
      RandomChains.fill(archive, random);
      long hours = 1L + random.nextInt(RandomChains.HOURS);
      MemoryArchive after = archive.copy();
      execute(after, plan(archive, RetentionPolicy.ofWindow(Duration.ofHours(hours))));
      for (long hour = RandomChains.HOURS + 1 - hours; hour <= RandomChains.HOURS + 1; hour++) {
        Optional<CommitFile.Summary> best = best(archive, ArchivedBackup.hour(hour));
        if (best.isPresent()) {
          assertThat(best(after, ArchivedBackup.hour(hour)).orElseThrow().stopLsn())
              .isEqualTo(best.get().stopLsn());
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(1000);
  }

  /** The state that a chain of merged backups came to can be had as before. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {20260841, 20260842, 20260843})
  void whatAMergedBackupStandsForGoesAndNothingElse(long seed) throws Exception {
    Random random = new Random(seed);
    int gone = 0;
    for (int i = 0; i < 3 * ARCHIVES; i++) {
      MemoryArchive archive = new MemoryArchive(Files.createTempDirectory(runs, "runs"), true);
      RandomChains.fill(archive, random);
      Set<BackupId> restorable = new RestoreWalk(archive).restorable();
      MemoryArchive after = archive.copy();
      execute(after, plan(archive, RetentionPolicy.ofMerged()));
      Set<BackupId> left = new RestoreWalk(after).restorable();
      List<CommitFile.Summary> there = commits(after);
      for (CommitFile.Summary each : commits(archive)) {
        if (there.contains(each)) {
          // Some come back: their parent was broken, and now a merged one is found for it.
          assertThat(left.contains(each.id()) || !restorable.contains(each.id())).isTrue();
        } else {
          assertThat(there)
              .filteredOn(merged -> merged.replaces().contains(each.id()))
              .filteredOn(merged -> left.contains(merged.id()) && merged.damagedPages() == 0)
              .anyMatch(merged -> !merged.stopLsn().isBefore(each.stopLsn()));
          gone++;
        }
      }
    }
    assertThat(gone).isGreaterThan(30);
  }

  private static List<CommitFile.Summary> commits(MemoryArchive archive) throws IOException {
    return new BackupCatalog(archive)
        .list().stream().flatMap(entry -> entry.summary().stream()).toList();
  }

  /** The newest sound backup that had ended by then on the history of the newest timeline. */
  private static Optional<CommitFile.Summary> best(MemoryArchive archive, Instant time)
      throws IOException {
    RestoreWalk walk = new RestoreWalk(archive);
    List<CommitFile.Summary> all =
        new BackupCatalog(archive)
            .list().stream().flatMap(entry -> entry.summary().stream()).toList();
    Set<BackupId> damaged = new HashSet<>();
    all.stream().filter(each -> each.damagedPages() > 0).forEach(each -> damaged.add(each.id()));
    TimelineHistory newest = newest(archive);
    Optional<CommitFile.Summary> best = Optional.empty();
    for (CommitFile.Summary each : all) {
      Set<BackupId> chain = walk.chain(each);
      boolean isSound = !chain.isEmpty() && chain.stream().noneMatch(damaged::contains);
      if (isSound
          && !each.stopTime().isAfter(time)
          && BackupChoice.isOn(newest, each)
          && (best.isEmpty() || best.get().stopLsn().isBefore(each.stopLsn()))) {
        best = Optional.of(each);
      }
    }
    return best;
  }

  private static TimelineHistory newest(MemoryArchive archive) throws IOException {
    Optional<String> name =
        archive.list().stream()
            .filter(each -> each.endsWith(".history"))
            .max(Comparator.naturalOrder());
    TimelineId timeline = name.map(Stock::timeline).orElse(new TimelineId(1));
    return name.isPresent()
        ? TimelineHistory.parse(
            timeline, new String(archive.bytes(name.get()), StandardCharsets.US_ASCII))
        : TimelineHistory.of(timeline);
  }
}
