package org.walfmt.replayer.target;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;

/**
 * The ordinary WAL of an archive along a history. Where the timeline changes within a segment, the
 * newer one's file holds both parts.
 */
record ArchivedWal(Archive archive, TimelineHistory history, SegmentSize size)
    implements SegmentSource {
  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    return archive.open(name(number));
  }

  @Override
  public String name(long number) {
    Lsn lastByte = size.start(number + 1).plus(-1);
    return new SegmentName(history.timelineAt(lastByte), number, size).toString();
  }
}
