package org.walfmt.replayer.consolidate;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.block.RelationFile;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.replayer.verify.PageVerdict;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/**
 * Writes what a merge yields into a new series, in the order in which it comes; the inventory,
 * which a series has after its contents, is that of the newest member, with what the merge says of
 * forks and files. A thread of its own encodes, so that reading goes on meanwhile.
 *
 * <p>Memory grows by 8 bytes for each fork and a bit for each file.
 */
public final class SeriesSink implements MergeSink, Closeable {
  private static final int PAGE_SIZE = 8192;
  private static final int BUFFERS = 6;
  private static final int MAX_TOLD = 1000;
  private static final int INVENTORY_BUFFER = 128 << 10;

  /** A step of the work, done in order by the one thread. */
  private interface Step {
    void run() throws IOException;
  }

  private final Series newest;
  private final SeriesWriter out;
  private final BlockRecordEncoder encoder;
  private final PageVerdict verdict;
  private final Monitor monitor;
  private final ForkNotes forks = new ForkNotes();
  private final BitSet filesHere = new BitSet();
  private final ByteBuffer record =
      ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private final Deque<Future<ByteBuffer>> work = new ArrayDeque<>();
  private final ExecutorService worker;
  private @Nullable ForkEntry fork;
  private int files;
  private long damaged;

  /**
   * A sink that writes into {@code out}.
   *
   * @param newest of the merge: its inventory and labels are the new series', too
   */
  public SeriesSink(
      Series newest, SeriesWriter out, ImageCompression compression, Monitor monitor) {
    this.newest = newest;
    this.out = out;
    this.encoder = new BlockRecordEncoder(newest.begin().version(), compression);
    this.verdict = new PageVerdict(newest);
    this.monitor = monitor;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(ByteBuffer.allocateDirect(CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN));
    }
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "walfmt-encode");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public void directory(PathEntry.Directory directory) {
    // the inventory has it
  }

  @Override
  public void tablespace(PathEntry.Tablespace tablespace) {
    // the inventory has it
  }

  @Override
  public void startFork(ForkEntry entry) {
    forks.add(entry);
    fork = entry;
  }

  @Override
  public ByteBuffer take() throws IOException {
    while (free.isEmpty()) {
      free.add(await(work.remove()));
    }
    return free.remove().clear();
  }

  /** Gives a buffer to the worker, which gives it back after the step. */
  private void submit(ByteBuffer buffer, Step step) {
    work.add(
        worker.submit(
            () -> {
              step.run();
              return buffer;
            }));
  }

  private static ByteBuffer await(Future<ByteBuffer> done) throws IOException {
    try {
      return done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw e.getCause() instanceof RuntimeException bug
          ? bug
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a series was written");
    }
  }

  @Override
  public void blocks(long first, ByteBuffer pages) {
    ForkEntry of = Objects.requireNonNull(fork);
    submit(pages, () -> encode(of, first, pages));
  }

  private void encode(ForkEntry of, long first, ByteBuffer pages) throws IOException {
    int tablespace = (int) of.locator().tablespace();
    int database = (int) of.locator().database();
    int relation = (int) of.locator().relation();
    int number = of.fork().number();
    int count = pages.limit() / PAGE_SIZE;
    for (int i = 0; i < count; i++) {
      long block = first + i;
      judge(of, block, pages, i * PAGE_SIZE);
      int length =
          encoder.encode(
              pages, i * PAGE_SIZE, tablespace, database, relation, number, (int) block, record, 0);
      out.block(
          record,
          0,
          length,
          tablespace,
          database,
          relation,
          number,
          (int) block,
          encoder.imageLength());
    }
    monitor.advance(pages.limit());
  }

  /** What was damaged in a member and is still in use is damaged in the result. */
  private void judge(ForkEntry of, long block, ByteBuffer pages, int at) {
    Optional<String> damage = verdict.judge(pages, at, block);
    if (damage.isPresent()) {
      damaged++;
      if (damaged <= MAX_TOLD) {
        int segment = (int) (block / RelationFile.SEGMENT_BLOCKS);
        String path = of.locator().path(newest.begin().version(), of.fork(), segment);
        monitor.warning(
            "damaged page: file \"" + path + "\", block " + block + ": " + damage.get());
      }
    }
  }

  @Override
  public void endFork() {
    fork = null;
  }

  @Override
  public void startFile(PathEntry.RegularFile file) throws IOException {
    filesHere.set(files++);
    submit(take(), () -> out.startFile(file.path()));
  }

  @Override
  public void bytes(ByteBuffer contents) {
    submit(
        contents,
        () -> {
          monitor.advance(contents.remaining());
          out.fileBytes(contents);
        });
  }

  @Override
  public void unchangedFile(PathEntry.RegularFile file) {
    files++;
  }

  @Override
  public void endFile() {
    // the next one begins, or the inventory
  }

  /** Writes what comes after the contents, when the merge has come to its end. */
  public SeriesEnd finish() throws IOException {
    while (!work.isEmpty()) {
      free.add(await(work.remove()));
    }
    try (ForkInventory inventory = new ForkInventory(newest, INVENTORY_BUFFER)) {
      for (ForkEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        out.fork(forks.next(entry));
      }
    }
    int file = 0;
    try (PathInventory inventory = new PathInventory(newest, INVENTORY_BUFFER)) {
      for (PathEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        out.path(
            entry instanceof PathEntry.RegularFile regular
                ? new PathEntry.RegularFile(
                    regular.path(),
                    regular.mode(),
                    regular.length(),
                    regular.sha256(),
                    !filesHere.get(file++))
                : entry);
      }
    }
    out.label(newest.label());
    return out.end(
        newest.end().stopLsn(), newest.end().stopTimeline(), newest.end().stopTime(), damaged);
  }

  /** Waits for the worker, which writes into the archive. */
  @Override
  public void close() {
    worker.shutdownNow();
    boolean interrupted = false;
    while (!worker.isTerminated()) {
      try {
        worker.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    encoder.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
