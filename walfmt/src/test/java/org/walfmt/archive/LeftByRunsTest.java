package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.TimelineId;

/** What runs leave behind, and who takes it away. */
class LeftByRunsTest {
  private static final TimelineId WANTED = new TimelineId(0x8CF0_1234);
  private static final String SEGMENT = "8CF012340000000000000003";
  private static final String RUN = ".walfmt-8CF01234.run";

  @TempDir Path directory;
  private DirectoryArchive archive;

  @BeforeEach
  void openArchive() throws IOException {
    archive = new DirectoryArchive(directory, "feed");
  }

  private RunLock claim() throws IOException {
    return RunLock.claim(archive, WANTED, "here", "feed", Optional.empty());
  }

  private void touch(String... names) throws IOException {
    for (String name : names) {
      Files.createFile(directory.resolve(name));
    }
  }

  private void deadRun(String host) throws IOException {
    Files.writeString(directory.resolve(RUN), "host " + host + "\npid 4194304\ntag feed\nend\n");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatADeadRunLeftIsRemoved() throws IOException {
    deadRun("here");
    touch(SEGMENT, "8CF012340000000000000004", "." + SEGMENT + ".feed-1.tmp");
    touch("8CF012350000000000000003", ".8CF012350000000000000003.beef-1.tmp");
    touch("000000010000000000000003", ".000000010000000000000004.feed-2.tmp");
    assertThat(RunLock.removeDeadRuns(archive, "here"))
        .containsExactly("removed what an interrupted backup had left on series timeline 8CF01234");
    assertThat(names())
        .containsExactly(
            ".8CF012350000000000000003.beef-1.tmp",
            "000000010000000000000003",
            "8CF012350000000000000003");
  }

  @Test
  void aBackupWhoseRunDiedAfterItsCommitIsKept() throws IOException {
    deadRun("here");
    touch(SEGMENT, SEGMENT + ".00000028.backup", "." + SEGMENT + ".feed-1.tmp");
    assertThat(RunLock.removeDeadRuns(archive, "here")).hasSize(1);
    assertThat(names()).containsExactly(SEGMENT, SEGMENT + ".00000028.backup");
  }

  @Test
  void aLiveRunOfAnotherProcessIsNotTouchedUntilItDies() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Claimant.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream out = other.getInputStream()) {
      String first = new String(out.readNBytes(7), StandardCharsets.UTF_8);
      assertThat(first).isEqualTo("claimed");
      touch(SEGMENT);
      assertThat(RunLock.removeDeadRuns(archive, "here")).isEmpty();
      assertThat(names()).containsExactly(RUN, SEGMENT);
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(RunLock.removeDeadRuns(archive, "here")).hasSize(1);
    assertThat(names()).isEmpty();
  }

  /** Claims a timeline in another process and then waits to be killed. */
  static final class Claimant {
    private Claimant() {}

    public static void main(String[] arguments) throws Exception {
      DirectoryArchive archive = new DirectoryArchive(Path.of(arguments[0]), "feed");
      try (RunLock lock = RunLock.claim(archive, WANTED, "here", "feed", Optional.empty())) {
        System.out.print(lock.timeline().equals(WANTED) ? "claimed" : "another");
        System.out.flush();
        Thread.sleep(60_000);
      }
    }
  }

  @Test
  void whatCouldNotBeTakenOutIsLeftToALaterRun() throws IOException {
    RunLock lock = claim();
    touch(SEGMENT);
    lock.leave();
    lock.close();
    assertThat(names()).containsExactly(RUN, SEGMENT);
    assertThat(RunLock.removeDeadRuns(archive, "here")).hasSize(1);
    assertThat(names()).isEmpty();
  }

  @Test
  void aRunOfAnotherUserIsNoObstacle() throws IOException {
    deadRun("here");
    Files.setPosixFilePermissions(
        directory.resolve(RUN), PosixFilePermissions.fromString("---------"));
    assertThatCode(() -> RunLock.removeDeadRuns(archive, "here")).doesNotThrowAnyException();
  }
}
