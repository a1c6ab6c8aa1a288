package org.walfmt.writer.wal;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;

/**
 * Sees to it that the ordinary WAL of a backup is in the archive before the commit is: by waiting
 * for the server's archiver, or by copying the segments from {@code pg_wal} while the backup runs.
 */
public final class WalKeeper implements Closeable {
  private static final long POLL_MILLIS = 200;

  /** Asking again must not be all that an archive from afar is busy with. */
  private static final long MAX_POLL_MILLIS = 5000;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long COPY_EVERY_MILLIS = 1000;
  private static final Duration TELL_AFTER = Duration.ofSeconds(10);

  /** Up to where the server's WAL files are complete on disk. */
  public interface WrittenPosition {
    /** The position now. Called by several threads. */
    Lsn ask() throws IOException;
  }

  private final WrittenPosition server;
  private final Archive archive;
  private final Path wal;
  private final SegmentSize size;
  private final boolean copy;
  private final Monitor monitor;
  private final Thread copier = new Thread(this::copyOn, "walfmt-wal");
  private final CountDownLatch stop = new CountDownLatch(1);
  private TimelineHistory history = TimelineHistory.of(new TimelineId(1));
  private long nextSegment;

  /**
   * Nothing happens before {@link #start}.
   *
   * @param wal the {@code pg_wal} directory
   * @param copy whether to copy instead of waiting
   */
  public WalKeeper(
      WrittenPosition server,
      Archive archive,
      Path wal,
      SegmentSize size,
      boolean copy,
      Monitor monitor) {
    this.server = server;
    this.archive = archive;
    this.wal = wal;
    this.size = size;
    this.copy = copy;
    this.monitor = monitor;
    copier.setDaemon(true);
  }

  /**
   * The backup has begun: from now on segments are copied before the server recycles them.
   *
   * @param now history of the server's timeline
   */
  public void start(Lsn startLsn, TimelineHistory now) {
    begin(startLsn, now);
    if (copy) {
      copier.start();
    }
  }

  private synchronized void begin(Lsn startLsn, TimelineHistory now) {
    history = now;
    nextSegment = size.segmentNumber(startLsn);
  }

  /** Ends only when told to: a failure may pass, and {@link #finish} meets one that does not. */
  private void copyOn() {
    try {
      do {
        try {
          copyUpTo(server.ask());
        } catch (IOException e) {
          monitor.info("could not copy WAL yet: " + e.getMessage());
        }
      } while (!stop.await(COPY_EVERY_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Copies the segments that lie wholly before {@code written}, as far as they can be. */
  private synchronized void copyUpTo(Lsn written) throws IOException {
    while (nextSegment < size.segmentNumber(written)) {
      Lsn last = size.start(nextSegment + 1).plus(-1);
      SegmentName segment = new SegmentName(history.timelineAt(last), nextSegment, size);
      if (isBeingWritten(segment) || waitsForArchiver(segment.toString())) {
        return;
      }
      put(segment);
      nextSegment++;
    }
  }

  /**
   * Whether the server's own archiver is still to put a file into an archive. If that is this one,
   * many an archive command would fail for ever on a file that is there already.
   */
  private boolean waitsForArchiver(String name) {
    return Files.exists(wal.resolve("archive_status").resolve(name + ".ready"));
  }

  /** A plain cp of the server's archiver shows its file before that is whole. */
  private boolean isBeingWritten(SegmentName segment) throws IOException {
    Optional<Long> length = archive.length(segment.toString());
    return length.isPresent() && length.get() < size.bytes();
  }

  private void put(SegmentName segment) throws IOException {
    Path file = wal.resolve(segment.toString());
    try {
      if (Files.size(file) != size.bytes()) {
        throw new IOException("WAL segment \"" + file + "\" has a wrong size");
      }
      archive.put(segment.toString(), file);
    } catch (NoSuchFileException e) {
      if (archive.length(segment.toString()).isEmpty()) {
        throw new RefusedException(
            Reason.INCOMPLETE,
            "WAL segment " + segment + " was removed before it could be copied",
            "",
            "Raise wal_keep_size, or grant the role REPLICATION so that a slot keeps the WAL.");
      }
    }
  }

  /**
   * Waits until all segments from start to stop, and the history of their timeline, are in the
   * archive.
   *
   * @param history of the stop timeline
   */
  public void finish(
      Lsn startLsn, Lsn stopLsn, TimelineHistory history, boolean onStandby, Duration timeout)
      throws IOException {
    stopCopier();
    begin(startLsn, history); // the timeline may have changed under a standby
    long deadline = System.nanoTime() + timeout.toNanos();
    long tell = System.nanoTime() + TELL_AFTER.toNanos();
    boolean told = false;
    List<SegmentName> needed = WalHistory.segments(history, startLsn, stopLsn, size);
    while (true) {
      if (copy) {
        copyUpTo(server.ask());
      }
      putHistory(history);
      long asked = System.nanoTime();
      Optional<String> missing = missing(needed, history);
      long took = System.nanoTime() - asked;
      if (missing.isEmpty()) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new RefusedException(
            Reason.INCOMPLETE,
            "WAL file " + missing.get() + " is not in archive \"" + archive.description() + "\"",
            "waited for " + timeout.toSeconds() + " s",
            hint(onStandby));
      }
      if (!told && System.nanoTime() - tell > 0) {
        told = true;
        monitor.info("waiting for WAL file " + missing.get() + " to be archived");
      }
      sleep(Math.max(POLL_MILLIS, Math.min(took / NANOS_PER_MILLI * 2, MAX_POLL_MILLIS)));
    }
  }

  private String hint(boolean onStandby) {
    if (onStandby) {
      return "A standby's WAL segment is complete when the primary has filled it: run pg_switch_wal()"
          + " there.";
    }
    return copy
        ? "See whether the server still runs, whether its archiver works, and whether the archive has a"
            + " cut file of that name."
        : "Let the server's archive_command fill this archive, or use --wal=copy.";
  }

  /**
   * Puts the history file where the server's archiver will not: one from before archive_mode was
   * on, or a standby's.
   */
  private void putHistory(TimelineHistory history) throws IOException {
    String name = TimelineHistory.fileName(history.timeline());
    if (needsHistory(history)
        && archive.length(name).isEmpty()
        && Files.exists(wal.resolve(name))
        && !waitsForArchiver(name)) {
      archive.put(name, wal.resolve(name));
    }
  }

  private static boolean needsHistory(TimelineHistory history) {
    return history.timeline().number() > 1;
  }

  private Optional<String> missing(List<SegmentName> needed, TimelineHistory history)
      throws IOException {
    for (SegmentName segment : needed) {
      Optional<Long> length = archive.length(segment.toString());
      if (length.isEmpty() || length.get() != size.bytes()) {
        return Optional.of(segment.toString());
      }
    }
    String name = TimelineHistory.fileName(history.timeline());
    return needsHistory(history) && archive.length(name).isEmpty()
        ? Optional.of(name)
        : Optional.empty();
  }

  private static void sleep(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for WAL");
    }
  }

  /** Waits even if interrupted: a copy is done soon, and leaves no temporary file then. */
  private void stopCopier() {
    stop.countDown();
    boolean interrupted = false;
    while (copier.isAlive()) {
      try {
        copier.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stopCopier();
  }
}
