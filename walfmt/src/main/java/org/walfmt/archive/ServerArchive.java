package org.walfmt.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.segment.SegmentInput;

/**
 * The archive of a running server, filled by its own archiver: files go into {@code pg_wal} with a
 * mark that they are to be archived (rules ARCHIVE-30 to ARCHIVE-35). Whatever is fetched, listed
 * or removed goes through the commands of another archive object, if there is one.
 */
public final class ServerArchive implements Archive {
  /** More would keep the server's own WAL waiting. */
  private static final int WAITING = 4;

  private static final long FIRST_POLL_MILLIS = 10;
  private static final long MAX_POLL_MILLIS = 200;
  private static final long ASK_MILLIS = 5000;
  private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(10);
  private static final int TIMELINE_DIGITS = 8;

  private final ServerWal wal;
  private final SegmentSize size;
  private final String tag;
  private final Optional<Archive> reading;
  private final Archiver archiver;
  private final ArchiverSignal signal;
  private final Duration timeout;
  private final AtomicLong counter = new AtomicLong();
  private final Semaphore waiting = new Semaphore(WAITING);
  private volatile String claimed = "";

  /**
   * @param tag of the files that a dead run leaves; letters and digits
   * @param reading where files that are archived come from; closed with this
   * @param timeout how long a file waits while the archiver archives nothing
   */
  public ServerArchive(
      Path dataDirectory,
      SegmentSize size,
      String tag,
      Optional<Archive> reading,
      Archiver archiver,
      Duration timeout) {
    this.wal = new ServerWal(dataDirectory);
    this.size = size;
    this.tag = tag;
    this.reading = reading;
    this.archiver = archiver;
    this.signal = new ArchiverSignal(dataDirectory);
    this.timeout = timeout;
  }

  @Override
  public String description() {
    return "server";
  }

  @Override
  public boolean isLocal() {
    return false;
  }

  @Override
  public int transfers() {
    return WAITING;
  }

  @Override
  public Path runs() {
    return wal.directory();
  }

  private Archive reading() throws RefusedException {
    return reading.orElseThrow(
        () ->
            new RefusedException(
                Reason.PRECONDITION,
                "files that the server has archived cannot be fetched",
                "there is no restore command",
                "Give the one that fetches them with --restore-command."));
  }

  @Override
  public Optional<SegmentInput> open(String name) throws IOException {
    return reading().open(name);
  }

  @Override
  public Optional<SegmentInput> openExpected(String name) throws IOException {
    return reading().openExpected(name);
  }

  @Override
  public Optional<SegmentInput> openInSeries(SegmentName segment, long last) throws IOException {
    return reading().openInSeries(segment, last);
  }

  /**
   * Without a restore command the marks tell, as for {@code pg_backup_stop} when it waits. A file
   * without a mark that is not there counts as archived only if the server must have had it: a
   * segment before others, which it has recycled.
   */
  @Override
  public Optional<Long> length(String name) throws IOException {
    if (reading.isPresent()) {
      return wal.isReady(name) ? Optional.empty() : reading.get().length(name);
    }
    boolean archived = wal.isDone(name) || (!wal.isReady(name) && wal.isRecycled(name));
    return archived ? Optional.of((long) size.bytes()) : Optional.empty();
  }

  @Override
  public PendingFile create(String name, boolean exclusive) throws IOException {
    return new Pending(name, exclusive);
  }

  /** Only what the server itself has in {@code pg_wal} is put so: it is told to archive it. */
  @Override
  public boolean put(String name, Path file) throws IOException {
    if (!wal.isTaken(name)) {
      throw new NoSuchFileException(wal.file(name).toString());
    }
    if (wal.isReady(name) || wal.isDone(name)) {
      return false;
    }
    wal.markReady(name, temporary());
    signal.send();
    return true;
  }

  @Override
  public boolean canList() {
    return reading.isPresent() && reading.get().canList();
  }

  @Override
  public List<String> list() throws IOException {
    return reading().list();
  }

  @Override
  public Optional<String> firstMissing(List<String> names, long length) throws IOException {
    return reading.isPresent() ? reading.get().firstMissing(names, length) : Optional.empty();
  }

  @Override
  public Optional<String> firstNotStored(List<String> names, long length) throws IOException {
    return reading.isPresent() ? reading.get().firstNotStored(names, length) : Optional.empty();
  }

  @Override
  public boolean canDelete() {
    return reading.isPresent() && reading.get().canDelete();
  }

  @Override
  public void delete(String name) throws IOException {
    wal.remove(name);
    reading().delete(name);
  }

  @Override
  public boolean removeLeft(String timelineHex, String leftTag) throws IOException {
    boolean mayComplete = canDelete() && !awaitCommit(timelineHex);
    wal.removeLeft(timelineHex, leftTag);
    return !mayComplete && reading.isPresent() && reading.get().removeLeft(timelineHex, leftTag);
  }

  /**
   * Gives the archiver time to store a dead run's commit, if it waits for that: which it may be
   * doing right now, so that the commit could come after the segments have gone.
   *
   * @return false if it has not
   */
  private boolean awaitCommit(String timelineHex) throws IOException {
    long began = System.nanoTime();
    long patience = Math.min(timeout.toNanos(), COMMIT_PATIENCE.toNanos());
    while (wal.isCommitReady(timelineHex)) {
      if (System.nanoTime() - began >= patience) {
        return false;
      }
      signal.send();
      sleep(MAX_POLL_MILLIS);
    }
    return true;
  }

  private static void sleep(long millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the archiver");
    }
  }

  @Override
  public void close() throws IOException {
    if (reading.isPresent()) {
      reading.get().close();
    }
  }

  private Path temporary() {
    return wal.temporary(tag, counter.incrementAndGet());
  }

  private void claim(String name) throws IOException {
    String timeline = name.substring(0, TIMELINE_DIGITS);
    if (!claimed.equals(timeline)) {
      if (reading.isPresent() && reading.get().length(name).isPresent()) {
        throw new FileAlreadyExistsException(name);
      }
      claimed = timeline;
    }
  }

  private final class Pending implements PendingFile {
    private final String name;
    private final boolean exclusive;
    private final Path temporary;
    private final FileChannel channel;

    Pending(String name, boolean exclusive) throws IOException {
      this.name = name;
      this.exclusive = exclusive;
      this.temporary = temporary();
      this.channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void publish() throws IOException {
      channel.force(true);
      channel.close();
      if (exclusive) {
        claim(name);
      }
      try {
        waiting.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for the archiver");
      }
      try {
        wal.place(temporary, name);
        try {
          wal.markReady(name, temporary());
          signal.send();
          awaitArchived();
        } finally {
          wal.remove(name);
        }
      } finally {
        waiting.release();
      }
    }

    private void awaitArchived() throws IOException {
      long poll = FIRST_POLL_MILLIS;
      long began = System.nanoTime();
      long asked = began;
      Optional<Archiver.Progress> before = Optional.empty();
      while (!isArchived()) {
        sleep(poll);
        poll = Math.min(MAX_POLL_MILLIS, poll * 2);
        if (System.nanoTime() - asked < Duration.ofMillis(ASK_MILLIS).toNanos()
            && System.nanoTime() - began < timeout.toNanos()) {
          continue;
        }
        asked = System.nanoTime();
        Archiver.Progress progress = archiver.progress(); // fails if the server has stopped
        if (before.isPresent() && isBusy(before.get(), progress)) {
          began = asked;
        } else if (before.isPresent() && asked - began >= timeout.toNanos()) {
          throw notArchived(progress);
        }
        before = Optional.of(progress);
        signal.send();
      }
    }

    /** Whether it archives others, and not since it fails on this one: it comes to them first. */
    private boolean isBusy(Archiver.Progress before, Archiver.Progress now) {
      boolean failsHere = now.failed() != before.failed() && now.failedLast().equals(name);
      return now.archived() != before.archived() && !failsHere;
    }

    private boolean isArchived() throws IOException {
      if (wal.isReady(name)) {
        return false;
      }
      // The server may have recycled the file since, and then removes its mark.
      if (wal.isDone(name) || !Files.exists(wal.file(name)) || wal.isDone(name)) {
        return true;
      }
      throw new IOException(
          "the mark \"" + name + ".ready\" has vanished, and the server has not archived the file");
    }

    private RefusedException notArchived(Archiver.Progress progress) {
      return new RefusedException(
          Reason.INCOMPLETE,
          "the server has not archived " + name + " within " + timeout.toSeconds() + " s",
          progress.trouble().isEmpty() && progress.failedLast().equals(name)
              ? "the archiver failed on " + name
              : progress.trouble(),
          "See the server's log for what its archive_command or archive_library says.");
    }

    @Override
    public void close() throws IOException {
      channel.close();
      Files.deleteIfExists(temporary);
    }
  }
}
