package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.TimelineId;

class RunFileTest {
  private static final String PARENT = "8CF000000000000000000005";
  private static final TimelineId TIMELINE = new TimelineId(0x8CF0_1234);

  @TempDir Path directory;

  private DirectoryArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new DirectoryArchive(directory, "new");
  }

  private void write(String text) throws IOException {
    Files.writeString(directory.resolve(".walfmt-8CF01234.run"), text);
  }

  private RunFile only() throws IOException {
    assertThat(RunFile.list(archive, "here")).hasSize(1);
    return RunFile.list(archive, "here").get(0);
  }

  @Test
  void tellsWhatALiveRunBuildsOn() throws IOException {
    try (RunLock lock = RunLock.claim(archive, TIMELINE, "here", "a", Optional.of(PARENT))) {
      assertThat(only())
          .isEqualTo(new RunFile(lock.timeline(), RunFile.State.LIVE, Optional.of(PARENT)));
    }
    assertThat(RunFile.list(archive, "here")).isEmpty();
  }

  @Test
  void tellsThatAFullBackupBuildsOnNone() throws IOException {
    try (RunLock lock = RunLock.claim(archive, TIMELINE, "here", "a", Optional.empty())) {
      assertThat(only().parent()).contains(RunFile.NO_PARENT);
      assertThat(only().timeline()).isEqualTo(lock.timeline());
    }
  }

  @Test
  void aRunOfThisHostWhoseLockCanBeHadIsDead() throws IOException {
    write("host here\npid 4000000\ntag old\nparent none\nend\n");
    assertThat(only().state()).isEqualTo(RunFile.State.DEAD);
    assertThat(directory.resolve(".walfmt-8CF01234.run")).exists();
  }

  @Test
  void nothingIsKnownOfARunOfAnotherHost() throws IOException {
    write("host elsewhere\npid 1\ntag old\nparent " + PARENT + "\nend\n");
    assertThat(only()).isEqualTo(new RunFile(TIMELINE, RunFile.State.UNKNOWN, Optional.of(PARENT)));
  }

  @Test
  void nothingIsKnownOfARunThatIsJustBeginning() throws IOException {
    write("host here\npid 1\n");
    assertThat(only()).isEqualTo(new RunFile(TIMELINE, RunFile.State.UNKNOWN, Optional.empty()));
  }

  @Test
  void otherFilesAreNoRunFiles() throws IOException {
    Files.writeString(directory.resolve(".walfmt-00000001.run"), "end\n");
    Files.writeString(directory.resolve(".walfmt-8cf01234.run"), "end\n");
    Files.writeString(directory.resolve(".walfmt-8CF012341.run"), "end\n");
    assertThat(RunFile.list(archive, "here")).isEmpty();
  }
}
