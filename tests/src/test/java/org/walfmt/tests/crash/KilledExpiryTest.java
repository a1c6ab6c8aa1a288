package org.walfmt.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.walfmt.archive.Archive;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.SeriesMerger;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.retention.Expiry;
import org.walfmt.retention.ExpiryPlan;
import org.walfmt.retention.ExpiryPlanner;
import org.walfmt.retention.RetentionPolicy;
import org.walfmt.retention.Stock;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.exchange.SameFiles;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;

/** Real backups, of which some go, one file a run: the others can be restored all the time. */
class KilledExpiryTest {
  private static final Clock CLOCK = Clock.systemUTC();

  private static Cluster source() {
    Cluster source = Cluster.of(PgInstall.machine15()).segmentMegabytes(1).archiving().start();
    source.run(
        "CREATE TABLE t AS SELECT g AS a, md5(g::text) AS b FROM generate_series(1, 20000) g");
    return source;
  }

  private static void change(Cluster source, int step) {
    source.run("UPDATE t SET a = -a WHERE a % 50 = " + step);
  }

  @Test
  void whatIsLeftCanBeRestoredAfterEveryFileThatGoes() throws Exception {
    try (Cluster source = source();
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(source, source.archive());
      BackupId oldFull = backups.full().id();
      change(source, 1);
      BackupId replaced = backups.incremental("latest").id();
      change(source, 2);
      BackupId throughMerged = backups.incremental("latest").id();
      BackupId merged = merge(source.archive(), replaced);
      change(source, 3);
      BackupId full = backups.full().id();
      change(source, 4);
      BackupId onFull = backups.incremental("latest").id();
      source.archiveWal();

      int runs = 0;
      List<BackupId> left = ids(source.archive());
      assertThat(left).contains(oldFull, replaced);
      mustRestore(source.archive(), scratch);
      while (!expire(source.archive(), RetentionPolicy.ofFulls(2))) {
        runs++;
        mustHavePlans(source.archive());
        List<BackupId> now = ids(source.archive());
        if (!now.equals(left)) {
          left = now;
          mustRestore(source.archive(), scratch);
        }
      }
      assertThat(runs).isGreaterThan(10);
      assertThat(ids(source.archive()))
          .containsExactlyInAnyOrder(throughMerged, merged, full, onFull);
      mustRestore(source.archive(), scratch);
      Path restored = Restores.restore(source.archive(), throughMerged, scratch.resolve("last"));
      Restores.mustReplayToTheSource(source, restored, Options.masksAndTolerances());
    }
  }

  @Test
  void whatAMergedBackupReplacesGoesFileByFile() throws Exception {
    try (Cluster source = source();
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      List<BackupId> incrementals = new ArrayList<>();
      for (int step = 1; step <= 4; step++) {
        change(source, step);
        incrementals.add(backups.incremental("latest").id());
      }
      BackupId newest = incrementals.get(3);
      Path before = Restores.restore(source.archive(), newest, scratch.resolve("before"));
      BackupId merged = merge(source.archive(), incrementals.get(0), incrementals.get(2));

      int runs = 0;
      while (!expire(source.archive(), RetentionPolicy.ofMerged())) {
        runs++;
        mustHavePlans(source.archive());
      }
      assertThat(runs).isGreaterThan(5);
      assertThat(ids(source.archive())).containsExactlyInAnyOrder(full, newest, merged);
      Path after = Restores.restore(source.archive(), newest, scratch.resolve("after"));
      assertThat(SameFiles.require(before, after)).isGreaterThan(500);
    }
  }

  private static BackupId merge(Path archive, BackupId newest) throws IOException {
    return merge(archive, Optional.empty(), newest);
  }

  private static BackupId merge(Path archive, BackupId oldest, BackupId newest) throws IOException {
    return merge(archive, Optional.of(oldest.text()), newest);
  }

  private static BackupId merge(Path archive, Optional<String> oldest, BackupId newest)
      throws IOException {
    return new SeriesMerger(
            new DirectoryArchive(archive, "test"),
            "00112233445566778899aabbccddeeff",
            "test",
            CLOCK,
            new QuietMonitor())
        .merge(oldest, newest.text(), Optional.empty(), "test")
        .backup();
  }

  /** One file goes; true if none was left to go. */
  private static boolean expire(Path directory, RetentionPolicy policy) throws IOException {
    Archive archive = StoppableArchive.of(directory, 1);
    ExpiryPlan plan =
        ExpiryPlanner.plan(Stock.read(archive, "test", CLOCK.instant()), policy, true);
    try {
      new Expiry(archive, "test", CLOCK, line -> {}).execute(plan);
    } catch (IOException e) {
      if (!StoppableArchive.KILLED.equals(e.getMessage())) {
        throw e;
      }
    }
    return plan.files() == 0;
  }

  private static List<BackupCatalog.Entry> list(Path archive) throws IOException {
    return new BackupCatalog(new DirectoryArchive(archive, "test")).list();
  }

  private static List<BackupId> ids(Path archive) throws IOException {
    return new ArrayList<>(list(archive).stream().map(BackupCatalog.Entry::id).toList());
  }

  /** Every chain, every link, every segment, and the WAL that makes it consistent. */
  private static void mustHavePlans(Path archive) throws IOException {
    for (BackupCatalog.Entry entry : list(archive)) {
      RestorePlan plan =
          RestorePlan.make(
              new DirectoryArchive(archive, "test"),
              entry.summary().orElseThrow(),
              Optional.empty(),
              true,
              new QuietMonitor());
      assertThat(plan.isGrounded()).isTrue();
    }
  }

  private static void mustRestore(Path archive, Scratch scratch) throws IOException {
    for (BackupId id : ids(archive)) {
      Path target = Restores.restore(archive, id, scratch.resolve("restored"));
      PgTools.get().verifyBackup("-w", archive.toString(), target.toString()).orFail();
      PathUtils.deleteDirectory(target);
    }
  }
}
