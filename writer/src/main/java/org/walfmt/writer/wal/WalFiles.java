package org.walfmt.writer.wal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.archive.Archive;
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
    return open(name(number), 0);
  }

  /** Opens a segment out of the first place that has it, from one of the directories on. */
  private Optional<SegmentInput> open(String name, int from) throws IOException {
    for (int i = from; i < directories.size(); i++) {
      int next = i + 1;
      Optional<SegmentInput> found =
          ServerSegment.open(
              directories.get(i).resolve(name), size.bytes(), () -> open(name, next));
      if (found.isPresent()) {
        return found;
      }
    }
    return archive.isPresent() ? archive.get().open(name) : Optional.empty();
  }

  @Override
  public String name(long number) {
    Lsn lastByte = size.start(number + 1).plus(-1);
    return new SegmentName(history.timelineAt(lastByte), number, size).toString();
  }
}
