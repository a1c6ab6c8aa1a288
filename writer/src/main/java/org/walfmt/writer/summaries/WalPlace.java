package org.walfmt.writer.summaries;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.FileInput;
import org.walfmt.control.TimelineHistory;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.writer.wal.ServerSegment;

/**
 * A directory that WAL segments arrive in, and when one of them is ready to be read.
 *
 * <p>In an archive a segment is ready when its file has its full size. A server's {@code pg_wal}
 * has files of full size that are still written, or have old WAL under a future name: there one is
 * ready when the server has marked it for its archiver, or has begun the next.
 *
 * @param isServers whether it is a {@code pg_wal}
 */
record WalPlace(Path directory, boolean isServers) {
  private static final String SERVERS_WAL = "pg_wal";
  private static final String STATUS = "archive_status";
  private static final Pattern HISTORY = Pattern.compile("[0-9A-F]{8}\\.history");
  private static final int TIMELINE_DIGITS = 8;
  private static final int HEXADECIMAL = 16;

  /** A directory of segments, or one with a {@code pg_wal} in it. */
  static WalPlace of(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    Path inside = path.resolve(SERVERS_WAL);
    Path directory = Files.isDirectory(inside) ? inside : path;
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    return new WalPlace(directory, Files.isDirectory(directory.resolve(STATUS)));
  }

  /**
   * Opens a segment; empty if it is not there or not ready.
   *
   * @param next the segment that follows, as the history has it
   * @param copy read if the server takes the segment's file away
   */
  Optional<SegmentInput> open(
      SegmentName name, SegmentName next, StreamIdentity identity, ServerSegment.Copy copy)
      throws IOException {
    if (!isReady(name, next, identity)) {
      return Optional.empty();
    }
    Path file = directory.resolve(name.toString());
    try {
      return isServers
          ? ServerSegment.open(file, identity.segmentSize().bytes(), copy)
          : Optional.of(FileInput.open(file));
    } catch (NoSuchFileException e) {
      return Optional.empty(); // removed just now
    }
  }

  /** Whether a segment is there, and will not change any more. */
  boolean isReady(SegmentName name, SegmentName next, StreamIdentity identity) throws IOException {
    Optional<Long> length = length(name);
    if (length.isEmpty() || length.get() != identity.segmentSize().bytes()) {
      return false;
    }
    return !isServers
        || isMarked(name)
        || hasBegun(next, identity)
        || hasBegun(name.next(), identity);
  }

  private boolean isMarked(SegmentName name) {
    Path status = directory.resolve(STATUS);
    return Files.exists(status.resolve(name + ".ready"))
        || Files.exists(status.resolve(name + ".done"));
  }

  /** Whether a segment's first page has been written since its file was made or recycled. */
  private boolean hasBegun(SegmentName name, StreamIdentity identity) throws IOException {
    ByteBuffer header =
        ByteBuffer.allocate(XLogPageHeader.SHORT_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    try (FileInput input = FileInput.open(directory.resolve(name.toString()))) {
      int count = 0;
      while (header.hasRemaining() && count >= 0) {
        count = input.read(header);
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    return !header.hasRemaining()
        && XLogPageHeader.magic(header, 0) == identity.version().walMagic()
        && XLogPageHeader.pageAddress(header, 0) == name.start().value();
  }

  /** Length in bytes of a segment's file; empty if there is none. */
  Optional<Long> length(SegmentName name) throws IOException {
    try {
      return Optional.of(Files.size(directory.resolve(name.toString())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Names of files that look like segments of ordinary WAL, ready or not. */
  List<String> segments() throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : files("[0-9A-F]*")) {
      if (SegmentName.matches(name) && !timeline(name).isOfSeries()) {
        names.add(name);
      }
    }
    return names;
  }

  /** Timelines of which there is a history. */
  List<TimelineId> histories() throws IOException {
    List<TimelineId> timelines = new ArrayList<>();
    for (String name : files("*.history")) {
      if (HISTORY.matcher(name).matches() && !timeline(name).isOfSeries()) {
        timelines.add(timeline(name));
      }
    }
    return timelines;
  }

  private static TimelineId timeline(String name) {
    return TimelineId.of(Long.parseLong(name, 0, TIMELINE_DIGITS, HEXADECIMAL));
  }

  private List<String> files(String glob) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
      stream.forEach(file -> names.add(String.valueOf(file.getFileName())));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /**
   * A timeline's history; empty if it is not here, or not all of it: a plain cp shows a file before
   * that is whole, and the server ends it with a line end.
   */
  Optional<TimelineHistory> history(TimelineId timeline) throws IOException {
    try {
      Path file = directory.resolve(TimelineHistory.fileName(timeline));
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return text.endsWith("\n")
          ? Optional.of(TimelineHistory.parse(timeline, text))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Whether a timeline's history is here, whole or not. */
  boolean hasHistory(TimelineId timeline) {
    return Files.exists(directory.resolve(TimelineHistory.fileName(timeline)));
  }
}
