package org.walfmt.writer.summaries;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.decode.CustomManagers;
import org.walfmt.writer.decode.RecordChain;
import org.walfmt.writer.decode.WalPiece;
import org.walfmt.writer.decode.WalPieces;

/** Goes along the WAL and writes one summary after the other, as far as segments are ready. */
final class SummaryWalk {
  private final SummaryDirectory directory;
  private final WalPlaces places;
  private final StreamIdentity identity;
  private final SummarizeOptions options;
  private final Monitor monitor;
  private final long windowBytes;
  private final WalkStart start;
  private ReadySegments segments;
  private final CustomManagers customManagers;
  private @Nullable SummaryWindow window;

  /** Segments before this one were looked at, and gave what they could. */
  private long tried;

  private boolean isRetry;
  private Optional<Lsn> began = Optional.empty();
  private long bytes;
  private long files;

  SummaryWalk(
      SummaryDirectory directory,
      WalPlaces places,
      StreamIdentity identity,
      TimelineHistory history,
      SummarizeOptions options,
      Monitor monitor,
      long windowBytes) {
    this.windowBytes = windowBytes;
    this.directory = directory;
    this.places = places;
    this.identity = identity;
    this.options = options;
    this.monitor = monitor;
    this.start = new WalkStart(options.start());
    this.customManagers = new CustomManagers(monitor);
    this.segments = places.segments(history, identity);
  }

  private SegmentSize size() {
    return identity.segmentSize();
  }

  /** The history that the walk goes along. */
  TimelineHistory history() {
    return segments.history();
  }

  /** The segments along it. */
  ReadySegments segments() {
    return segments;
  }

  /** Goes on along another history: what it shares with the one before stays as it is. */
  void follow(TimelineHistory history) throws IOException {
    save();
    window = null;
    segments = places.segments(history, identity);
  }

  /** Where the walk is; empty if it has found no record yet. */
  Optional<Lsn> position() {
    return window == null ? Optional.empty() : Optional.of(window.position());
  }

  /** Whether the wanted end is reached, which may be given as behind or within a page header. */
  boolean isAtEnd() {
    return window != null
        && options.end().isPresent()
        && !RecordSearch.afterPageHeader(window.position(), size()).isBefore(options.end().get());
  }

  /** The first segment that is needed and not ready; only if there is a position. */
  SegmentName awaited() throws IOException {
    long number = firstNeeded();
    return segments.segment(segments.firstNotReady(number, Long.MAX_VALUE));
  }

  private long firstNeeded() {
    Lsn position = position().orElse(options.start().orElse(Lsn.INVALID));
    return size().segmentNumber(RecordSearch.afterPageHeader(position, size()));
  }

  SummarizeReport report() {
    return new SummarizeReport(
        Optional.of(history().timeline()),
        began,
        Optional.ofNullable(window).map(SummaryWindow::saved),
        bytes,
        files);
  }

  /** Finds out where the next summary starts or goes on; false if there is no record yet. */
  boolean open() throws IOException {
    if (window == null || window.isClosed()) {
      SummaryWindow before = window;
      window = nextWindow();
      if (window != null && before != null && window.position().equals(before.position())) {
        before.last().ifPresent(window::follow);
      }
      tried = 0;
    }
    return window != null;
  }

  /** Bytes of WAL that are ready to be summed up; only if there is a position. */
  long readyBytes() throws IOException {
    Lsn end = awaited().start();
    Lsn stop = SummaryWindow.min(end, options.end().orElse(end));
    return Math.max(0, stop.value() - position().orElse(stop).value());
  }

  /** Sums up some of what is ready; false if nothing more is. */
  boolean step() throws IOException {
    if (!open() || isAtEnd()) {
      return false;
    }
    SummaryWindow current = Objects.requireNonNull(window);
    Lsn limit = SummaryWindow.min(current.limit(), options.end().orElse(current.limit()));
    long first = firstNeeded();
    long wanted = Math.max(size().segmentNumberBefore(limit), tried) + 1;
    long ready = segments.firstNotReady(first, wanted);
    if (ready <= Math.max(first, tried)) {
      return false;
    }
    if (tried <= first || !areWithinRecord(tried, ready)) {
      decode(current, SummaryWindow.min(limit, size().start(ready)), segments.before(ready));
    }
    tried = isRetry ? tried : ready;
    if (current.isClosed()) {
      save();
    }
    return true;
  }

  /** Segments that a long record fills need not be read before the one where it ends is there. */
  private boolean areWithinRecord(long from, long to) throws IOException {
    for (long number = from; number < to; number++) {
      if (!RecordSearch.isWithinRecord(segments, identity, number)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable SummaryWindow nextWindow() throws IOException {
    List<SummaryName> names = directory.list();
    Optional<Lsn> found = findStart(names);
    if (found.isEmpty()) {
      return null;
    }
    Lsn position = found.get();
    began = began.isEmpty() ? found : began;
    TimelineId timeline = history().timelineAt(position);
    Lsn left = history().switchPoint(timeline).orElse(new Lsn(-1));
    for (SummaryName name : names) {
      Lsn end = SummaryWindow.end(name.start(), windowBytes);
      boolean goesOn =
          name.timeline().equals(timeline) && name.end().equals(position) && position.isBefore(end);
      if (goesOn) {
        BlockChanges changes = new BlockChanges();
        directory.read(name, changes);
        if (!SummaryWindow.isFull(changes)) {
          return SummaryWindow.continuing(name, SummaryWindow.min(end, left), changes);
        }
      }
    }
    Lsn end = SummaryWindow.end(position, windowBytes);
    return SummaryWindow.beginning(timeline, position, SummaryWindow.min(end, left));
  }

  private Optional<Lsn> findStart(List<SummaryName> names) throws IOException {
    try {
      return start.find(names, segments);
    } catch (IOException e) {
      if (!places.isServers() || !WalkFailures.isOfWal(e)) {
        throw e;
      }
      return start.find(names, segments); // the oldest segment is the first that is used again
    }
  }

  private void decode(SummaryWindow current, Lsn end, ReadySegments ready) throws IOException {
    Lsn before = current.position();
    try {
      findLastRecord(current, ready);
      boolean isComplete = read(current, end, ready);
      if (!isComplete) {
        requireEnd(current.position(), ready);
      } else if (end.equals(switchPoint(current))) {
        requireRecordAt(end, current.position());
      }
      isRetry = false;
    } catch (IOException e) {
      // A server uses a segment's file again when it needs it no more: then it is not there now.
      if (places.isServers() && WalkFailures.isOfWal(e) && !isRetry) {
        isRetry = true;
        return;
      }
      if (!Thread.currentThread().isInterrupted()) {
        saveAfter(e);
      }
      throw WalkFailures.ranged(e, before, end);
    }
  }

  /** What goes on must follow the last record that is summed up. */
  private void findLastRecord(SummaryWindow current, ReadySegments ready) throws IOException {
    Lsn position = current.position();
    if (current.last().isEmpty() && isEnd(position)) {
      Optional<Lsn> told = directory.lastRecord(history(), position);
      Optional<Lsn> last = told.isPresent() ? told : RecordChain.before(ready, identity, position);
      last.ifPresent(current::follow);
    }
  }

  /** Whether the WAL just before is summed up. */
  private boolean isEnd(Lsn position) throws IOException {
    return directory.list().stream()
        .anyMatch(
            name ->
                name.timeline().equals(history().timelineAt(position.plus(-1)))
                    && name.start().isBefore(position)
                    && !name.end().isBefore(position));
  }

  /** False if the WAL ends before {@code end}. */
  private boolean read(SummaryWindow current, Lsn end, ReadySegments ready) throws IOException {
    Lsn from = RecordSearch.afterPageHeader(current.position(), size());
    boolean isComplete = true;
    try (WalPieces pieces =
        new WalPieces(ready, identity, from, current.last(), end, false, false, options.jobs())) {
      for (WalPiece piece = pieces.next(); piece != null; piece = pieces.next()) {
        if (piece.minimal() != null) {
          throw WalkFailures.minimal(current.position(), end, piece.minimal());
        }
        customManagers.tell(piece);
        Lsn to = RecordSearch.beforePageHeader(pieces.position(), size());
        long passed = to.value() - current.position().value();
        current.append(piece.changes(), to, piece.lastRecord());
        bytes += passed;
        monitor.advance(passed);
        isComplete = piece.isComplete();
      }
    }
    return isComplete;
  }

  private Lsn switchPoint(SummaryWindow current) {
    return history().switchPoint(current.timeline()).orElse(Lsn.INVALID);
  }

  /** The first record of the new timeline must follow the last of the old one. */
  private void requireRecordAt(Lsn switchPoint, Lsn position) throws IOException {
    if (!position.equals(switchPoint)) {
      SegmentName segment = segments.segment(size().segmentNumber(switchPoint));
      throw WalkFailures.noRecordAtSwitch(segment, switchPoint, position);
    }
  }

  /** The WAL ends at {@code position}: it must be in the last segment, or in a record beyond. */
  private void requireEnd(Lsn position, ReadySegments ready) throws IOException {
    long last = ready.limit() - 1;
    long number = size().segmentNumber(position);
    if (number > last) {
      return;
    }
    Lsn claimed = RecordSearch.claimedEnd(ready, identity, position);
    long cut = claimed.equals(position) ? number : size().segmentNumberBefore(claimed);
    if (cut < last) {
      throw WalkFailures.notFilled(segments.name(cut), segments.name(last), position);
    }
  }

  private void saveAfter(IOException failure) {
    try {
      save();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Writes what is summed up and in no file yet. */
  void save() throws IOException {
    SummaryWindow current = window;
    if (current != null && current.isUnsaved()) {
      current.save(directory);
      files++;
    }
  }
}
