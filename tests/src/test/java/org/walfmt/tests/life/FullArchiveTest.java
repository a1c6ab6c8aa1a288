package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.SmallDisk;
import org.walfmt.tests.kit.WalfmtCli;

/** A backup into an archive that has no room for it leaves nothing; with room, the next works. */
class FullArchiveTest {
  private static final int INPUT_OUTPUT = 7;

  @Test
  void aBackupThatDoesNotFitTakesBackWhatItPut() throws Exception {
    try (Cluster source = Cluster.of(PgInstall.embedded(14)).segmentMegabytes(1).start();
        SmallDisk disk = SmallDisk.ofMegabytes(12);
        Scratch scratch = Scratch.create()) {
      Path archive = Files.createDirectory(disk.path().resolve("archive"));
      Outcome outcome =
          WalfmtCli.run(
              "backup",
              "-A",
              archive.toString(),
              "--wal=copy",
              "--checkpoint=fast",
              "-h",
              "127.0.0.1",
              "-p",
              Integer.toString(source.port()),
              "-U",
              "postgres");
      assertThat(outcome.status()).as(outcome.toString()).isEqualTo(INPUT_OUTPUT);
      assertThat(outcome.err())
          .contains("walfmt: error: ")
          .contains("No space left on device")
          .contains(archive.toString())
          .contains("hint: ");
      assertThat(notWal(archive)).isEmpty();

      disk.resize(64);
      BackupId id = new Backups(source, archive).copyingWal().full().id();
      Path target = Restores.restore(archive, id, scratch.resolve("data"));
      try (Cluster cluster = Restores.startAndOpen(source.install(), target)) {
        assertThat(cluster.query("SELECT count(*) > 0 FROM pg_class")).isEqualTo("t");
      }
    }
  }

  /** The ordinary WAL that was copied does no harm. */
  private static List<String> notWal(Path archive) throws IOException {
    try (Stream<Path> files = Files.list(archive)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("00000001"))
          .toList();
    }
  }
}
