package org.walfmt.writer.summaries;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryName;

/**
 * The summary that is being made. Its window is that 256 MiB of the WAL in which it starts; it ends
 * with the first record behind the window, or where the timeline does. So the files are the same
 * whenever a run is stopped and another goes on.
 */
final class SummaryWindow {
  /** Bytes of WAL per summary, a power of two. */
  static final long SIZE = 256L << 20;

  /** Bounds the heap: each of so many relations takes about 80 bytes. */
  private static final int MOST_FORKS = 500_000;

  private final TimelineId timeline;
  private final Lsn start;
  private final Lsn limit;
  private final BlockChanges changes;
  private Lsn position;
  private Lsn saved;

  private Optional<Lsn> last = Optional.empty();

  /**
   * A window of which nothing is summed up yet.
   *
   * @param limit see {@link #limit()}
   */
  static SummaryWindow beginning(TimelineId timeline, Lsn start, Lsn limit) {
    return new SummaryWindow(timeline, start, start, limit, new BlockChanges());
  }

  /** A window of which a file has the first part. */
  static SummaryWindow continuing(SummaryName name, Lsn limit, BlockChanges changes) {
    return new SummaryWindow(name.timeline(), name.start(), name.end(), limit, changes);
  }

  private SummaryWindow(
      TimelineId timeline, Lsn start, Lsn position, Lsn limit, BlockChanges changes) {
    this.timeline = timeline;
    this.start = start;
    this.position = position;
    this.saved = position;
    this.limit = limit;
    this.changes = changes;
  }

  /** Where the window of a summary that starts at {@code start} ends. */
  static Lsn end(Lsn start, long size) {
    return new Lsn((start.value() & -size) + size);
  }

  static Lsn min(Lsn one, Lsn other) {
    return one.isBefore(other) ? one : other;
  }

  /**
   * Adds what the WAL from the position to {@code end} changed.
   *
   * @param lastRecord the last in it; empty if none begins there
   */
  void append(BlockChanges later, Lsn end, Optional<Lsn> lastRecord) {
    changes.append(later);
    position = end;
    last = lastRecord.or(() -> last);
  }

  /** The last record before the position, which what comes must follow; empty if it is unknown. */
  Optional<Lsn> last() {
    return last;
  }

  /** Lets {@code record} be known as the last before the position. */
  void follow(Lsn record) {
    last = Optional.of(record);
  }

  TimelineId timeline() {
    return timeline;
  }

  /** Everything from the start to here is summed up. */
  Lsn position() {
    return position;
  }

  /** Everything from the start to here is in a file. */
  Lsn saved() {
    return saved;
  }

  /** The summary ends with the first record from here on. */
  Lsn limit() {
    return limit;
  }

  /** Whether a summary has so much in it that it is not continued. */
  static boolean isFull(BlockChanges changes) {
    return changes.size() > MOST_FORKS;
  }

  /** Whether what follows belongs to another summary. */
  boolean isClosed() {
    return !position.isBefore(limit) || isFull(changes);
  }

  /** Whether there is something that no file has. */
  boolean isUnsaved() {
    return position.isAfter(saved);
  }

  /** Writes what there is, in place of what there was. */
  void save(SummaryDirectory directory) throws IOException {
    directory.put(new SummaryName(timeline, start, position), last.orElseThrow(), changes);
    saved = position;
  }
}
