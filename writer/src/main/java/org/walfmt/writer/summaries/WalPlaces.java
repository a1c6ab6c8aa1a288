package org.walfmt.writer.summaries;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.SegmentProbe;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;

/** The directories that WAL is taken from: whose it is, and which timelines it has. */
final class WalPlaces {
  private static final TimelineId FIRST = new TimelineId(1);

  private final List<WalPlace> places;

  WalPlaces(List<WalPlace> places) {
    this.places = List.copyOf(places);
  }

  static WalPlaces of(List<Path> directories) throws IOException {
    List<WalPlace> places = new ArrayList<>();
    for (Path directory : directories) {
      places.add(WalPlace.of(directory));
    }
    return new WalPlaces(places);
  }

  /** The directories, for messages. */
  String description() {
    return "\""
        + String.join("\", \"", places.stream().map(p -> p.directory().toString()).toList())
        + "\"";
  }

  /** Whether a segment may go, or be used again, while it is read. */
  boolean isServers() {
    return places.stream().anyMatch(WalPlace::isServers);
  }

  /** Whose WAL it is, as the oldest segment tells; empty if there is none. */
  Optional<StreamIdentity> identity() throws IOException {
    for (WalPlace place : places) {
      for (String name : place.segments().stream().sorted().toList()) {
        Path file = place.directory().resolve(name);
        try {
          // A plain cp shows a file before all of it is there.
          if (SegmentSize.isValid((int) Files.size(file))) {
            return Optional.of(SegmentProbe.identify(file));
          }
        } catch (NoSuchFileException e) {
          // removed just now: the next one tells
        }
      }
    }
    return Optional.empty();
  }

  /** The segments along a history. */
  ReadySegments segments(TimelineHistory history, StreamIdentity identity) {
    return new ReadySegments(places, history, identity, Long.MAX_VALUE);
  }

  /** A timeline's history; empty if it is in no directory and the timeline is not the first. */
  Optional<TimelineHistory> history(TimelineId timeline) throws IOException {
    for (WalPlace place : places) {
      Optional<TimelineHistory> found = place.history(timeline);
      if (found.isPresent()) {
        return found;
      }
    }
    return timeline.equals(FIRST) ? Optional.of(TimelineHistory.of(FIRST)) : Optional.empty();
  }

  /** Whether the history of the timeline of the next number is anywhere: a cheap look. */
  boolean hasSuccessor(TimelineId timeline) {
    TimelineId next = TimelineId.of(timeline.number() + 1);
    return places.stream().anyMatch(place -> place.hasHistory(next));
  }

  /**
   * The history of the newest timeline that has one, or of timeline 1.
   *
   * @throws RefusedException if there are segments of a newer timeline
   */
  TimelineHistory newest() throws IOException {
    TimelineHistory newest = newestOfHistories();
    for (WalPlace place : places) {
      for (String name : place.segments()) {
        TimelineId timeline = TimelineId.of(Long.parseLong(name, 0, 8, 16));
        if (timeline.compareTo(newest.timeline()) > 0) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              "timeline history file " + TimelineHistory.fileName(timeline) + " is missing",
              "segment " + name + " is in \"" + place.directory() + "\"",
              "Bring the file back there, or name the timeline that is wanted with --timeline.");
        }
      }
    }
    return newest;
  }

  /** The history of the newest timeline that has one, or of timeline 1. */
  TimelineHistory newestOfHistories() throws IOException {
    @Nullable TimelineHistory newest = null;
    for (WalPlace place : places) {
      for (TimelineId timeline : place.histories()) {
        boolean isNewer = newest == null || timeline.compareTo(newest.timeline()) > 0;
        Optional<TimelineHistory> history = isNewer ? place.history(timeline) : Optional.empty();
        if (history.isPresent()) {
          newest = history.get();
        }
      }
    }
    return newest == null ? TimelineHistory.of(FIRST) : newest;
  }
}
