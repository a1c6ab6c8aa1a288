package org.walfmt.writer.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.archive.Archive;
import org.walfmt.archive.FileInput;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;

/**
 * The segments of a server's WAL along its history, out of directories and an archive, whichever
 * has them. Where the timeline changes within a segment, the newer one's file holds both parts. The
 * older one's is never taken instead, nor a later one of the older timeline: it goes on with what
 * was abandoned.
 *
 * @param directories such as {@code pg_wal}; asked first
 */
public record WalFiles(
    List<Path> directories, Optional<Archive> archive, TimelineHistory history, SegmentSize size)
    implements SegmentSource {
  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    String name = name(number);
    for (Path directory : directories) {
      Optional<SegmentInput> found = openFile(directory.resolve(name));
      if (found.isPresent()) {
        return found;
      }
    }
    return archive.isPresent() ? archive.get().open(name) : Optional.empty();
  }

  private Optional<SegmentInput> openFile(Path file) throws IOException {
    try {
      return Files.isRegularFile(file) && Files.size(file) == size.bytes()
          ? Optional.of(FileInput.open(file))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // recycled just now, so the archive has it
    }
  }

  @Override
  public String name(long number) {
    Lsn lastByte = size.start(number + 1).plus(-1);
    return new SegmentName(history.timelineAt(lastByte), number, size).toString();
  }
}
