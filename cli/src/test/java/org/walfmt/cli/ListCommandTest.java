package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListCommandTest {
  @TempDir Path directory;
  SyntheticArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new SyntheticArchive(directory);
  }

  @Test
  void showsOneLineABackupOldestFirst() throws IOException {
    archive.onManifest();
    archive.incremental();
    archive.full();
    CliRun run = CliRun.of("list", "-A", directory);
    assertThat(run.out())
        .isEqualTo(
            """
            ID                        KIND         START TIME           START LSN  STOP LSN   TLI  SEGMENTS  SIZE  PARENT             STATUS    LABEL
            8CF012340000000000000050  full         2023-11-14 22:13:20  0/5000028  0/5000100  1    1         1 MB  -                  complete  nightly
            8CF022340000000000000050  incremental  2023-11-14 23:13:20  0/7000028  0/7000100  1    1         1 MB  8CF01234           complete  hourly
            8CF032340000000000000050  incremental  2023-11-15 00:13:20  0/8000028  0/8000100  1    1         1 MB  manifest e3b0c442  complete  on a base
            """);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
  }

  @Test
  void saysThatThereAreNone() {
    CliRun run = CliRun.of("list", "-A", directory);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).isEqualTo("walfmt: no backups in archive \"" + directory + "\"\n");
    assertThat(run.status()).isZero();
  }

  @Test
  void tellsWhichSegmentIsMissing() throws IOException {
    archive.full();
    archive.incremental();
    Files.delete(archive.file(SyntheticArchive.FULL));
    assertThat(CliRun.of("list", "-A", directory).out())
        .contains(
            "incomplete (missing segment 8CF012340000000000000050)",
            "incomplete (parent 8CF012340000000000000050 is incomplete)");
  }

  @Test
  void tellsThatAParentIsMissing() throws IOException {
    archive.incremental();
    assertThat(CliRun.of("list", "-A", directory).out())
        .contains("incomplete (missing parent 8CF012340000000000000050)");
  }

  @Test
  void takesASegmentThatIsCutForMissing() throws IOException {
    archive.full();
    Path segment = archive.file(SyntheticArchive.FULL);
    Files.write(segment, java.util.Arrays.copyOf(Files.readAllBytes(segment), 1000));
    assertThat(CliRun.of("list", "-A", directory).out())
        .contains("incomplete (missing segment 8CF012340000000000000050)");
  }

  @Test
  void tellsThatACommitIsUnreadable() throws IOException {
    archive.full();
    archive.flip(archive.commit(SyntheticArchive.FULL), 30);
    CliRun run = CliRun.of("list", "-A", directory);
    assertThat(run.out())
        .contains(
            "8CF012340000000000000050  -",
            "unreadable (commit file \"8CF012340000000000000050.00000028.backup\" has a wrong"
                + " checksum)");
    assertThat(run.status()).isZero();
  }

  @Test
  void tellsOfDamagedPages() throws IOException {
    archive.full(3);
    assertThat(CliRun.of("list", "-A", directory).out()).contains("damaged (3 pages)");
  }

  @Test
  void printsJson() throws IOException {
    archive.full();
    CliRun run = CliRun.of("list", "-A", directory, "--json");
    assertThat(run.out())
        .isEqualTo(
            """
            {
              "archive": "%s",
              "backups": [ {
                "id": "8CF012340000000000000050",
                "status": "complete",
                "kind": "full",
                "label": "nightly",
                "postgres": 15,
                "system_identifier": "7711635449941887756",
                "start_time": "2023-11-14T22:13:20Z",
                "stop_time": "2023-11-14T22:14:20Z",
                "start_lsn": "0/5000028",
                "start_timeline": 1,
                "stop_lsn": "0/5000100",
                "stop_timeline": 1,
                "reference_lsn": "0/0",
                "from_standby": false,
                "damaged_pages": 0,
                "first_segment": "8CF012340000000000000050",
                "last_segment": "8CF012340000000000000050",
                "segments": 1,
                "segment_size": 1048576,
                "bytes": 1048576
              } ]
            }
            """
                .formatted(directory));
    try (JsonParser json = new JsonFactory().createParser(run.out())) {
      while (json.nextToken() != null) {
        assertThat(json.currentToken()).isNotNull();
      }
    }
  }

  @Test
  void saysThatTheArchiveDoesNotExist() {
    CliRun run = CliRun.of("list", "-A", directory.resolve("none"));
    assertThat(run.err())
        .isEqualTo(
            "walfmt: error: could not open file \""
                + directory.resolve("none")
                + "\": No such file or directory\n");
    assertThat(run.status()).isEqualTo(ExitStatus.INPUT_OUTPUT);
  }

  @Test
  void whateverFailsAfterASignalIsAnInterruption() {
    Thread.currentThread().interrupt();
    CliRun run = CliRun.of("list", "-A", directory.resolve("none"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(run.err()).isEqualTo("walfmt: error: interrupted\n");
    assertThat(run.status()).isEqualTo(ExitStatus.INTERRUPTED);
  }

  @Test
  void needsAnArchive() {
    CliRun run = CliRun.of("list");
    assertThat(run.err())
        .isEqualTo(
            """
            walfmt: error: missing required option: '--archive=DIR' or '--restore-command=COMMAND'
            walfmt: hint: Try "walfmt list --help" for more information.
            """);
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
  }
}
