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

class StatusCommandTest {
  /** Between the full backup's end at 22:14:20 and now lie years. */
  private static final String YEARS = "9999d";

  @TempDir Path directory;
  SyntheticArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new SyntheticArchive(directory);
  }

  /** The WAL of timeline 1 from one number to another, whole. */
  private void wal(int from, int to) throws IOException {
    for (int number = from; number <= to; number++) {
      Path segment = archive.file(String.format("00000001000000000000%04X", number));
      Files.write(segment, new byte[1 << 20]);
    }
  }

  private CliRun status(Object... more) {
    Object[] words = new Object[more.length + 3];
    words[0] = "status";
    words[1] = "-A";
    words[2] = directory;
    System.arraycopy(more, 0, words, 3, more.length);
    return CliRun.of(words);
  }

  private static String firstLine(CliRun run) {
    return run.out().lines().findFirst().orElse("");
  }

  @Test
  void allIsWell() throws IOException {
    archive.full();
    archive.incremental();
    wal(0x70, 0x72);
    CliRun run = status("--max-age=" + YEARS, "--max-age-full=1d," + YEARS, "--max-chain=1,5");
    assertThat(firstLine(run))
        .matches(
            "WALFMT WARNING - last full backup is \\d+ d old; chain of 2 backups \\|"
                + " age=\\d+s;;863913600;0 full_age=\\d+s;86400;863913600;0 chain=2;1;5;0"
                + " wal_segments=3;;;0 backups=2;;;0 broken=0;;;0 running=0;;;0");
    assertThat(run.status()).isEqualTo(1);
    CliRun well = status("--max-age=" + YEARS);
    assertThat(firstLine(well))
        .matches(
            "WALFMT OK - last backup 8CF022340000000000000050 is \\d+ d old, last full \\d+ d old,"
                + " WAL up to 0/7300000 \\| .*");
    assertThat(well.out())
        .contains(
            "Last backup:              8CF022340000000000000050, incremental, 2023-11-14 23:14:20, ",
            "Last full backup:         8CF012340000000000000050, full, 2023-11-14 22:14:20, ",
            "Chain:                    2 backups\n",
            "WAL since:                up to 0/7300000, 3 segments, no gap\n");
    assertThat(well.err()).isEmpty();
    assertThat(well.status()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "--max-age=9999d, 0",
    "--max-age=1d, 2",
    "'--max-age=1d,9999d', 1",
    "--max-age-full=1h, 2",
    "--max-chain=1, 0",
    "--max-chain=0, 2",
  })
  void thresholdsAreKept(String option, int status) throws IOException {
    archive.full();
    wal(0x50, 0x50);
    assertThat(status(option).status()).isEqualTo(status);
  }

  @Test
  void anEmptyArchiveIsCritical() {
    CliRun run = status();
    assertThat(run.out())
        .isEqualTo(
            """
            WALFMT CRITICAL - no backup that can be restored | backups=0;;;0 broken=0;;;0 running=0;;;0
            CRITICAL:                 no backup that can be restored
            """);
    assertThat(run.status()).isEqualTo(2);
  }

  @Test
  void aGapInTheWalIsCritical() throws IOException {
    archive.full();
    wal(0x50, 0x51);
    wal(0x54, 0x54);
    CliRun run = status();
    assertThat(firstLine(run))
        .startsWith(
            "WALFMT CRITICAL - gap in the WAL since the last backup: segments"
                + " 000000010000000000000052 to 000000010000000000000053 are missing | ");
    assertThat(run.out())
        .contains(
            "up to 0/5200000, 2 segments; then segments 000000010000000000000052 to"
                + " 000000010000000000000053 are missing\n");
    assertThat(run.status()).isEqualTo(2);
  }

  @Test
  void missingWalOfTheBackupIsCritical() throws IOException {
    archive.full();
    assertThat(firstLine(status()))
        .startsWith(
            "WALFMT CRITICAL - last backup lacks WAL that it needs: segment"
                + " 000000010000000000000050 is missing | ");
    Files.write(archive.file("000000010000000000000050"), new byte[1000]);
    assertThat(status().status()).as("a segment that is cut").isEqualTo(2);
  }

  @Test
  void aBrokenChainIsPassedOver() throws IOException {
    archive.full();
    archive.incremental();
    archive.laterFull();
    wal(0x90, 0x90);
    Files.delete(archive.file(SyntheticArchive.INCREMENTAL));
    CliRun run = status();
    assertThat(firstLine(run))
        .startsWith("WALFMT WARNING - 1 backup is incomplete or unreadable |");
    assertThat(run.out())
        .contains(
            "Backup 8CF02234:          incomplete (missing segment 8CF022340000000000000050)\n",
            "Last backup:              8CF042340000000000000090, full");
    assertThat(run.status()).isEqualTo(1);
  }

  @Test
  void damagedPagesAreAWarning() throws IOException {
    archive.full(3);
    wal(0x50, 0x50);
    CliRun run = status();
    assertThat(firstLine(run))
        .startsWith("WALFMT WARNING - last backup's chain has damaged pages: 3 | ");
    assertThat(run.status()).isEqualTo(1);
  }

  @Test
  void aChainOnAnExternalBaseHasNoFull() throws IOException {
    archive.onManifest();
    wal(0x80, 0x80);
    CliRun run = status();
    assertThat(run.out())
        .contains("Chain:                    1 backup on an external base backup\n");
    assertThat(run.status()).isZero();
    assertThat(firstLine(status("--max-age-full=" + YEARS)))
        .startsWith("WALFMT CRITICAL - no full backup that can be restored | ");
  }

  @Test
  void segmentsWithoutACommitAreNamedByTheirAge() throws IOException {
    archive.full();
    wal(0x50, 0x50);
    Path segment = archive.file(SyntheticArchive.FULL);
    Files.copy(segment, archive.file("800000010000000000000050")); // of 2020
    Files.copy(segment, archive.file("F00000000000000000000050")); // of 2079
    CliRun run = status();
    assertThat(run.out())
        .contains(
            "Left over:                80000001, 1 segment without a commit, which",
            "Without a commit:         F0000000, full; being taken, or interrupted\n",
            " running=1;;;0\n");
    assertThat(run.status()).isZero();
  }

  @Test
  void worksBehindCommandsThatList() throws IOException {
    archive.full();
    wal(0x50, 0x50);
    CliRun run =
        CliRun.of(
            "status",
            "--restore-command=cp " + directory + "/%f %p",
            "--list-command=ls " + directory,
            "--spool-dir=" + Files.createTempDirectory(directory, ".spool").resolve("s"));
    assertThat(firstLine(run)).startsWith("WALFMT OK - last backup 8CF012340000000000000050 is ");
    assertThat(run.status()).isZero();
  }

  @Test
  void whatCannotBeFoundOutIsUnknown() {
    CliRun run = CliRun.of("status", "-A", directory.resolve("none"));
    assertThat(run.out()).startsWith("WALFMT UNKNOWN - could not open file ").hasLineCount(1);
    assertThat(run.status()).isEqualTo(3);
    CliRun nameless = CliRun.of("status", "--restore-command=cp /none/%f %p");
    assertThat(nameless.out()).startsWith("WALFMT UNKNOWN - the archive can only be asked for");
    assertThat(nameless.err()).contains("--list-command");
    assertThat(nameless.status()).isEqualTo(3);
    assertThat(status("--max-age=soon").status()).as("wrong usage").isEqualTo(3);
    assertThat(status("--max-age=2d,1d").err()).contains("warns only when it is critical");
  }

  @Test
  void printsJson() throws IOException {
    archive.full();
    wal(0x50, 0x50);
    Files.createFile(archive.file("000000010000000000000052"));
    String out = status("--json").out().replaceFirst("\"age_seconds\": \\d+", "\"age_seconds\": 0");
    assertThat(out.replaceFirst("\"age_seconds\": [1-9]\\d*", "\"age_seconds\": 0"))
        .isEqualTo(
            """
            {
              "archive": "%s",
              "state": "OK",
              "problems": [ ],
              "last_backup": {
                "id": "8CF012340000000000000050",
                "kind": "full",
                "stop_time": "2023-11-14T22:14:20Z",
                "age_seconds": 0,
                "damaged_pages": 0
              },
              "last_full": {
                "id": "8CF012340000000000000050",
                "kind": "full",
                "stop_time": "2023-11-14T22:14:20Z",
                "age_seconds": 0,
                "damaged_pages": 0
              },
              "chain": [ "8CF012340000000000000050" ],
              "wal": {
                "up_to": "0/5100000",
                "segments": 1,
                "covers_backup": true
              },
              "not_complete": [ ],
              "running": [ ],
              "left_over": [ ]
            }
            """
                .formatted(directory));
  }
}
