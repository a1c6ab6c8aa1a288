package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractCommandTest {
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
  void takesAFile() throws IOException {
    CliRun run = CliRun.of("extract", "-A", archive, "--file", "PG_VERSION", "-o", out);

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(Files.readString(out)).isEqualTo("15\n");
    assertThat(run.out())
        .startsWith("Extracted from:           " + SyntheticArchive.INCREMENTAL + "\n")
        .contains("Needs replay of WAL:      0/7000028 to 0/7000100\n");
  }

  @ParameterizedTest
  @CsvSource({
    "--relation=base/5/16384, 16384",
    "--relation=1663/5/16384, 16384",
    "--file=base/5/16384, 16384",
    "--relation=base/5/16384 --segment=0, 16384",
    "--relation=base/5/16384 --block=1, 8192",
    "--relation=base/5/16384 --fork=main --block=0, 8192",
  })
  void takesARelationByPathOrNumbers(String options, long length) throws IOException {
    Object[] words = ("extract -o " + out + " " + options).split(" ");
    CliRun run = CliRun.of(withArchive(words));

    assertThat(Files.size(out)).isEqualTo(length);
    // The pages of the synthetic backups have impossible LSNs.
    assertThat(run.err())
        .contains("page LSN 1010101/1010101 is after the stop LSN of the backup")
        .contains(
            length == 8192
                ? "error: 1 page is damaged, and was extracted as it is\n"
                : "error: 2 pages are damaged, and were extracted as they are\n");
    assertThat(run.status()).isEqualTo(ExitStatus.DAMAGED);
  }

  private Object[] withArchive(Object... words) {
    Object[] all = new Object[words.length + 2];
    System.arraycopy(words, 0, all, 0, words.length);
    all[words.length] = "-A";
    all[words.length + 1] = archive;
    return all;
  }

  @Test
  void tellsAMachineWhatItTook() {
    CliRun run =
        CliRun.of(
            "extract", "-A", archive, "--file", "PG_VERSION", "-o", out, "--json", "8CF01234");

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("\"backup\": \"" + SyntheticArchive.FULL + "\"")
        .contains("\"bytes\": 3")
        .contains("\"files\": [ \"" + out + "\" ]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "; give one of --file, --name and --relation",
        "--file=PG_VERSION --relation=1663/5/16384; give one of --file, --name and --relation",
        "--name=a.b.c --relation=1663/5/16384; give one of --file, --name and --relation",
        "--name=a.b; \"a.b\" is no name such as database.schema.table",
        "--name=a.b.c --fork=rear; \"rear\" is no fork: main, fsm, vm or init",
        "--name=a.b.c --fork=all --block=1; --fork=all goes neither with --segment nor with",
        "--name=a.b.c -w -W; -w and -W exclude each other",
        "--file=PG_VERSION --block=1; --block belongs to --relation and --name",
        "--relation=1663/5/16384 --block=1 --segment=0; --segment and --block exclude each other",
        "--relation=base/5/16384_vm --fork=fsm; the path is of another fork than --fork",
        "--relation=base/5/16384 --block=-1; --block must be a block number",
        "--file=../secret; --file: \"../secret\" is no path in a data directory",
        "--relation=base/5/16384.1; is one file of a relation; name it with --file",
        "--relation=tables; \"tables\" is no relation",
      })
  void refusesWhatMakesNoSense(String options, String problem) {
    String words = "extract -o " + out + (options == null ? "" : " " + options);
    CliRun run = CliRun.of(withArchive((Object[]) words.split(" ")));

    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains(problem);
    assertThat(out).doesNotExist();
  }

  @Test
  void allForksNeedFiles() {
    CliRun run = CliRun.of("extract", "-A", archive, "--relation=base/5/16384", "--fork=all");

    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains("--fork=all needs files to write to, by --output");
  }

  @Test
  void doesNotOverwriteAFile() throws IOException {
    Files.writeString(out, "precious");

    CliRun run = CliRun.of("extract", "-A", archive, "--file", "PG_VERSION", "-o", out);

    assertThat(run.status()).isEqualTo(ExitStatus.INPUT_OUTPUT);
    assertThat(run.err()).contains(out + "\"").contains("exists");
    assertThat(Files.readString(out)).isEqualTo("precious");
    assertThat(run.speaksJava()).isFalse();
  }

  @Test
  void namesWhatTheBackupDoesNotHave() {
    CliRun run =
        CliRun.of("extract", "-A", archive, "--relation", "base/5/16384", "--block", 2, "-o", out);

    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
    assertThat(run.err())
        .contains("error: file \"base/5/16384\" has no block 2")
        .contains("it has 2 blocks in backup " + SyntheticArchive.INCREMENTAL);
  }
}
