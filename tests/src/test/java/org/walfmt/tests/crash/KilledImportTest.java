package org.walfmt.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.tests.exchange.SameFiles;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;

/** Base backups put into an archive; killed, there is nothing or a whole backup. */
class KilledImportTest {
  private static final long SEED = 20261126;

  @Test
  void leavesTheArchiveAsItWasOrWithAWholeBackupSeed20261126() throws Exception {
    try (Cluster source = Cluster.of(PgInstall.machine15()).segmentMegabytes(1).start();
        Scratch scratch = Scratch.create()) {
      PgTools.get().pgbench(source, "-i", "-q", "-s", "2").orFail();
      Path plain = scratch.resolve("plain");
      Path tars = scratch.resolve("tars");
      PgTools.get().baseBackup(source, plain).orFail();
      PgTools.get().baseBackup(source, tars, "-Ft").orFail();
      source.stop(Cluster.Stop.FAST);
      Path archive = Files.createDirectory(scratch.resolve("archive"));
      Path temporary = Files.createDirectory(scratch.resolve("temporary"));

      Killer killer = new Killer(SEED, 1500);
      int whole = 0;
      for (int i = 0; i < Killer.KILLS; i++) {
        if (i % 3 == 2) {
          Outcome outcome = killer.interrupt(importTo(archive, tars, temporary));
          assertThat(outcome.status()).as(outcome.toString()).isIn(0, Killer.INTERRUPTED);
          assertThat(temporary).isEmptyDirectory();
        } else {
          killer.kill(importTo(archive, plain, temporary));
        }
        List<BackupCatalog.Entry> entries = entries(archive);
        assertThat(entries).allMatch(BackupCatalog.Entry::isComplete);
        assertThat(entries.size()).isBetween(whole, whole + 1);
        whole = entries.size();
      }
      importTo(archive, plain, temporary).run().orFail();

      List<BackupId> ids =
          new ArrayList<>(entries(archive).stream().map(BackupCatalog.Entry::id).toList());
      assertThat(ids).hasSize(whole + 1);
      assertThat(timelines(archive))
          .as("what the killed left is gone")
          .isEqualTo(ids.stream().map(id -> id.text().substring(0, 8)).collect(Collectors.toSet()));
      Path restored = Restores.restore(archive, ids.get(whole), scratch.resolve("restored"));
      assertThat(SameFiles.require(plain, restored)).isGreaterThan(900);
      PgTools.get().verifyBackup("-w", archive.toString(), restored.toString()).orFail();
    }
  }

  private static Command importTo(Path archive, Path source, Path temporary) {
    return WalfmtCli.command(
        "import", "-A", archive.toString(), "--temporary", temporary.toString(), source.toString());
  }

  private static List<BackupCatalog.Entry> entries(Path archive) throws Exception {
    return new BackupCatalog(new DirectoryArchive(archive, "test")).list();
  }

  private static Set<String> timelines(Path archive) throws Exception {
    try (Stream<Path> files = Files.list(archive)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[89A-F][0-9A-F]{23}.*"))
          .map(name -> name.substring(0, 8))
          .collect(Collectors.toSet());
    }
  }
}
