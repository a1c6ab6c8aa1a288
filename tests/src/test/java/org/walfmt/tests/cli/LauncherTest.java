package org.walfmt.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;

/** What {@code bin/walfmt} of an installation asks of Java, which a script stands for. */
class LauncherTest {
  /** Prints its words, or makes an archive of classes and ends as the file {@code status} says. */
  private static final String JAVA =
      """
      #!/bin/sh
      home=$(dirname "$(dirname "$0")")
      archive=
      dump=
      for word; do
        case $word in
          -XX:DumpLoadedClassList=*) exit 0 ;;
          -XX:SharedArchiveFile=*) archive=${word#*=} ;;
          -Xshare:dump) dump=yes ;;
        esac
      done
      if [ -n "$dump" ]; then
        echo dump >>"$home/dumps"
        echo half >"$archive"
        exit "$(cat "$home/status")"
      fi
      echo "$@"
      """;

  @TempDir Path scratch;
  private Path lib;
  private Path java;

  @BeforeEach
  void install() throws IOException {
    Path root = Files.createDirectory(scratch.resolve("in stalled"));
    lib = Files.createDirectory(root.resolve("lib"));
    Path jar = Files.createFile(lib.resolve("walfmt-cli.jar"));
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(100)));
    Files.copy(Path.of("../bin/walfmt"), Files.createDirectory(root.resolve("bin")).resolve("w"));
    java = Files.createDirectory(scratch.resolve("java"));
    Path program = Files.createDirectory(java.resolve("bin")).resolve("java");
    Files.writeString(program, JAVA);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    build("17.0.15+6-Debian-1");
    status(0);
  }

  private void build(String build) throws IOException {
    String major = build.substring(0, build.indexOf('.'));
    Files.writeString(
        java.resolve("release"),
        "JAVA_RUNTIME_VERSION=\"" + build + "\"\nJAVA_VERSION=\"" + major + ".0.1\"\n");
  }

  private void status(int status) throws IOException {
    Files.writeString(java.resolve("status"), status + "\n");
  }

  private String run() {
    Path program = lib.resolveSibling("bin").resolve("w");
    Outcome outcome =
        Command.of(Path.of("/bin/sh"), program.toString(), "list")
            .env("JAVA_HOME", java.toString())
            .run()
            .orFail();
    assertThat(outcome.err()).isEmpty();
    return outcome.out();
  }

  private List<String> dumps() throws IOException {
    return Files.readAllLines(java.resolve("dumps"));
  }

  private List<String> archives() throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(f -> f.contains(".jsa"))
          .toList();
    }
  }

  @Test
  void makesClassesReadyOnceForEachBuildOfJava() throws IOException {
    assertThat(run()).contains("-XX:SharedArchiveFile=").contains("17.0.15+6-Debian-1.jsa");
    run();
    assertThat(dumps()).hasSize(1);
    build("17.0.16+8-Debian-1"); // an update in its place, whose files may be older
    assertThat(run()).contains("17.0.16+8-Debian-1.jsa");
    run();
    assertThat(dumps()).hasSize(2);
  }

  @Test
  void usesNoArchiveOfAJavaThatWasKilled() throws IOException {
    status(137);
    assertThat(run()).doesNotContain("-XX:SharedArchiveFile=");
    assertThat(run()).doesNotContain("-XX:SharedArchiveFile=");
    assertThat(dumps()).hasSize(1);
    assertThat(archives()).containsExactly("walfmt-java17.0.15+6-Debian-1.jsa");
  }

  @Test
  void leavesAnArchiveAsItIsThatARunningJavaMayUse() throws IOException {
    run();
    Path archive = lib.resolve("walfmt-java17.0.15+6-Debian-1.jsa");
    Path running = Files.createLink(scratch.resolve("running"), archive);
    Files.setLastModifiedTime(archive, FileTime.from(Instant.now().minusSeconds(1000)));
    status(1);
    assertThat(run()).doesNotContain("-XX:SharedArchiveFile=");
    assertThat(running).hasContent("half\n");
  }

  @Test
  void removesArchivesOfBuildsThatAreLongGone() throws IOException {
    Path old = Files.createFile(lib.resolve("walfmt-java17.jsa"));
    Path recent = Files.createFile(lib.resolve("walfmt-java17.0.14+7.jsa"));
    Path other = Files.createFile(lib.resolve("walfmt-java21.jsa"));
    for (Path file : List.of(old, other)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(40 * 86400L)));
    }
    run();
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
    assertThat(other).exists();
  }

  @Test
  void saysNothingOfALockThatItCannotHave() throws IOException {
    Files.createDirectory(lib.resolve("lock"));
    assertThat(run()).contains("walfmt-cli.jar list");
  }
}
