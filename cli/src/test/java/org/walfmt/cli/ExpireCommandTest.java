package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.archive.RunLock;

class ExpireCommandTest {
  private static final String WAL = "00000001000000000000004F";

  @TempDir Path directory;
  SyntheticArchive archive;

  @BeforeEach
  void fill() throws IOException {
    archive = new SyntheticArchive(directory);
    archive.full();
    archive.incremental();
    Files.createFile(archive.file(WAL));
  }

  @Test
  void showsWhatWouldGoAndChangesNothing() throws IOException {
    archive.laterFull();
    Files.createFile(archive.file("000000010000000000000090"));
    CliRun run = CliRun.of("expire", "-A", directory, "--keep-full", 1, "--prune-wal");
    assertThat(run.out())
        .isEqualTo(
            """
            ACTION  ID                        KIND         START TIME           FILES  SIZE  REASON
            remove  8CF022340000000000000050  incremental  2023-11-14 23:13:20  2      1 MB  older than the newest full backup
            remove  8CF012340000000000000050  full         2023-11-14 22:13:20  2      1 MB  older than the newest full backup
            remove  -                         WAL          -                    1      1 MB  before 0000000000000090
            keep    8CF042340000000000000090  full         2023-11-15 01:13:20  2      1 MB  not older than the newest full backup
            total to remove: 2 backups, 5 files, 3 MB
            """);
    assertThat(run.err()).isEqualTo("walfmt: nothing was removed; --confirm does it\n");
    assertThat(run.status()).isZero();
    assertThat(archive.commit(SyntheticArchive.FULL)).exists();
    assertThat(archive.file(WAL)).exists();
  }

  @Test
  void removesItWhenThatIsConfirmed() throws IOException {
    archive.laterFull();
    CliRun run = CliRun.of("expire", "-A", directory, "--keep-days", 1, "--prune-wal", "--confirm");
    assertThat(run.err())
        .isEqualTo(
            """
            walfmt: removed backup 8CF022340000000000000050: 2 files
            walfmt: removed backup 8CF012340000000000000050: 2 files
            walfmt: removed WAL: 1 file
            """);
    assertThat(run.status()).isZero();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              ".walfmt-expire.lock",
              "8CF042340000000000000090",
              "8CF042340000000000000090.00000028.backup");
    }
  }

  @Test
  void namesTheFilesIfThatIsWanted() throws IOException {
    archive.laterFull();
    assertThat(CliRun.of("expire", "-A", directory, "--keep-full", 1, "--verbose").out())
        .contains(
            """
              8CF022340000000000000050.00000028.backup
              8CF022340000000000000050
              8CF012340000000000000050.00000028.backup
              8CF012340000000000000050
            total to remove: 2 backups, 4 files, 2 MB
            """);
  }

  @Test
  void printsJson() throws IOException {
    archive.laterFull();
    Files.delete(archive.commit(SyntheticArchive.INCREMENTAL));
    deadRun("8CF02234");
    CliRun run = CliRun.of("expire", "-A", directory, "--keep-full", 1, "--prune-wal", "--json");
    assertThat(run.out())
        .isEqualTo(
            """
            {
              "archive": "%s",
              "removed": false,
              "files": 4,
              "bytes": 3145728,
              "left_over": [ {
                "timeline": "8CF02234",
                "bytes": 1048576,
                "file_names": [ "8CF022340000000000000050" ]
              } ],
              "remove": [ {
                "id": "8CF012340000000000000050",
                "reason": "older than the newest full backup",
                "bytes": 1048576,
                "file_names": [ "8CF012340000000000000050.00000028.backup", "8CF012340000000000000050" ]
              } ],
              "wal": {
                "before": "0000000000000090",
                "bytes": 1048576,
                "file_names": [ "00000001000000000000004F" ]
              },
              "keep": [ {
                "id": "8CF042340000000000000090",
                "reason": "not older than the newest full backup"
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
  void saysWhyNoWalGoes() throws IOException {
    Files.delete(archive.commit(SyntheticArchive.FULL));
    Files.delete(archive.commit(SyntheticArchive.INCREMENTAL));
    deadRun("8CF01234");
    deadRun("8CF02234");
    CliRun run = CliRun.of("expire", "-A", directory, "--keep-full", 1, "--prune-wal");
    assertThat(run.err()).contains("walfmt: warning: no WAL goes: no complete backup remains\n");
    assertThat(run.out()).contains("total to remove: 0 backups, 2 files, 2 MB");
  }

  /** What a run that was killed leaves beside its segments. */
  private void deadRun(String timeline) throws IOException {
    Files.writeString(
        directory.resolve(".walfmt-" + timeline + ".run"),
        "host " + RunLock.host() + "\npid 1\ntag t\nparent none\nend\n");
  }

  @Test
  void withoutMergedBackupsNothingIsReplaced() throws IOException {
    archive.laterFull();
    CliRun run = CliRun.of("expire", "-A", directory, "--merged");
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .contains("no merged backup stands for it")
        .endsWith("total to remove: 0 backups, 0 files, 0 MB\n");
  }

  @Test
  void needsARule() {
    assertThat(CliRun.of("expire", "-A", directory).err())
        .startsWith("walfmt: error: --keep-full, --keep-days or --merged is needed\n");
    assertThat(CliRun.of("expire", "-A", directory, "--keep-full", 0).err())
        .startsWith("walfmt: error: --keep-full must be positive\n");
    CliRun run = CliRun.of("expire", "-A", directory, "--keep-days", -1);
    assertThat(run.err()).startsWith("walfmt: error: --keep-days must be positive\n");
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
  }
}
