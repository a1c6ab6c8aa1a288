package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.walfmt.segment.SegmentInput;

/**
 * Segments that were fetched into the spool, and stay there for those who open them again as long
 * as there is room. What is needed next may be fetched ahead, side by side. Safe for several
 * threads.
 *
 * <p>Room is made by removing what has been read, then what has been fetched ahead, the least
 * recently used first. What is open counts and stays; a segment that somebody waits for is always
 * fetched, room or not. Nothing is fetched ahead without room.
 */
final class FetchedSegments implements Closeable {
  private final Transfers transfers;
  private final long limit;
  private final ExecutorService ahead;
  private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /** Length of the segment fetched last, which that of the next will be. */
  private long usual;

  FetchedSegments(Transfers transfers, long limit, int threads) {
    this.transfers = transfers;
    this.limit = limit;
    this.ahead =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "walfmt-fetch");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** One segment; its fields are the map's to change. */
  private static final class Entry {
    private final FutureTask<Optional<Path>> fetch;
    private long bytes;
    private int readers;
    private boolean isUnread;

    Entry(FutureTask<Optional<Path>> fetch, long expected, boolean isUnread) {
      this.fetch = fetch;
      this.bytes = expected;
      this.isUnread = isUnread;
    }
  }

  /**
   * Opens a segment, and begins to fetch what will be opened soon, as far as there is room.
   *
   * @param mustBeThere whether an archive that says it has none is asked again
   * @return empty if the archive has none of this name
   */
  Optional<SegmentInput> open(String name, boolean mustBeThere, List<String> soon)
      throws IOException {
    Entry entry = entry(name, mustBeThere);
    try {
      fetchAhead(soon);
      Optional<Path> file = fetched(entry);
      if (file.isPresent()) {
        return Optional.of(new Reader(FileInput.open(file.get()), entry));
      }
      drop(name, entry);
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      drop(name, entry);
      throw e;
    }
  }

  /** Length of a segment, for which it is fetched; empty if the archive has none of this name. */
  Optional<Long> length(String name) throws IOException {
    Entry entry = entry(name, false);
    try {
      Optional<Path> file = fetched(entry);
      if (file.isPresent()) {
        long length = Files.size(file.get());
        release(entry);
        return Optional.of(length);
      }
      drop(name, entry);
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      drop(name, entry);
      throw e;
    }
  }

  private Optional<Path> fetched(Entry entry) throws IOException {
    entry.fetch.run(); // nothing happens if another thread does, or did, it
    Optional<Path> file = await(entry.fetch);
    if (file.isPresent()) {
      makeRoom(entry, Files.size(file.get()));
    }
    return file;
  }

  private synchronized Entry entry(String name, boolean mustBeThere) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      evict(limit - usual, false);
      evict(limit - usual, true);
      entry = new Entry(new FutureTask<>(() -> transfers.fetch(name, mustBeThere)), usual, false);
      entries.put(name, entry);
      bytes += usual;
    }
    entry.readers++;
    entry.isUnread = false;
    return entry;
  }

  private static Optional<Path> await(FutureTask<Optional<Path>> fetch) throws IOException {
    try {
      return fetch.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a segment was fetched");
    }
  }

  /** What failed, or is not there, may be there later. */
  private synchronized void drop(String name, Entry entry) {
    entry.readers--;
    if (entries.get(name) == entry) {
      entries.remove(name);
      bytes -= entry.bytes;
    }
  }

  private synchronized void release(Entry entry) {
    entry.readers--;
  }

  private synchronized void makeRoom(Entry fetched, long length) throws IOException {
    bytes += length - fetched.bytes;
    fetched.bytes = length;
    usual = length;
    evict(limit, false);
    evict(limit, true);
  }

  private void evict(long goal, boolean unread) throws IOException {
    Iterator<Entry> all = entries.values().iterator();
    while (bytes > goal && all.hasNext()) {
      Entry entry = all.next();
      if (entry.readers == 0 && entry.fetch.isDone() && (unread || !entry.isUnread)) {
        all.remove();
        bytes -= entry.bytes;
        removeFile(entry);
      }
    }
  }

  private static void removeFile(Entry done) throws IOException {
    Optional<Path> file;
    try {
      file = await(done.fetch);
    } catch (IOException e) {
      return; // what was fetched ahead and failed has left none
    }
    if (file.isPresent()) {
      Spool.remove(file.get());
    }
  }

  private synchronized void fetchAhead(List<String> names) throws IOException {
    for (String name : names) {
      if (entries.containsKey(name)) {
        continue;
      }
      evict(limit - usual, false);
      if (bytes + usual > limit) {
        return;
      }
      FutureTask<Optional<Path>> fetch = new FutureTask<>(() -> transfers.fetch(name, true));
      entries.put(name, new Entry(fetch, usual, true));
      bytes += usual;
      ahead.execute(fetch);
    }
  }

  /** Ends what is still being fetched. */
  @Override
  public void close() {
    ahead.shutdownNow();
    boolean interrupted = false;
    while (!ahead.isTerminated()) {
      try {
        ahead.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Reader implements SegmentInput {
    private final SegmentInput file;
    private @Nullable Entry entry;

    Reader(SegmentInput file, Entry entry) {
      this.file = file;
      this.entry = entry;
    }

    @Override
    public void seek(long offset) throws IOException {
      file.seek(offset);
    }

    @Override
    public int read(ByteBuffer room) throws IOException {
      return file.read(room);
    }

    @Override
    public void close() throws IOException {
      file.close();
      if (entry != null) {
        release(entry);
        entry = null;
      }
    }
  }
}
