package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShowCommandTest {
  @TempDir Path directory;
  SyntheticArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new SyntheticArchive(directory);
    archive.full();
    archive.incremental();
  }

  @Test
  void showsTheLatestWithItsChain() {
    CliRun run = CliRun.of("show", "-A", directory);
    assertThat(run.out())
        .contains(
            """
            Backup:                   8CF022340000000000000050
            Kind:                     incremental
            Label:                    hourly
            Status:                   complete
            PostgreSQL:               15
            System identifier:        7711635449941887756
            Start time:               2023-11-14 23:13:20 UTC
            Stop time:                2023-11-14 23:14:20 UTC
            Start LSN:                0/7000028, timeline 1
            Stop LSN:                 0/7000100, timeline 1
            Reference LSN:            0/5000028
            Parent:                   8CF012340000000000000050
            Taken from:               a primary
            Segments:                 1 of 1 MB, 8CF022340000000000000050 to 8CF022340000000000000050
            Damaged pages:            0
            Nonce:                    ffeeddccbbaa99887766554433221100
            """)
        .contains(
            """
            Server version:           15.18
            Written by:               walfmt test
            Checkpoint LSN:           0/7000060
            Data checksums:           on
            wal_log_hints:            off
            Image compression:        none
            Changes found by:         scan
            Blocks:                   2 (images of 8292 bytes)
            Files:                    2 (8195 bytes)
            Records:                  12
            Cluster: relation forks:  1 (2 blocks), 1 whole in this backup
            Cluster: other files:     2 (8195 bytes), 0 unchanged since the parent
            Cluster: directories:     4
            Cluster: tablespaces:     0
            Cluster: size:            24 kB
            Chain:                    8CF012340000000000000050 (full)
            Chain:                    8CF022340000000000000050 (incremental)
            """);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
  }

  @Test
  void takesTheFirstDigitsForTheId() {
    assertThat(CliRun.of("show", "-A", directory, "8CF01234").out())
        .startsWith(
            "Backup:                   8CF012340000000000000050\nKind:                     full\n");
  }

  @Test
  void printsJson() {
    assertThat(CliRun.of("show", "-A", directory, "--json").out())
        .contains(
            "\"blocks\": 2,",
            "\"backup_label\": \"START WAL LOCATION: 0/7000028 (file 00000001000000000000007",
            """
              "inventory": {
                "forks": 1,
                "whole_forks": 1,
                "blocks": 2,
                "directories": 4,
                "tablespaces": 0,
                "files": 2,
                "unchanged_files": 0,
                "file_bytes": 8195,
                "cluster_bytes": 24579
              },
              "chain": {
                "backups": [ "8CF012340000000000000050", "8CF022340000000000000050" ]
              }
            }
            """);
  }

  @Test
  void refusesAnIdThatIsNotThere() {
    CliRun run = CliRun.of("show", "-A", directory, "8CF0FFFF");
    assertThat(run.err())
        .isEqualTo(
            """
            walfmt: error: archive "%s" has no backup "8CF0FFFF"
            walfmt: hint: "walfmt list" shows what the archive has.
            """
                .formatted(directory));
    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
  }

  @Test
  void showsWhatTheCommitTellsOfAnIncompleteOne() throws IOException {
    Files.delete(archive.file(SyntheticArchive.FULL));
    CliRun run = CliRun.of("show", "-A", directory, SyntheticArchive.FULL);
    assertThat(run.out())
        .contains(
            "Status:                   incomplete (missing segment 8CF012340000000000000050)");
    assertThat(run.err())
        .isEqualTo(
            """
            walfmt: error: backup 8CF012340000000000000050 is incomplete
            walfmt: detail: missing segment 8CF012340000000000000050
            """);
    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
  }

  @Test
  void endsWithTheStatusOfDamage() throws IOException {
    archive.flip(archive.file(SyntheticArchive.INCREMENTAL), 200);
    CliRun run = CliRun.of("show", "-A", directory);
    assertThat(run.err())
        .startsWith("walfmt: error: record has CRC ")
        .contains(" in WAL segment 8CF022340000000000000050, LSN 0/5000028, offset 40");
    assertThat(run.status()).isEqualTo(ExitStatus.DAMAGED);
    assertThat(run.speaksJava()).isFalse();
  }
}
