package org.walfmt.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.Verifier;
import org.walfmt.replayer.VerifyOptions;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;

/** Whatever kills a backup, the archive holds only complete ones, and the next run cleans up. */
class KilledBackupTest {
  private static final long SEED = 20260801;

  private static Cluster source() {
    Cluster source = Cluster.of(PgInstall.machine15()).segmentMegabytes(1).archiving().start();
    source.run(
        "CREATE TABLE t AS SELECT g AS a, repeat(md5(g::text), 10) AS b"
            + " FROM generate_series(1, 20000) g",
        "CREATE INDEX ON t (a)");
    return source;
  }

  private static Command backup(Cluster source, String... more) {
    List<String> words =
        new ArrayList<>(List.of("backup", "-A", source.archive().toString(), "-c", "fast", "-w"));
    words.addAll(List.of("-h", "127.0.0.1", "-p", "" + source.port(), "-U", "postgres"));
    words.addAll(Arrays.asList(more));
    return WalfmtCli.command(words.toArray(String[]::new));
  }

  private static List<BackupCatalog.Entry> list(Cluster source) throws IOException {
    return new BackupCatalog(new DirectoryArchive(source.archive(), "test")).list();
  }

  /** All that belongs to no backup: files of runs, temporary files, segments without a commit. */
  private static List<String> leftovers(Cluster source) throws IOException {
    Set<String> timelines = new HashSet<>();
    for (BackupCatalog.Entry entry : list(source)) {
      timelines.add(entry.id().text().substring(0, 8));
    }
    try (Stream<Path> files = Files.list(source.archive())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(".") || name.charAt(0) >= '8')
          .filter(name -> name.startsWith(".") || !timelines.contains(name.substring(0, 8)))
          .toList();
    }
  }

  private static void mustVerify(Cluster source, BackupId id) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(source.archive(), "test");
    assertThat(
            new Verifier()
                .verify(VerifyOptions.of(archive, id.text()), new QuietMonitor())
                .findings())
        .as("backup " + id)
        .isEmpty();
  }

  @Test
  void leavesOnlyCompleteBackupsSeed20260801() throws Exception {
    try (Cluster source = source();
        Scratch scratch = Scratch.create()) {
      Killer killer = new Killer(SEED, Killer.lifeMillis(backup(source)));
      Set<BackupId> verified = new HashSet<>();
      for (int i = 0; i < Killer.KILLS; i++) {
        source.run("UPDATE t SET a = -a WHERE a % 100 = " + i);
        Command command =
            backup(
                source,
                i % 2 == 0 ? "--wal=copy" : "--wal=wait",
                i % 4 < 2 ? "--incremental" : "--jobs=2");
        if (i % 3 == 2) {
          List<String> before = leftovers(source);
          mustEndCleanly(killer.interrupt(command), before, leftovers(source));
        } else {
          killer.kill(command);
        }
        for (BackupCatalog.Entry entry : list(source)) {
          assertThat(entry.isComplete()).as("backup %s after kill %d", entry.id(), i).isTrue();
          if (verified.add(entry.id())) {
            mustVerify(source, entry.id());
          }
        }
      }
      Backups backups = new Backups(source, source.archive());
      backups.incremental("latest");
      assertThat(leftovers(source)).isEmpty();
      assertThat(source.query("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
      allMustRestore(source, scratch);
    }
  }

  /** Interrupted, a backup takes back by itself what it did, unless it was done already. */
  private static void mustEndCleanly(Outcome outcome, List<String> before, List<String> after) {
    assertThat(outcome.status()).as(outcome.toString()).isIn(0, Killer.INTERRUPTED);
    if (outcome.status() == Killer.INTERRUPTED) {
      assertThat(outcome.err()).contains("walfmt: error: interrupted");
    }
    assertThat(before).as(outcome.toString()).containsAll(after);
  }

  private static void allMustRestore(Cluster source, Scratch scratch) throws IOException {
    for (BackupCatalog.Entry entry : list(source)) {
      Path target = scratch.resolve("restored");
      Restores.restore(source.archive(), entry.id(), target);
      PgTools.get().verifyBackup("-w", source.archive().toString(), target.toString()).orFail();
      PathUtils.deleteDirectory(target);
    }
  }

  @Test
  void doesNotHurtABackupThatRunsBesideIt() throws Exception {
    try (Cluster source = source()) {
      Command slowly = backup(source, "--max-rate=4M", "--label=survivor");
      try (Command.Running survivor = slowly.start()) {
        awaitRuns(source, 1);
        survivor.signal("STOP"); // so that it lives longer than the others
        try (Command.Running killed = backup(source, "--max-rate=4M").start()) {
          awaitRuns(source, 2);
          Thread.sleep(1000);
          killed.kill();
        }
        assertThat(leftovers(source)).isNotEmpty();
        BackupId third = new Backups(source, source.archive()).full().id();
        assertThat(runs(source)).as("the survivor's alone").isEqualTo(1);
        assertThat(survivor.process().isAlive()).as(survivor.err()).isTrue();
        survivor.signal("CONT");
        survivor.await(Duration.ofMinutes(2)).orFail();
        assertThat(leftovers(source)).isEmpty();
        assertThat(list(source)).hasSize(2).extracting(BackupCatalog.Entry::id).contains(third);
        for (BackupCatalog.Entry entry : list(source)) {
          mustVerify(source, entry.id());
        }
      }
    }
  }

  private static long runs(Cluster source) throws IOException {
    return leftovers(source).stream().filter(name -> name.endsWith(".run")).count();
  }

  private static void awaitRuns(Cluster source, int number) {
    source.await(
        number + " runs",
        () -> {
          try {
            return runs(source) == number
                && leftovers(source).stream().filter(name -> name.contains(".tmp")).count()
                    >= number;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
