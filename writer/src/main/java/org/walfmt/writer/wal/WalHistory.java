package org.walfmt.writer.wal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;

/** The server's timelines, and by them which segment files hold a range of its WAL. */
public final class WalHistory {
  private WalHistory() {}

  /**
   * Reads a timeline's history.
   *
   * @param wal the {@code pg_wal} directory
   */
  public static TimelineHistory read(Path wal, TimelineId timeline) throws IOException {
    try {
      String text =
          Files.readString(
              wal.resolve(TimelineHistory.fileName(timeline)), StandardCharsets.ISO_8859_1);
      return TimelineHistory.parse(timeline, text);
    } catch (NoSuchFileException e) {
      return TimelineHistory.of(timeline); // as the server takes it
    }
  }

  /** The segments that hold the WAL from {@code start} to {@code stop}, in order. */
  public static List<SegmentName> segments(
      TimelineHistory history, Lsn start, Lsn stop, SegmentSize size) {
    List<SegmentName> names = new ArrayList<>();
    long last = size.segmentNumberBefore(stop);
    for (long number = size.segmentNumber(start); number <= last; number++) {
      // A segment in which the timeline changes exists whole on the newer one.
      Lsn end = size.start(number + 1);
      Lsn lastByte = (end.isAfter(stop) ? stop : end).plus(-1);
      names.add(new SegmentName(history.timelineAt(lastByte), number, size));
    }
    return names;
  }
}
