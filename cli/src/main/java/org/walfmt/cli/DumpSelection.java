package org.walfmt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.SegmentProbe;
import org.walfmt.cli.dump.DirectorySegments;
import org.walfmt.cli.dump.WalDump.WalRange;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.CommitFile;
import org.walfmt.series.SeriesSegments;

/** From the arguments of {@code walfmt dump} to a range of WAL, by the rules of pg_waldump. */
final class DumpSelection {
  private static final TimelineId FIRST_TIMELINE = new TimelineId(1);

  private final DumpCommand arguments;

  DumpSelection(DumpCommand arguments) {
    this.arguments = arguments;
  }

  /** What was named by files or positions. */
  WalRange range() throws IOException {
    if (arguments.first != null) {
      return ofSegments(arguments.first);
    }
    return ofPositions(Objects.requireNonNull(arguments.start));
  }

  /** The series of a backup, within the positions that were given. */
  WalRange ofBackup(Archive archive, String name, Monitor monitor) throws IOException {
    CommitFile.Summary commit = new BackupChoice(archive).findComplete(name, monitor);
    StreamIdentity identity =
        new StreamIdentity(commit.version(), commit.segmentSize(), commit.systemIdentifier());
    SegmentName last = commit.lastSegment();
    return bounded(
        new SeriesSegments(archive, commit.firstSegment(), last.number()),
        identity,
        commit.firstSegment(),
        last);
  }

  private WalRange ofSegments(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    @Nullable Path parent = file.getParent();
    Path directory = parent != null ? parent : directoryOf(name);
    StreamIdentity identity = SegmentProbe.identify(directory.resolve(name));
    SegmentName first = segment(name, identity.segmentSize());
    SegmentName last = first;
    if (arguments.last != null) {
      last = segment(String.valueOf(arguments.last.getFileName()), identity.segmentSize());
      if (last.number() < first.number()) {
        throw arguments.wrongUsage("segment " + last + " lies before segment " + first);
      }
    }
    TimelineId timeline = arguments.timeline == null ? first.timeline() : arguments.timeline;
    return bounded(
        new DirectorySegments(directory, timeline, identity.segmentSize()), identity, first, last);
  }

  private WalRange bounded(
      SegmentSource source, StreamIdentity identity, SegmentName first, SegmentName last) {
    Lsn limit = last.next().start();
    Lsn start = arguments.start == null ? first.start() : arguments.start;
    Lsn end = arguments.end == null ? limit : arguments.end;
    if (start.isBefore(first.start()) || !start.isBefore(limit)) {
      throw arguments.wrongUsage(
          "start LSN " + start + " is not in the segments " + first + " to " + last);
    }
    if (!end.isAfter(start) || end.isAfter(limit)) {
      throw arguments.wrongUsage(
          "end LSN " + end + " is not in the segments " + first + " to " + last);
    }
    return new WalRange(source, identity, start, Optional.of(end));
  }

  private WalRange ofPositions(Lsn start) throws IOException {
    TimelineId timeline = arguments.timeline == null ? FIRST_TIMELINE : arguments.timeline;
    Path directory = directoryOf("");
    StreamIdentity identity = SegmentProbe.identify(anySegment(directory, timeline));
    SegmentSize size = identity.segmentSize();
    String name = SegmentName.of(timeline, start, size).toString();
    if (!Files.exists(directory.resolve(name))) {
      throw new RefusedException(
          RefusedException.Reason.INCOMPLETE,
          "WAL segment \""
              + name
              + "\", which holds LSN "
              + start
              + ", is not in \""
              + directory
              + "\"");
    }
    return new WalRange(
        new DirectorySegments(directory, timeline, size),
        identity,
        start,
        Optional.ofNullable(arguments.end));
  }

  private SegmentName segment(String name, SegmentSize size) {
    return SegmentName.parse(name, size)
        .orElseThrow(
            () ->
                arguments.wrongUsage(
                    "\""
                        + name
                        + "\" is no name of a WAL segment of "
                        + (size.bytes() >> 20)
                        + " MB"));
  }

  /** The first of the places where pg_waldump looks that has {@code file}, or any segment. */
  private Path directoryOf(String file) throws IOException {
    List<Path> places = places();
    for (Path place : places) {
      boolean fits = file.isEmpty() ? hasSegment(place) : Files.exists(place.resolve(file));
      if (fits) {
        return place;
      }
    }
    if (file.isEmpty()) {
      throw new RefusedException(
          RefusedException.Reason.INCOMPLETE,
          "no WAL segment in \"" + places.get(0) + "\"",
          "",
          "Name the directory that has them with --path.");
    }
    throw new NoSuchFileException(places.get(0).resolve(file).toString());
  }

  private List<Path> places() {
    List<Path> places = new ArrayList<>();
    if (arguments.path != null) {
      places.add(arguments.path);
      places.add(arguments.path.resolve("pg_wal"));
      return places;
    }
    places.add(Path.of(""));
    places.add(Path.of("pg_wal"));
    @Nullable String dataDirectory = System.getenv("PGDATA");
    if (dataDirectory != null && !dataDirectory.isEmpty()) {
      places.add(Path.of(dataDirectory, "pg_wal"));
    }
    return places;
  }

  private static boolean hasSegment(Path directory) throws IOException {
    return Files.isDirectory(directory) && findSegment(directory, "").isPresent();
  }

  private static Path anySegment(Path directory, TimelineId timeline) throws IOException {
    return findSegment(directory, timeline.toHex())
        .orElseThrow(
            () ->
                new RefusedException(
                    RefusedException.Reason.INCOMPLETE,
                    "no WAL segment of timeline " + timeline + " in \"" + directory + "\""));
  }

  private static Optional<Path> findSegment(Path directory, String prefix) throws IOException {
    try (var files = Files.newDirectoryStream(directory, prefix + "*")) {
      for (Path file : files) {
        if (SegmentName.matches(String.valueOf(file.getFileName()))) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }
}
