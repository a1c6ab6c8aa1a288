package org.walfmt.tests.archives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;

/** {@code walfmt check} on a server where all is well, and where one thing is not. */
class CheckTest {
  private static final String PROBE = "FFFFFFFF[0-9A-F]{16}\\.00000029\\.backup";

  private static Cluster source;
  private static Scratch scratch;

  @BeforeAll
  static void start() throws Exception {
    source =
        Cluster.of(PgInstall.machine15())
            .segmentMegabytes(1)
            .archiving()
            .setting("autovacuum", "off")
            .start();
    scratch = Scratch.create();
    source.run("CREATE ROLE poor LOGIN", "CREATE TABLE t (a int)");
    WalfmtCli.run(words("backup", List.of("-c", "fast", "-A", archive()))).orFail();
    source.archiveWal();
  }

  @AfterAll
  static void stop() {
    source.close();
    scratch.close();
  }

  private static String archive() {
    return source.archive().toString();
  }

  private static String[] words(String command, List<String> more) {
    List<String> words = new ArrayList<>(List.of(command, "-w", "-h", "127.0.0.1"));
    if (!more.contains("-p")) {
      words.addAll(List.of("-p", "" + source.port()));
    }
    if (!more.contains("-U")) {
      words.addAll(List.of("-U", "postgres"));
    }
    words.addAll(List.of("--spool-dir", scratch.resolve("spool").toString()));
    words.addAll(more);
    return words.toArray(String[]::new);
  }

  private static Outcome check(List<String> more) {
    return WalfmtCli.run(words("check", more));
  }

  private static List<String> probes() throws Exception {
    try (Stream<Path> files = Files.list(source.archive())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(PROBE))
          .toList();
    }
  }

  private static List<String> commands(String put, String get) {
    return List.of(
        "--archive-command=" + put.replace("DIR", archive()),
        "--restore-command=" + get.replace("DIR", archive()));
  }

  @Test
  void allIsWellWithADirectory() throws Exception {
    Outcome outcome = check(List.of("-A", archive()));
    assertThat(outcome.status()).as(outcome.toString()).isZero();
    assertThat(
            outcome.out().lines().map(line -> line.replaceFirst("^(ok +\\S+( \\S+)?)  .*", "$1")))
        .containsExactly(
            "ok       connection",
            "ok       server",
            "ok       privileges",
            "ok       data directory",
            "ok       wal_level",
            "ok       page checksums",
            "ok       archiving",
            "ok       clock",
            "ok       archive",
            "ok       round trip",
            "ok       backups",
            "ok       WAL",
            "ok       space",
            "13 ok, 0 warnings, 0 errors");
    assertThat(outcome.out())
        .containsPattern("round trip +file " + PROBE + " put, fetched, listed and removed\n");
    assertThat(probes()).isEmpty();
  }

  @Test
  void whereNothingCanBeRemovedOneProbeStays() throws Exception {
    List<String> commands = commands("cp %p DIR/%f", "cp DIR/%f %p 2>/dev/null");
    for (int i = 0; i < 2; i++) {
      Outcome outcome = check(commands);
      assertThat(outcome.status()).as(outcome.toString()).isZero();
      assertThat(outcome.out())
          .contains("put, fetched, stays: there is no delete command\n")
          .contains("warning  backups          cannot be found without their ids");
      assertThat(probes()).containsExactly("FFFFFFFF0000000000000000.00000029.backup");
    }
    Outcome strict = check(commands("test ! -e DIR/%f && cp %p DIR/%f", "cp DIR/%f %p"));
    assertThat(strict.out())
        .contains("warning  archive command  ")
        .contains("is in the archive, although the command failed");
    Outcome removing =
        check(
            Stream.of(commands, List.of("--delete-command=rm -f " + archive() + "/%f"))
                .flatMap(List::stream)
                .toList());
    assertThat(removing.out()).contains(" put, fetched and removed\n");
    Files.delete(source.archive().resolve("FFFFFFFF0000000000000000.00000029.backup"));
    assertThat(probes()).isEmpty();
  }

  @Test
  void theServersArchiverIsTried() throws Exception {
    Outcome outcome =
        check(
            List.of(
                "-A",
                "server",
                "--restore-command=cp " + archive() + "/%f %p 2>/dev/null",
                "--list-command=ls " + archive(),
                "--delete-command=rm -f " + archive() + "/%f"));
    assertThat(outcome.status()).as(outcome.toString()).isZero();
    assertThat(outcome.out()).contains(" put, fetched, listed and removed\n");
    assertThat(probes()).isEmpty();
    try (Stream<Path> files = Files.walk(source.data().resolve("pg_wal"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("FFFFFFFF"));
    }
  }

  /** Options, the line that tells of the fault, and a part of its hint. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p 1 -A DIR | connection | Connection refused | server running",
        "-U poor -A DIR | privileges | the role may not execute the backup functions | grant the role EXECUTE",
        "-D /tmp -A DIR | data directory | is not the data directory of the connected server | -D",
        "-A DIR/none | archive | No such file or directory | ",
        "-A DATA/base | archive | lies inside the data directory | elsewhere",
        "--archive-command=false_%p --restore-command=cp_DIR/%f_%p | round trip | archive command for FFFFFFFF | by hand",
        "--archive-command=true_%p --restore-command=cp_DIR/%f_%p | round trip | it is not there | same archive",
        "--archive-command=true_%p --restore-command=echo_%f_>%p | round trip | bytes, expected | same archive",
        "--archive-command=no-such-program_%p --restore-command=cp_DIR/%f_%p | round trip | 127: command not found | by hand",
        "--restore-command=cp_DIR/%f_%p | archive | there is no archive command | --archive-command",
      })
  void aFaultIsNamedWithAHint(String options, String subject, String fact, String hint)
      throws Exception {
    String full = options.replace("DIR", archive()).replace("DATA", source.data().toString());
    List<String> words = Stream.of(full.split(" ")).map(word -> word.replace('_', ' ')).toList();
    Outcome outcome = check(words);
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(8);
    String line =
        outcome
            .out()
            .lines()
            .filter(each -> each.startsWith("error") && each.contains(fact))
            .findFirst()
            .orElse("");
    assertThat(line).as(outcome.toString()).startsWith(String.format("error    %-16s ", subject));
    String told = outcome.out().substring(outcome.out().indexOf(line) + line.length() + 1);
    if (hint != null) {
      assertThat(told.lines().findFirst().orElse("")).contains("hint: ").contains(hint);
    }
    assertThat(probes()).isEmpty();
  }

  @Test
  void missingWalIsAnError() throws Exception {
    String second = source.archiveWal();
    source.archiveWal();
    Path segment = source.archive().resolve(second);
    Path aside = scratch.resolve("aside");
    Files.move(segment, aside);
    try {
      Outcome outcome = check(List.of("-A", archive(), "--json"));
      assertThat(outcome.status()).isEqualTo(8);
      assertThat(outcome.out())
          .contains("\"errors\": 1,\n")
          .contains("segment " + second + " is missing: nothing after it can be restored");
    } finally {
      Files.move(aside, segment);
    }
  }

  @Test
  void anArchiverThatFailsIsAnError() throws Exception {
    String sound = source.query("SHOW archive_command");
    source.configure(Map.of("archive_command", "false")).reload();
    source.run("INSERT INTO t VALUES (1)", "SELECT pg_switch_wal()");
    source.await(
        "a failure of the archiver",
        () -> !source.query("SELECT failed_count FROM pg_stat_archiver").equals("0"));
    Outcome outcome = check(List.of("-A", archive()));
    assertThat(outcome.status()).isEqualTo(8);
    assertThat(outcome.out()).contains("error    archiving        the archiver failed on 0000");
    source.configure(Map.of("archive_command", sound)).reload();
    source.archiveWal();
  }

  @Test
  void aServerThatCannotBeBackedUpIsToldWhy() throws Exception {
    try (Cluster minimal =
            Cluster.of(PgInstall.machine15())
                .checksums(false)
                .setting("wal_level", "minimal")
                .setting("max_wal_senders", "0")
                .start();
        Scratch empty = Scratch.create()) {
      Outcome outcome =
          WalfmtCli.run(
              "check",
              "-w",
              "-h",
              "127.0.0.1",
              "-p",
              "" + minimal.port(),
              "-U",
              "postgres",
              "-A",
              empty.path().toString());
      assertThat(outcome.status()).isEqualTo(8);
      assertThat(outcome.out())
          .contains("error    wal_level        wal_level is minimal\n")
          .contains("hint: Set wal_level to replica and restart the server.\n")
          .contains("warning  page checksums   off: ")
          .contains("error    archiving        archive_mode is off")
          .contains("warning  backups          none yet\n");
    }
  }
}
