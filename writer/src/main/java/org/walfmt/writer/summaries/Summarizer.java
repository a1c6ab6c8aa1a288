package org.walfmt.writer.summaries;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryLock;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;

/**
 * Sums up WAL into a directory of summaries, once or as it arrives. Killed at any time, it leaves
 * what another run goes on with: no gap, nothing twice.
 */
public final class Summarizer {
  private static final String PHASE = "summing up WAL";
  private static final long POLL_MILLIS = 500;

  /** How often directories are listed: for new timelines, and for what lies behind a gap. */
  private static final Duration LIST_EVERY = Duration.ofSeconds(10);

  /** Waits a little for more WAL. */
  interface Pause {
    void pause() throws InterruptedException;
  }

  private final SummarizeOptions options;
  private final Monitor monitor;
  private final Pause pause;
  private final Duration listEvery;
  private final long windowBytes;
  private long listed = System.nanoTime();
  private Optional<SegmentName> suspected = Optional.empty();
  private Optional<SegmentName> warned = Optional.empty();
  private boolean hasTold;

  /** Nothing happens before {@link #run}. */
  public Summarizer(SummarizeOptions options, Monitor monitor) {
    this(options, monitor, () -> Thread.sleep(POLL_MILLIS), LIST_EVERY, SummaryWindow.SIZE);
  }

  /**
   * The same with other measures.
   *
   * @param windowBytes WAL per summary, a power of two
   */
  Summarizer(
      SummarizeOptions options,
      Monitor monitor,
      Pause pause,
      Duration listEvery,
      long windowBytes) {
    this.windowBytes = windowBytes;
    this.options = options;
    this.monitor = monitor;
    this.pause = pause;
    this.listEvery = listEvery;
  }

  /**
   * Sums up. Where WAL is followed, returns when the thread is interrupted.
   *
   * @throws RefusedException if WAL is missing or does not tell all changes, or the summaries are
   *     of other WAL; all that was summed up before stays
   * @throws org.walfmt.WalFormatException if WAL or a summary is damaged
   */
  public SummarizeReport run() throws IOException {
    SummaryDirectory directory = new SummaryDirectory(options.directory());
    WalPlaces places = WalPlaces.of(options.sources());
    Optional<StreamIdentity> identity = places.identity();
    while (identity.isEmpty()) {
      if (!options.follow()) {
        throw new RefusedException(Reason.INCOMPLETE, "no WAL segment in " + places.description());
      }
      tell("waiting for WAL in " + places.description());
      if (!pauses()) {
        return SummarizeReport.NOTHING;
      }
      identity = places.identity();
    }
    DirectoryLock lock = directory.claim(identity.get());
    try {
      SummaryWalk walk =
          new SummaryWalk(
              directory, places, identity.get(), history(places), options, monitor, windowBytes);
      return options.follow() ? follow(walk, places) : once(walk, places);
    } finally {
      lock.close();
    }
  }

  private TimelineHistory history(WalPlaces places) throws IOException {
    if (options.timeline().isEmpty()) {
      return places.newest();
    }
    TimelineId timeline = options.timeline().get();
    // The server, too, takes a timeline without a history file for one without parents.
    return places.history(timeline).orElseGet(() -> TimelineHistory.of(timeline));
  }

  private SummarizeReport once(SummaryWalk walk, WalPlaces places) throws IOException {
    if (walk.open()) {
      monitor.phase(PHASE, walk.readyBytes());
    }
    sumUp(walk);
    if (!walk.isAtEnd()) {
      requireEnd(walk, places);
    }
    return walk.report();
  }

  private static void sumUp(SummaryWalk walk) throws IOException {
    boolean hasMore = true;
    while (hasMore) {
      hasMore = walk.step();
    }
    walk.save();
  }

  /** The WAL ends where the summaries do now: nothing that is wanted may lie beyond. */
  private void requireEnd(SummaryWalk walk, WalPlaces places) throws IOException {
    ReadySegments segments = walk.segments();
    if (walk.position().isEmpty() && segments.firstReady(0).isEmpty()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "no WAL segment of timeline "
              + walk.history().timeline()
              + " is complete in "
              + places.description());
    }
    SegmentName awaited = walk.awaited();
    Lsn position = walk.position().orElse(options.start().orElse(awaited.start()));
    Optional<SegmentName> later = segments.firstReady(awaited.number() + 1);
    boolean isWanted = options.end().isPresent() || walk.position().isEmpty();
    if (later.isPresent() || isWanted) {
      throw WalkFailures.missing(segments, awaited, position, later);
    }
    segments
        .shortLength(awaited)
        .ifPresent(
            length ->
                monitor.warning(
                    "WAL segment " + awaited + " has " + length + " bytes, and was passed over"));
  }

  private SummarizeReport follow(SummaryWalk walk, WalPlaces places) throws IOException {
    try {
      return followOn(walk, places);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        return walk.report();
      }
      throw e;
    }
  }

  private SummarizeReport followOn(SummaryWalk walk, WalPlaces places) throws IOException {
    monitor.phase(PHASE, 0);
    while (true) {
      sumUp(walk);
      if (walk.isAtEnd()) {
        return walk.report();
      }
      boolean isDue = System.nanoTime() - listed >= listEvery.toNanos();
      if (!hasNewerTimeline(walk, places, isDue)) {
        lookForGap(walk, isDue);
        if (!pauses()) {
          return walk.report();
        }
      }
      listed = isDue ? System.nanoTime() : listed;
    }
  }

  /** Goes on along the history of a newer timeline, if there is one. */
  private boolean hasNewerTimeline(SummaryWalk walk, WalPlaces places, boolean isDue)
      throws IOException {
    TimelineId now = walk.history().timeline();
    if (options.timeline().isPresent() || !(isDue || places.hasSuccessor(now))) {
      return false;
    }
    TimelineHistory newest = places.newestOfHistories();
    if (newest.timeline().compareTo(now) <= 0) {
      return false;
    }
    walk.follow(newest);
    monitor.info("timeline " + newest.timeline() + " is new: going on along its history");
    return true;
  }

  private void lookForGap(SummaryWalk walk, boolean isDue) throws IOException {
    if (walk.position().isEmpty()) {
      tell("waiting for the first record");
      return;
    }
    SegmentName awaited = walk.awaited();
    tell("summed up to " + walk.position().get() + ", waiting for WAL segment " + awaited);
    if (!isDue) {
      return;
    }
    boolean isSame = suspected.equals(Optional.of(awaited));
    suspected = Optional.of(awaited);
    if (isSame && !warned.equals(suspected)) {
      Optional<SegmentName> later = walk.segments().firstReady(awaited.number() + 1);
      if (later.isPresent()) {
        warned = suspected;
        monitor.warning(
            "waiting for WAL segment "
                + awaited
                + ", which is missing: segment "
                + later.get()
                + " is there; to go on without it, begin behind it with --start");
      }
    }
  }

  /** The first time that there is nothing to do; later on it is how things are. */
  private void tell(String line) {
    if (!hasTold) {
      hasTold = true;
      monitor.info(line);
    }
  }

  private boolean pauses() {
    try {
      pause.pause();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
