package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;

class SegmentUploaderTest {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);
  private static final TimelineId TIMELINE = new TimelineId(0x8CF0_1234);
  private static final String FIRST = "8CF012340000000000000005";
  private static final String SECOND = "8CF012340000000000000006";
  private static final String THIRD = "8CF012340000000000000007";

  @TempDir Path directory;

  private SegmentUploader uploader;

  @BeforeEach
  void create() throws IOException {
    uploader = new SegmentUploader(new DirectoryArchive(directory, "tag"), TIMELINE, SIZE);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void segment(SegmentUploader uploader, int number) throws IOException {
    uploader.begin(number);
    for (int i = 0; i < 4; i++) {
      uploader.write(ByteBuffer.allocate(SIZE.bytes() / 4));
    }
    uploader.end();
  }

  @Test
  void putsEverySegment() throws IOException {
    for (int number = 5; number < 25; number++) {
      segment(uploader, number);
    }
    uploader.finish();
    assertThat(files()).hasSize(20).startsWith(FIRST, SECOND, THIRD);
    assertThat(files()).isEqualTo(uploader.names());
    assertThat(directory.resolve(THIRD)).hasSize(1 << 20);
  }

  @Test
  void isAbandonedAtAnyTime() throws IOException {
    segment(uploader, 5);
    segment(uploader, 6);
    uploader.begin(7);
    uploader.write(ByteBuffer.allocate(10));
    uploader.abandon();
    assertThat(files()).isEmpty();
  }

  @Test
  void isAbandonedAfterTheEnd() throws IOException {
    segment(uploader, 5);
    uploader.finish();
    uploader.abandon();
    assertThat(files()).isEmpty();
  }

  @Test
  void isAbandonedByAnInterruptedThread() throws IOException {
    segment(uploader, 5);
    segment(uploader, 6);
    uploader.finish();
    Thread.currentThread().interrupt();
    uploader.abandon();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(files()).isEmpty();
  }

  /** Another run has the same timeline: its segments stay, and none of ours gets among them. */
  @Test
  void doesNotMixWithAnotherRun() throws IOException {
    Files.writeString(directory.resolve(FIRST), "another run's");
    Throwable failure =
        catchThrowable(
            () -> {
              for (int number = 5; number < 12; number++) {
                segment(uploader, number);
              }
              uploader.finish();
            });
    assertThat(failure).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(uploader.names()).isEmpty();
    assertThatThrownBy(uploader::finish).isInstanceOf(Exception.class);
    uploader.abandon();
    assertThat(files()).containsExactly(FIRST);
    assertThat(directory.resolve(FIRST)).hasContent("another run's");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureLeavesNothing(boolean done) throws IOException {
    FaultyDisk healthy = FaultyDisk.healthy(directory);
    run(healthy);
    assertThat(files()).containsExactly(FIRST, SECOND);
    for (int operation = 0; operation < healthy.operations(); operation++) {
      for (String name : files()) {
        Files.delete(directory.resolve(name));
      }
      FaultyDisk disk = FaultyDisk.failingAt(directory, operation, done);
      Throwable failure = catchThrowable(() -> run(disk));
      List<String> segments = files().stream().filter(name -> !name.endsWith(".tmp")).toList();
      assertThat(segments)
          .as("operation %d: %s", operation, failure)
          .hasSize(failure instanceof IOException ? 0 : 2);
    }
  }

  private void run(FaultyDisk disk) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(disk.path(directory), "tag");
    SegmentUploader faulty = new SegmentUploader(archive, TIMELINE, SIZE);
    try {
      segment(faulty, 5);
      segment(faulty, 6);
      faulty.finish();
    } catch (IOException e) {
      faulty.abandon();
      throw e;
    }
  }

  @Test
  void needsASegmentToWriteTo() {
    assertThatThrownBy(() -> uploader.write(ByteBuffer.allocate(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> uploader.end()).isInstanceOf(IllegalStateException.class);
  }
}
