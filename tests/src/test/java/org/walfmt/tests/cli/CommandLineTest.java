package org.walfmt.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.WalfmtCli;

/** One life with walfmt, every command in a process of its own. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CommandLineTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir static Path scratch;
  private static Cluster cluster;

  @BeforeAll
  static void start() {
    cluster = Cluster.of(PgInstall.embedded(16)).archiving().start();
    cluster.run(
        "CREATE TABLE t AS SELECT i, repeat('x', 400) AS x FROM generate_series(1, 20000) i");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String[] backupWords(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "backup",
                "-D",
                cluster.data().toString(),
                "-A",
                cluster.archive().toString(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(cluster.port()),
                "-U",
                "postgres",
                "-d",
                "postgres",
                "--checkpoint=fast"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private static Outcome inArchive(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command, "-A", cluster.archive().toString()));
    words.addAll(List.of(more));
    return WalfmtCli.run(words.toArray(String[]::new));
  }

  private static List<String> filesOfSeries() throws IOException {
    try (Stream<Path> files = Files.list(cluster.archive())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("8") || name.startsWith("."))
          .toList();
    }
  }

  @Test
  @Order(1)
  void anInterruptedBackupLeavesNothingBehind() throws Exception {
    try (Command.Running backup = WalfmtCli.command(backupWords("--max-rate=2M", "-P")).start()) {
      cluster.await("reading", () -> backup.err().contains("walfmt: reading"));
      Thread.sleep(500);
      backup.signal("INT");
      Outcome outcome = backup.await(PATIENCE);
      assertThat(outcome.status()).isEqualTo(130);
      assertThat(outcome.err()).endsWith("walfmt: error: interrupted\n");
      assertThat(outcome.out()).isEmpty();
    }
    assertThat(filesOfSeries()).isEmpty();
    assertThat(inArchive("list").err()).contains("no backups in archive");
  }

  @Test
  @Order(2)
  void takesBackupsAndPrintsThem() {
    Outcome full = WalfmtCli.run(backupWords("--label=first")).orFail();
    assertThat(full.out())
        .startsWith("Backup:                   8")
        .contains("\nKind:                     full\n");
    assertThat(full.err()).isEmpty();
    cluster.run("UPDATE t SET x = 'y' WHERE i < 100");
    Outcome incremental = WalfmtCli.run(backupWords("--incremental", "--json", "-P")).orFail();
    assertThat(incremental.out()).startsWith("{").contains("\"kind\": \"incremental\"");
    assertThat(incremental.err()).contains("walfmt: reading", "walfmt: waiting for WAL");
  }

  @Test
  @Order(3)
  void listsShowsAndVerifiesThem() {
    assertThat(inArchive("list").orFail().out().lines())
        .hasSize(3)
        .anyMatch(line -> line.endsWith("complete  first"));
    assertThat(inArchive("show").orFail().out()).contains("Status:                   complete");
    assertThat(inArchive("verify").orFail().out()).contains(" is sound: 2 backups");
    assertThat(inArchive("dump", "--backup=latest", "-n", "3").orFail().out().lines()).hasSize(3);
  }

  @Test
  @Order(4)
  void restoresTheLatest() {
    Path target = scratch.resolve("restored");
    Outcome restored = inArchive("restore", "-D", target.toString()).orFail();
    assertThat(restored.out())
        .contains("Restored:                 8", "Merged:                   2 backups");
    assertThat(target.resolve("backup_label")).exists();
    Outcome again = inArchive("restore", "-D", target.toString());
    assertThat(again.status()).isEqualTo(8);
    assertThat(again.err())
        .startsWith("walfmt: error: ")
        .contains("is not empty", "walfmt: hint: ");
  }

  @Test
  @Order(5)
  void aReaderThatGoesAwayIsNoError() {
    Outcome outcome =
        shell("\"$0\" org.walfmt.cli.Main dump -A \"$1\" --backup=latest | head -n 2");
    assertThat(outcome.out().lines()).hasSize(2);
    assertThat(outcome.err()).isEmpty();
  }

  @Test
  @Order(6)
  void aFullDiskUnderStandardOutputIsReported() {
    Outcome outcome = shell("\"$0\" org.walfmt.cli.Main list -A \"$1\" >/dev/full");
    assertThat(outcome.err())
        .isEqualTo("walfmt: error: could not write to standard output: No space left on device\n");
    assertThat(outcome.status()).isEqualTo(7);
  }

  private static Outcome shell(String line) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Command.of(List.of("/bin/sh", "-c", line, java, cluster.archive().toString()))
        .env("CLASSPATH", System.getProperty("java.class.path"))
        .run();
  }

  @Test
  @Order(7)
  void aServerThatIsNotThereIsInputOrOutput() {
    Outcome outcome =
        WalfmtCli.run(
            "backup", "-A", cluster.archive().toString(), "-h", "127.0.0.1", "-p", "1", "-U", "x");
    assertThat(outcome.status()).isEqualTo(7);
    assertThat(outcome.err())
        .startsWith("walfmt: error: connection to server at \"127.0.0.1\", port 1 failed: ")
        .contains("walfmt: hint: ");
  }
}
