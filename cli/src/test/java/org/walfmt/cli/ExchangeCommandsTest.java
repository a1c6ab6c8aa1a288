package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} and {@code import} as the command line sees them. */
class ExchangeCommandsTest {
  @TempDir Path directory;
  private Path archive;
  private Path out;

  @BeforeEach
  void open() throws IOException {
    archive = Files.createDirectory(directory.resolve("archive"));
    out = directory.resolve("out");
    SyntheticArchive backups = new SyntheticArchive(archive);
    backups.full();
    backups.incremental();
  }

  @Test
  void removesWhatAFailedExportMade() throws IOException {
    Path segment = archive.resolve(SyntheticArchive.FULL);
    byte[] bytes = Files.readAllBytes(segment);
    bytes[2000] ^= 1; // within the first block's image
    Files.write(segment, bytes);
    CliRun run = CliRun.of("export", "-A", archive, "-D", out, "--no-wal", "-N", "8CF01234");

    assertThat(run.status()).isEqualTo(ExitStatus.DAMAGED);
    assertThat(run.err())
        .contains("warning: what was exported to \"" + out + "\" was removed again\n")
        .contains("error: record has CRC ");
    assertThat(out).doesNotExist();
  }

  @Test
  void refusesAnIncrementalOfAnOlderServer() {
    CliRun run = CliRun.of("export", "-A", archive, "-D", out, "--no-wal");

    assertThat(run.status()).isEqualTo(ExitStatus.UNSUPPORTED);
    assertThat(run.err())
        .contains("error: PostgreSQL 15 has no incremental backups of its own")
        .contains("hint: \"walfmt restore\" makes a data directory of it");
    assertThat(out).doesNotExist();
  }

  @Test
  void exportsToADirectoryOrATarNotBoth() {
    assertThat(CliRun.of("export", "-A", archive).err())
        .contains("error: give either --pgdata or --tar");
    assertThat(CliRun.of("export", "-A", archive, "-D", out, "--tar").status())
        .isEqualTo(ExitStatus.USAGE);
    assertThat(CliRun.of("export", "-A", archive, "--tar", "--json").err())
        .contains("error: --json and --tar both need standard output");
  }

  @Test
  void importsOnlyWhatIsABackup() throws IOException {
    CliRun run = CliRun.of("import", "-A", archive, directory);

    assertThat(run.status()).isEqualTo(ExitStatus.MISMATCH);
    assertThat(run.err())
        .contains("error: \"" + directory + "\" is no backup of PostgreSQL")
        .contains("hint: Give the directory that pg_basebackup wrote, or its base.tar.");
    assertThat(run.speaksJava()).isFalse();
    try (Stream<Path> files = Files.list(archive)) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().endsWith(".run"));
    }
  }
}
