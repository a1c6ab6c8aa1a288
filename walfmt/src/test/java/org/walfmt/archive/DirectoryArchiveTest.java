package org.walfmt.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.segment.SegmentInput;

class DirectoryArchiveTest {
  private static final String NAME = "000000010000000000000005";

  @TempDir Path root;

  private Path directory;
  private Path source;
  private DirectoryArchive archive;

  @BeforeEach
  void create() throws IOException {
    directory = Files.createDirectory(root.resolve("archive"));
    source = Files.writeString(root.resolve("source"), "contents");
    archive = new DirectoryArchive(directory, "tag");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void write(Archive archive, String name, boolean exclusive, String... pieces)
      throws IOException {
    try (PendingFile file = archive.create(name, exclusive)) {
      for (String piece : pieces) {
        file.write(bytes(piece));
      }
      file.publish();
    }
  }

  @Test
  void needsADirectory() {
    assertThatThrownBy(() -> new DirectoryArchive(root.resolve("none"), "tag"))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> new DirectoryArchive(source, "tag"))
        .isInstanceOf(NotDirectoryException.class);
  }

  @Test
  void aFileIsNotSeenBeforeItIsPublished() throws IOException {
    try (PendingFile file = archive.create(NAME, true)) {
      file.write(bytes("cont"));
      assertThat(archive.list()).isEmpty();
      assertThat(archive.open(NAME)).isEmpty();
      assertThat(archive.length(NAME)).isEmpty();
      assertThat(files()).containsExactly("." + NAME + ".tag-1.tmp");
      file.write(bytes("ents"));
      file.publish();
      assertThat(archive.list()).containsExactly(NAME);
      assertThat(archive.length(NAME)).contains(8L);
    }
    assertThat(files()).containsExactly(NAME);
    assertThat(directory.resolve(NAME)).hasContent("contents");
  }

  @Test
  void aFileThatIsNotPublishedLeavesNothing() throws IOException {
    try (PendingFile file = archive.create(NAME, true)) {
      file.write(bytes("contents"));
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void readsFromAnyOffset() throws IOException {
    write(archive, NAME, true, "contents");
    try (SegmentInput input = archive.open(NAME).orElseThrow()) {
      ByteBuffer room = ByteBuffer.allocate(4);
      input.seek(3);
      assertThat(input.read(room)).isEqualTo(4);
      assertThat(room.flip()).isEqualTo(bytes("tent"));
      assertThat(input.read(room.clear())).isEqualTo(1);
      assertThat(input.read(room)).isEqualTo(-1);
    }
  }

  @Test
  void theSameBytesAgainAreFine() throws IOException {
    assertThat(archive.put(NAME, source)).isTrue();
    assertThat(archive.put(NAME, source)).isFalse();
    write(archive, NAME, false, "con", "tents");
    assertThat(files()).containsExactly(NAME);
    assertThat(directory.resolve(NAME)).hasContent("contents");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "content", "contentz", "contents "})
  void otherBytesUnderTheSameNameAreAnError(String other) throws IOException {
    Files.writeString(directory.resolve(NAME), other);
    assertThatThrownBy(() -> archive.put(NAME, source))
        .isInstanceOf(DifferentContentException.class)
        .hasMessage(
            "file \"" + NAME + "\" is in archive \"" + directory + "\" with different content");
    assertThatThrownBy(() -> write(archive, NAME, false, "contents"))
        .isInstanceOf(DifferentContentException.class);
    assertThat(files()).containsExactly(NAME);
    assertThat(directory.resolve(NAME)).hasContent(other);
  }

  @Test
  void anExclusiveFileIsNeverThereTwice() throws IOException {
    write(archive, NAME, true, "contents");
    assertThatThrownBy(() -> write(archive, NAME, true, "contents"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(files()).containsExactly(NAME);
  }

  @Test
  void ofTwoWritersOneWins() throws IOException {
    DirectoryArchive other = new DirectoryArchive(directory, "other");
    try (PendingFile one = archive.create(NAME, true);
        PendingFile two = other.create(NAME, true)) {
      one.write(bytes("one"));
      two.write(bytes("two"));
      two.publish();
      assertThatThrownBy(one::publish).isInstanceOf(FileAlreadyExistsException.class);
    }
    assertThat(files()).containsExactly(NAME);
    assertThat(directory.resolve(NAME)).hasContent("two");
  }

  @Test
  void aDanglingLinkIsNotWrittenThrough() throws IOException {
    Files.createSymbolicLink(directory.resolve(NAME), root.resolve("elsewhere"));
    assertThatThrownBy(() -> write(archive, NAME, true, "contents"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(root.resolve("elsewhere")).doesNotExist();
  }

  @Test
  void aTemporaryFileOfTheSameNameIsNotTakenForTheFile() throws IOException {
    Files.writeString(directory.resolve("." + NAME + ".tag-1.tmp"), "another run's");
    assertThatThrownBy(() -> archive.create(NAME, true))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("two runs use temporary file");
  }

  @Test
  void hiddenFilesAreNotListed() throws IOException {
    Files.writeString(directory.resolve(".x.tmp"), "");
    Files.writeString(directory.resolve("y"), "");
    assertThat(archive.list()).containsExactly("y");
  }

  @Test
  void deletesWhatIsThere() throws IOException {
    archive.put(NAME, source);
    archive.delete(NAME);
    archive.delete(NAME);
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "../x", "a/b", "/etc/passwd", ".x", "a\0b"})
  void namesThatLeadElsewhereAreRefused(String name) {
    assertThatThrownBy(() -> archive.open(name)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> archive.length(name)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> archive.create(name, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> archive.put(name, source))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> archive.delete(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMissingSourceLeavesNothing() throws IOException {
    assertThatThrownBy(() -> archive.put(NAME, root.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(files()).isEmpty();
  }

  /**
   * For root no directory is read-only: there one on which nothing can be created, {@code /proc}.
   */
  @Test
  void aDirectoryThatTakesNoFilesIsAnError() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
    Path readOnly = Files.isWritable(directory) ? Path.of("/proc") : directory;
    DirectoryArchive closed = new DirectoryArchive(readOnly, "tag");
    assertThatThrownBy(() -> closed.put("x" + NAME, source))
        .isInstanceOf(FileSystemException.class);
  }

  /** Whichever operation fails, the archive has the file as it was to be, or no file at all. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureLeavesAllOrNothing(boolean done) throws IOException {
    FaultyDisk healthy = FaultyDisk.healthy(root);
    writeTo(healthy, "tag");
    for (int operation = 0; operation < healthy.operations(); operation++) {
      failAndWriteAgain(FaultyDisk.failingAt(root, operation, done));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureWithoutHardLinksLeavesAllOrNothing(boolean done) throws IOException {
    FaultyDisk healthy = FaultyDisk.healthy(root).withoutLinks();
    writeTo(healthy, "tag");
    assertThat(files()).containsExactly(NAME);
    for (int operation = 0; operation < healthy.operations(); operation++) {
      failAndWriteAgain(FaultyDisk.failingAt(root, operation, done).withoutLinks());
    }
  }

  @Test
  void withoutHardLinksAnExclusiveFileIsNeverThereTwice() throws IOException {
    writeTo(FaultyDisk.healthy(root).withoutLinks(), "tag");
    assertThatThrownBy(() -> writeTo(FaultyDisk.healthy(root).withoutLinks(), "tag"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(files()).containsExactly(NAME);
  }

  private void failAndWriteAgain(FaultyDisk disk) throws IOException {
    archive.delete(NAME);
    Throwable failure = catchThrowable(() -> writeTo(disk, "tag"));
    boolean failed = failure instanceof IOException;
    assertThat(files().contains(NAME)).as("after %s", failure).isNotEqualTo(failed);
    try {
      writeTo(FaultyDisk.healthy(root), "again");
    } catch (FileAlreadyExistsException e) {
      assertThat(failed).isFalse();
    }
    assertThat(directory.resolve(NAME)).hasContent("contents");
    for (String name : files()) {
      if (name.endsWith(".tmp")) {
        Files.delete(directory.resolve(name));
      }
    }
    assertThat(files()).containsExactly(NAME);
  }

  private void writeTo(FaultyDisk disk, String tag) throws IOException {
    write(new DirectoryArchive(disk.path(directory), tag), NAME, true, "cont", "ents");
  }
}
