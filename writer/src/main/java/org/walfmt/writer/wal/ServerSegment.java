package org.walfmt.writer.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.FileInput;
import org.walfmt.segment.SegmentInput;

/**
 * A segment in a server's {@code pg_wal}. At a checkpoint the server removes old segments, or gives
 * their files the names of future ones and writes over them ({@code RemoveXlogFile}), even while
 * somebody reads. So what was read counts only if the file has its name still; if not, a copy is
 * read from there on.
 */
public final class ServerSegment implements SegmentInput {
  /** Another place where the segment may be. */
  public interface Copy {
    /** Opens it; empty if it is not there either. */
    Optional<SegmentInput> open() throws IOException;
  }

  private final Path file;
  private final @Nullable Object key;
  private final Copy copy;
  private SegmentInput input;
  private boolean isCopy;
  private long position;

  private ServerSegment(Path file, @Nullable Object key, Copy copy, SegmentInput input) {
    this.file = file;
    this.key = key;
    this.copy = copy;
    this.input = input;
  }

  /** Opens a file of {@code size} bytes; empty if there is none. */
  public static Optional<SegmentInput> open(Path file, int size, Copy copy) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return found.isRegularFile() && found.size() == size
          ? Optional.of(new ServerSegment(file, found.fileKey(), copy, FileInput.open(file)))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // recycled just now
    }
  }

  @Override
  public void seek(long offset) throws IOException {
    position = offset;
    input.seek(offset);
  }

  /**
   * Reads some bytes.
   *
   * @throws RefusedException if the segment is gone, and there is no copy
   */
  @Override
  public int read(ByteBuffer room) throws IOException {
    int start = room.position();
    int count = input.read(room);
    if (!isCopy && !isThere()) {
      takeCopy();
      count = input.read(room.position(start));
    }
    position += Math.max(count, 0);
    return count;
  }

  private boolean isThere() throws IOException {
    try {
      return Objects.equals(key, Files.readAttributes(file, BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void takeCopy() throws IOException {
    SegmentInput found =
        copy.open()
            .orElseThrow(
                () ->
                    new RefusedException(
                        Reason.INCOMPLETE,
                        "WAL segment " + file.getFileName() + " is missing",
                        "the server removed it, or used its file again, while it was read",
                        "Raise wal_keep_size, or let an archive have the WAL."));
    input.close();
    input = found;
    isCopy = true;
    input.seek(position);
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
