package org.walfmt.replayer.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.manifest.WalRange;
import org.walfmt.replayer.datadir.FileSink;
import org.walfmt.segment.SegmentInput;

/** Copies the ordinary WAL that a backup needs, and its timeline histories, into {@code pg_wal}. */
final class OrdinaryWal {
  /** Where segments are in a data directory. */
  static final String DIRECTORY = "pg_wal/";

  private static final int MODE = 0600;
  private static final TimelineId FIRST = new TimelineId(1);

  private final Archive archive;
  private final SegmentSize size;
  private final FileSink sink;

  OrdinaryWal(Archive archive, SegmentSize size, FileSink sink) {
    this.archive = archive;
    this.size = size;
    this.sink = sink;
  }

  /**
   * Copies it.
   *
   * @param ranges newest timeline first
   * @throws RefusedException if a segment is in the archive on no timeline of the ranges
   */
  void copy(List<WalRange> ranges) throws IOException {
    Set<Long> there = new HashSet<>();
    for (WalRange range : ranges) {
      if (!range.timeline().equals(FIRST)) {
        copyHistory(TimelineHistory.fileName(range.timeline()));
      }
      long last = size.segmentNumberBefore(range.end());
      for (long n = size.segmentNumber(range.start()); n <= last; n++) {
        if (copySegment(new SegmentName(range.timeline(), n, size))) {
          there.add(n);
        } else if (!there.contains(n)) { // else a newer timeline goes on in a copy of it
          throw new RefusedException(
              Reason.INCOMPLETE,
              "WAL segment "
                  + new SegmentName(range.timeline(), n, size)
                  + " is not in archive \""
                  + archive.description()
                  + "\"",
              "the backup needs the WAL from " + range.start() + " to " + range.end(),
              "\"--no-wal\" leaves the WAL out.");
        }
      }
    }
  }

  private boolean copySegment(SegmentName name) throws IOException {
    Optional<SegmentInput> opened = archive.open(name.toString());
    if (opened.isEmpty()) {
      return false;
    }
    try (SegmentInput input = opened.get()) {
      sink.startFile(DIRECTORY + name, MODE, size.bytes());
      long length = 0;
      ByteBuffer chunk = sink.take();
      while (fill(input, chunk)) {
        length += chunk.flip().limit();
        sink.bytes(chunk);
        chunk = sink.take();
      }
      sink.bytes(chunk.flip());
      if (length != size.bytes()) {
        throw new RefusedException(
            Reason.INCOMPLETE,
            "WAL segment " + name + " has " + length + " bytes, expected " + size.bytes());
      }
      sink.endFile();
      return true;
    }
  }

  private static boolean fill(SegmentInput input, ByteBuffer chunk) throws IOException {
    while (chunk.hasRemaining() && input.read(chunk) >= 0) {
      // as much as there is
    }
    return chunk.position() > 0;
  }

  /** A history that is not there is not needed: the server has replayed past it before. */
  private void copyHistory(String name) throws IOException {
    Optional<SegmentInput> opened = archive.open(name);
    if (opened.isPresent()) {
      try (SegmentInput input = opened.get()) {
        ByteBuffer contents = sink.take();
        fill(input, contents);
        contents.flip();
        sink.startFile(DIRECTORY + name, MODE, contents.limit());
        sink.bytes(contents);
        sink.endFile();
      }
    }
  }
}
