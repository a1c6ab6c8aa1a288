package org.walfmt.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/** Backups of a server merged into one, which takes their place; killed, there is none. */
class KilledMergeTest {
  private static final long SEED = 20261125;

  @Test
  void leavesTheArchiveAsItWasOrWithAWholeBackupSeed20261125() throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.machine15()).segmentMegabytes(1).archiving().start();
        Scratch scratch = Scratch.create()) {
      PgTools.get().pgbench(source, "-i", "-q", "-s", "2").orFail();
      Backups backups = new Backups(source, source.archive());
      List<BackupId> ids = new ArrayList<>(List.of(backups.full().id()));
      for (int i = 0; i < 3; i++) {
        source.run(
            "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid % 40 = " + i,
            "DROP TABLE IF EXISTS t",
            "CREATE TABLE t AS SELECT " + i + " AS i FROM generate_series(1, 1000)");
        backups.changesBy(i == 1 ? ChangeSource.SCAN : ChangeSource.WAL);
        ids.add(backups.incremental("latest").id());
      }
      BackupId last = ids.get(3);
      Path expected = scratch.resolve("expected");
      Restores.restore(source.archive(), last, expected);

      Killer killer = new Killer(SEED, 1500);
      Set<String> before = series(source);
      for (int i = 0; i < Killer.KILLS; i++) {
        if (i % 3 == 2) {
          Outcome outcome = killer.interrupt(merge(source, ids.get(1), last));
          assertThat(outcome.status()).as(outcome.toString()).isIn(0, Killer.INTERRUPTED);
        } else {
          killer.kill(merge(source, ids.get(1), last));
        }
        for (BackupCatalog.Entry entry : catalog(source).list()) {
          assertThat(entry.isComplete()).as("%s", entry).isTrue();
        }
      }
      removeMerged(source, before);
      merge(source, ids.get(1), last).run().orFail();
      BackupId merged = newest(source, before);
      for (BackupId id : ids.subList(1, 4)) {
        remove(source, id);
      }
      mustBeTheSame(source, merged, expected, scratch.resolve("merged"));

      source.run("UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid % 40 = 7");
      backups.changesBy(ChangeSource.WAL);
      BackupId next = backups.incremental("latest").id();
      Outcome full = WalfmtCli.run("merge", "-A", source.archive().toString(), "--json");
      full.orFail();
      Path target = scratch.resolve("next");
      Restores.restore(source.archive(), next, target);
      for (BackupId id : List.of(ids.get(0), merged, next)) {
        remove(source, id);
      }
      List<BackupCatalog.Entry> left = catalog(source).list();
      assertThat(left).hasSize(1);
      CommitFile.Summary only = left.get(0).summary().orElseThrow();
      assertThat(only.isFull()).isTrue();
      assertThat(only.replaces()).contains(next, merged, last);
      Path synthetic = scratch.resolve("synthetic");
      mustBeTheSame(source, only.id(), target, synthetic);
      PgTools.get().verifyBackup("-w", source.archive().toString(), synthetic.toString()).orFail();
      Restores.mustReplayToTheSource(source, synthetic, Options.masksAndTolerances());
    }
  }

  private static Command merge(Cluster source, BackupId from, BackupId to) {
    return WalfmtCli.command(
        "merge", "-A", source.archive().toString(), "--from", from.text(), "--to", to.text());
  }

  private static BackupCatalog catalog(Cluster source) throws Exception {
    return new BackupCatalog(new DirectoryArchive(source.archive(), "test"));
  }

  private static Set<String> series(Cluster source) throws Exception {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(source.archive())) {
      files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[89A-F].*"))
          .forEach(names::add);
    }
    return names;
  }

  private static BackupId newest(Cluster source, Set<String> before) throws Exception {
    return catalog(source).list().stream()
        .map(BackupCatalog.Entry::id)
        .filter(id -> !before.contains(id.commitName()))
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  /** Backups that lived to their commit; left-overs of the killed are the next run's business. */
  private static void removeMerged(Cluster source, Set<String> before) throws Exception {
    for (BackupCatalog.Entry entry : catalog(source).list()) {
      if (!before.contains(entry.id().commitName())) {
        remove(source, entry.id());
      }
    }
  }

  private static void remove(Cluster source, BackupId id) throws Exception {
    for (String name : series(source)) {
      if (name.startsWith(id.text().substring(0, 8))) {
        Files.delete(source.archive().resolve(name));
      }
    }
  }

  private static void mustBeTheSame(Cluster source, BackupId id, Path expected, Path target)
      throws Exception {
    Restores.restore(source.archive(), id, target);
    for (String file : List.of("base", "global", "pg_xact", "backup_label", "PG_VERSION")) {
      if (Files.isDirectory(expected.resolve(file))) {
        assertThat(
                PathUtils.directoryAndFileContentEquals(
                    expected.resolve(file), target.resolve(file)))
            .as(file)
            .isTrue();
      } else {
        assertThat(target.resolve(file)).hasSameBinaryContentAs(expected.resolve(file));
      }
    }
  }
}
