package org.walfmt.writer.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
