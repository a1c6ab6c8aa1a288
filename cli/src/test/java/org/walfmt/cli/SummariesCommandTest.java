package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummariesCommandTest {
  private static final String A = "0000000100000000030000280000000004000028.summary";
  private static final String B = "0000000100000000040000280000000005000028.summary";
  private static final String C = "0000000100000000060000280000000007000028.summary";
  private static final String D = "0000000200000000070000280000000008000028.summary";

  @TempDir Path directory;
  private Path summaries;

  @BeforeEach
  void makeSummaries() throws IOException {
    summaries = Files.createDirectory(directory.resolve("summaries"));
    for (String name : List.of(A, B, C, D)) {
      Files.write(summaries.resolve(name), new byte[20_000]);
    }
    Files.writeString(
        summaries.resolve("walfmt-summaries.json"),
        "{\"format\":1,\"system_identifier\":\"42\",\"postgres\":15,\"segment_size\":1048576}");
  }

  private CliRun run(Object... words) {
    Object[] all = new Object[words.length + 2];
    all[0] = "summaries";
    all[1] = "--summary-dir=" + summaries;
    System.arraycopy(words, 0, all, 2, words.length);
    return CliRun.of(all);
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(summaries)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".summary"))
          .sorted()
          .toList();
    }
  }

  @Test
  void showsRangesAndGaps() {
    CliRun run = run();
    assertThat(run.out())
        .isEqualTo(
            """
            TLI  START LSN  END LSN    WAL    FILES  SIZE   STATUS
            1    0/3000028  0/5000028  32 MB  2      39 kB  summed up
            1    0/5000028  0/6000028  16 MB  -      -      gap
            1    0/6000028  0/7000028  16 MB  1      20 kB  summed up
            2    0/7000028  0/8000028  16 MB  1      20 kB  summed up
            """);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
  }

  @Test
  void tellsMachinesTheSame() {
    assertThat(run("--json").out())
        .contains("\"system_identifier\": \"42\"", "\"postgres\": 15")
        .contains("\"start_lsn\": \"0/3000028\"", "\"files\": 2", "\"bytes\": 40000")
        .containsPattern("\"gaps\": \\[ *\\{\\s+\"timeline\": 1,\\s+\"start_lsn\": \"0/5000028\"");
  }

  @Test
  void saysThatThereAreNone() throws IOException {
    for (String name : left()) {
      Files.delete(summaries.resolve(name));
    }
    assertThat(run().err()).isEqualTo("walfmt: no summaries in directory \"" + summaries + "\"\n");
  }

  @Test
  void removesWhatIsOlderButNotTheLast() throws IOException {
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(30)));
    for (String name : List.of(A, C, D)) {
      Files.setLastModifiedTime(summaries.resolve(name), old);
    }
    assertThat(run("--prune", "--older-than=31h").out()).isEmpty();
    assertThat(run("--prune", "--older-than=1d", "-n").out()).isEqualTo(A + "\n" + C + "\n");
    assertThat(left()).containsExactly(A, B, C, D);
    assertThat(run("--prune", "--older-than=1d").out()).isEqualTo(A + "\n" + C + "\n");
    assertThat(left()).containsExactly(B, D);
  }

  @Test
  void removesWhatLiesBeforeTheOldestBackup() throws IOException {
    SyntheticArchive archive =
        new SyntheticArchive(Files.createDirectory(directory.resolve("archive")));
    archive.incremental();
    archive.full();
    CliRun foreign = run("--prune", "--archive=" + directory.resolve("archive"));
    assertThat(foreign.status()).isEqualTo(ExitStatus.MISMATCH);
    assertThat(left()).hasSize(4);
    Files.writeString(
        summaries.resolve("walfmt-summaries.json"),
        "{\"format\":1,\"system_identifier\":\""
            + Long.toUnsignedString(SyntheticArchive.SYSTEM)
            + "\",\"postgres\":15,\"segment_size\":1048576}");
    assertThat(run("--prune", "--archive=" + directory.resolve("archive")).out())
        .isEqualTo(A + "\n" + B + "\n");
    assertThat(left()).containsExactly(C, D);
  }

  @Test
  void removesNothingIfACommitCannotBeRead() throws IOException {
    Path archive = Files.createDirectory(directory.resolve("archive"));
    SyntheticArchive made = new SyntheticArchive(archive);
    made.incremental();
    made.full();
    Files.writeString(
        summaries.resolve("walfmt-summaries.json"),
        "{\"format\":1,\"system_identifier\":\""
            + Long.toUnsignedString(SyntheticArchive.SYSTEM)
            + "\",\"postgres\":15,\"segment_size\":1048576}");
    Path commit;
    try (Stream<Path> files = Files.list(archive)) {
      commit = files.filter(file -> file.toString().endsWith(".backup")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(commit);
    bytes[100] ^= 1;
    Files.write(commit, bytes);
    CliRun run = run("--prune", "--archive=" + archive);
    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
    assertThat(run.err())
        .contains("the commit of backup " + commit.getFileName().toString().substring(0, 24))
        .contains(" cannot be read", "it may be the oldest backup, whose summaries must stay")
        .contains("Bring back a sound copy of file \"" + commit.getFileName() + "\"");
    assertThat(left()).hasSize(4);
  }

  @Test
  void removesNothingIfNoBackupTellsWhatIsNotNeeded() throws IOException {
    CliRun run = run("--prune", "--archive=" + directory);
    assertThat(run.status()).isEqualTo(ExitStatus.INCOMPLETE);
    assertThat(left()).hasSize(4);
  }

  @Test
  void removesNothingOfAServers() throws IOException {
    Files.delete(summaries.resolve("walfmt-summaries.json"));
    CliRun run = run("--prune", "--older-than=0s");
    assertThat(run.status()).isEqualTo(ExitStatus.MISMATCH);
    assertThat(run.err()).contains("is none of walfmt's own", "wal_summary_keep_time");
    assertThat(left()).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    "--prune, option --prune needs --older-than or --archive",
    "--older-than=1d, need --prune",
    "--archive=/a, need --prune",
    "-n, need --prune",
    "--prune --older-than=1d --json, exclude each other",
    "--prune --older-than=1w, \"1w\" is no time span",
    "--prune --older-than=-1d, \"-1d\" is no time span",
  })
  void refusesWrongOptions(String words, String message) {
    CliRun run = run((Object[]) words.split(" ", -1));
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains(message);
  }
}
