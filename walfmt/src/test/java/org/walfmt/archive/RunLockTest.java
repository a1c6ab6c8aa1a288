package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.TimelineId;

class RunLockTest {
  private static final TimelineId TIMELINE = new TimelineId(0x8CF0_1234);
  private static final String DEAD = "host here\npid 4000000\ntag old\nend\n";

  @TempDir Path directory;

  private DirectoryArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new DirectoryArchive(directory, "new");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void aClaimSaysWhoseItIs() throws IOException {
    try (RunLock lock = RunLock.claim(archive, TIMELINE, "here", "new", Optional.empty())) {
      assertThat(lock.timeline()).isEqualTo(TIMELINE);
      assertThat(directory.resolve(".walfmt-8CF01234.run"))
          .hasContent(
              "host here\npid " + ProcessHandle.current().pid() + "\ntag new\nparent none\nend");
      assertThat(archive.list()).isEmpty();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void twoRunsNeverHaveTheSameTimeline() throws IOException {
    try (RunLock first = RunLock.claim(archive, TIMELINE, "here", "a", Optional.empty());
        RunLock second = RunLock.claim(archive, TIMELINE, "here", "b", Optional.empty())) {
      assertThat(first.timeline()).isEqualTo(TIMELINE);
      assertThat(second.timeline()).isEqualTo(new TimelineId(0x8CF0_1235));
    }
  }

  @Test
  void aTimelineThatHasFilesIsTaken() throws IOException {
    write("8CF012340000000000000005", "");
    write("8CF012350000000000000005.00000028.backup", "");
    write(".walfmt-8CF01236.run", "");
    try (RunLock lock = RunLock.claim(archive, TIMELINE, "here", "a", Optional.empty())) {
      assertThat(lock.timeline()).isEqualTo(new TimelineId(0x8CF0_1237));
    }
  }

  @Test
  void whatADeadRunLeftIsRemoved() throws IOException {
    write(".walfmt-8CF01234.run", DEAD);
    write("8CF012340000000000000005", "");
    write("8CF012340000000000000006", "");
    write(".8CF012340000000000000007.old-3.tmp", "");
    write("8CF012350000000000000005", "");
    write(".8CF012350000000000000006.other-1.tmp", "");
    write("000000010000000000000005", "");
    assertThat(RunLock.removeDeadRuns(archive, "here"))
        .containsExactly("removed what an interrupted backup had left on series timeline 8CF01234");
    assertThat(files())
        .containsExactly(
            ".8CF012350000000000000006.other-1.tmp",
            "000000010000000000000005",
            "8CF012350000000000000005");
  }

  @Test
  void aCommittedSeriesStays() throws IOException {
    write(".walfmt-8CF01234.run", DEAD);
    write("8CF012340000000000000005", "");
    write("8CF012340000000000000005.00000028.backup", "");
    RunLock.removeDeadRuns(archive, "here");
    assertThat(files())
        .containsExactly("8CF012340000000000000005", "8CF012340000000000000005.00000028.backup");
  }

  @Test
  void runsThatMayLiveAreLeftAlone() throws IOException {
    write(".walfmt-8CF01235.run", DEAD.replace("here", "elsewhere"));
    write("8CF012350000000000000005", "");
    write(".walfmt-8CF01236.run", "host here\npid 4000000\n");
    write("8CF012360000000000000005", "");
    try (RunLock live = RunLock.claim(archive, TIMELINE, "here", "new", Optional.empty())) {
      write("8CF012340000000000000005", "");
      List<String> before = files();
      assertThat(RunLock.removeDeadRuns(archive, "here")).isEmpty();
      assertThat(files()).isEqualTo(before);
      assertThat(live.timeline()).isEqualTo(TIMELINE);
    }
  }
}
