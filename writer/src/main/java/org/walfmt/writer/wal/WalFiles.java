package org.walfmt.writer.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.archive.Archive;
import org.walfmt.archive.FileInput;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;

/**
 * The segments of a server's WAL along its history, out of directories and an archive, whichever
 * has them. As in recovery, a segment is taken of the newest timeline that has it: where the
 * timeline changes within a segment, the newer one's file holds both parts.
 *
 * @param directories such as {@code pg_wal}; asked first
 */
public record WalFiles(
    List<Path> directories, Optional<Archive> archive, TimelineHistory history, SegmentSize size)
    implements SegmentSource {
  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    List<TimelineHistory.Entry> entries = history.entries();
    for (int i = entries.size() - 1; i >= 0; i--) {
      TimelineHistory.Entry entry = entries.get(i);
      if (size.segmentNumber(entry.begin()) <= number) {
        Optional<SegmentInput> found = find(new SegmentName(entry.timeline(), number, size));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<SegmentInput> find(SegmentName segment) throws IOException {
    String name = segment.toString();
    for (Path directory : directories) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file) && Files.size(file) == size.bytes()) {
        return Optional.of(FileInput.open(file));
      }
    }
    return archive.isPresent() ? archive.get().open(name) : Optional.empty();
  }

  @Override
  public String name(long number) {
    return new SegmentName(history.timelineAt(size.start(number)), number, size).toString();
  }
}
