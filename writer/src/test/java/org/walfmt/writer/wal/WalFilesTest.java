package org.walfmt.writer.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.RefusedException;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;
import org.walfmt.writer.kit.Pages;

/** Segments of 1 MiB; timeline 2 branches off timeline 1 within segment 4. */
class WalFilesTest {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);

  @TempDir Path directory;
  private Path wal;
  private Path stored;
  private WalFiles files;

  @BeforeEach
  void makeDirectories() throws IOException {
    wal = Files.createDirectory(directory.resolve("pg_wal"));
    stored = Files.createDirectory(directory.resolve("archive"));
    TimelineHistory history = TimelineHistory.parse(TimelineId.of(2), "1\t0/480000\tpromoted\n");
    files =
        new WalFiles(
            List.of(wal), Optional.of(new DirectoryArchive(stored, "test")), history, SIZE);
  }

  private boolean has(long segment) throws IOException {
    Optional<SegmentInput> found = files.open(segment);
    if (found.isPresent()) {
      found.get().close();
    }
    return found.isPresent();
  }

  @Test
  void takesASegmentFromEitherPlace() throws Exception {
    Pages.sparse(wal.resolve("000000020000000000000005"), 1 << 20);
    Pages.sparse(stored.resolve("000000010000000000000003"), 1 << 20);
    assertThat(has(3)).isTrue();
    assertThat(has(5)).isTrue();
    assertThat(has(6)).isFalse();
  }

  /** The server renames or removes files at a checkpoint while they are looked at. */
  @Test
  void takesFromTheArchiveWhatIsRecycledJustNow() throws Exception {
    Path file = wal.resolve("000000020000000000000005");
    Path recycled = wal.resolve("000000020000000000000009");
    Pages.sparse(file, 1 << 20);
    Pages.sparse(stored.resolve("000000020000000000000005"), 1 << 20);
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> server =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (!done.get()) {
                  Files.move(file, recycled);
                  Files.move(recycled, file);
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      for (int i = 0; i < 20_000; i++) {
        assertThat(has(5)).isTrue();
      }
    } finally {
      done.set(true);
      server.get();
    }
  }

  private static ByteBuffer read(SegmentInput input, int count) throws IOException {
    ByteBuffer room = ByteBuffer.allocate(count);
    while (room.hasRemaining() && input.read(room) >= 0) {
      // reads on
    }
    return room.flip();
  }

  private static byte[] numbered() {
    byte[] bytes = new byte[1 << 20];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i >>> 10);
    }
    return bytes;
  }

  /** As the server does: another name, and then other WAL in the same file. */
  private void recycle(String name, String future) throws IOException {
    Path recycled = Files.move(wal.resolve(name), wal.resolve(future));
    try (FileChannel channel = FileChannel.open(recycled, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[1 << 20]));
    }
  }

  @Test
  void readsOnInTheArchiveWhenTheServerUsesTheFileAgain() throws Exception {
    String name = "000000020000000000000005";
    byte[] bytes = numbered();
    Files.write(wal.resolve(name), bytes);
    Files.write(stored.resolve(name), bytes);
    try (SegmentInput input = files.open(5).orElseThrow()) {
      assertThat(read(input, 300_000)).isEqualTo(ByteBuffer.wrap(bytes, 0, 300_000));
      recycle(name, "000000020000000000000009");
      assertThat(read(input, 300_000)).isEqualTo(ByteBuffer.wrap(bytes, 300_000, 300_000));
      input.seek(1000);
      assertThat(read(input, 2000)).isEqualTo(ByteBuffer.wrap(bytes, 1000, 2000));
    }
  }

  @Test
  void saysThatASegmentIsMissingWhichTheServerRemovedMeanwhile() throws Exception {
    String name = "000000020000000000000005";
    Files.write(wal.resolve(name), numbered());
    try (SegmentInput input = files.open(5).orElseThrow()) {
      read(input, 8192);
      recycle(name, "000000020000000000000009");
      assertThatThrownBy(() -> read(input, 8192))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.INCOMPLETE))
          .hasMessage("WAL segment " + name + " is missing");
    }
  }

  @Test
  void doesNotTakeWhatTheOlderTimelineWentOnWith() throws Exception {
    Pages.sparse(stored.resolve("000000010000000000000004"), 1 << 20);
    Pages.sparse(stored.resolve("000000010000000000000005"), 1 << 20);
    assertThat(has(4)).isFalse();
    assertThat(has(5)).isFalse();
    Pages.sparse(stored.resolve("000000020000000000000004"), 1 << 20);
    assertThat(has(4)).isTrue();
  }

  @Test
  void namesTheFileThatIsWanted() {
    assertThat(files.name(3)).isEqualTo("000000010000000000000003");
    assertThat(files.name(4)).isEqualTo("000000020000000000000004");
    assertThat(files.name(5)).isEqualTo("000000020000000000000005");
  }
}
