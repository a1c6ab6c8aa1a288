package org.walfmt.writer.scan;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.walfmt.Monitor;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.SeriesWriter;
import org.walfmt.writer.source.DataDirectory;
import org.walfmt.writer.source.ScannedDirectories;

/**
 * The block part of a backup: one thread reads the forks, some check and encode chunks of them, the
 * caller's writes the records into the series, in order.
 */
public final class BlockScan {
  private static final int MAX_CHUNKS = 16;
  private static final int MAX_REPORTED = 1000;
  private static final int MAX_DISAGREEMENTS_TOLD = 20;

  /** Takes the inventory's entry of each fork, in order. */
  public interface ForkConsumer {
    /** The fork's block records have all been written. */
    void accept(ForkEntry entry) throws IOException;
  }

  private final ScanSettings settings;
  private final DataDirectory source;
  private final ForkPlanner planner;
  private final PageCheck.KnownPosition position;
  private final Monitor monitor;
  private final Queue<BlockRecordEncoder> encoders = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<BlockRecordEncoder> encoder;
  private final ThreadLocal<PageCheck> check;
  private final List<DamagedPage> damaged = new ArrayList<>();
  private final ScannedDirectories directories = new ScannedDirectories();
  private long damagedCount;
  private long disagreementCount;
  private long bytesRead;

  /** A scan of all relation forks of {@code source}. */
  public BlockScan(
      ScanSettings settings,
      DataDirectory source,
      ForkPlanner planner,
      ServerPosition server,
      Monitor monitor) {
    this.settings = settings;
    this.source = source;
    this.planner = planner;
    this.position = new PageCheck.KnownPosition(server);
    this.monitor = monitor;
    this.encoder = ThreadLocal.withInitial(this::newEncoder);
    this.check =
        ThreadLocal.withInitial(
            () -> new PageCheck(settings.checksums(), settings.startLsn(), position));
  }

  private BlockRecordEncoder newEncoder() {
    BlockRecordEncoder made = new BlockRecordEncoder(settings.version(), settings.compression());
    encoders.add(made);
    return made;
  }

  /** Reads all forks and writes what of them is taken. */
  public void run(SeriesWriter writer, ForkConsumer forks) throws IOException {
    ChunkPool pool = new ChunkPool(Math.min(MAX_CHUNKS, 2 * settings.jobs() + 4));
    BlockingQueue<ForkReader.Item> items = new ArrayBlockingQueue<>(MAX_CHUNKS);
    ExecutorService workers = Executors.newFixedThreadPool(settings.jobs(), named("walfmt-encode"));
    ExecutorService reader = Executors.newSingleThreadExecutor(named("walfmt-read"));
    try {
      Future<Void> reading =
          reader.submit(
              new ForkReader(
                  source,
                  planner,
                  pool,
                  workers,
                  this::encode,
                  items,
                  directories,
                  new RateLimit(settings.maxBytesPerSecond()),
                  monitor));
      write(items, pool, writer, forks);
      reading.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading relations");
    } catch (ExecutionException e) {
      throw unwrap(e);
    } finally {
      stop(reader);
      stop(workers);
      encoders.forEach(BlockRecordEncoder::close);
    }
  }

  private SegmentChunk encode(SegmentChunk chunk) throws IOException {
    chunk.encode(encoder.get(), check.get(), settings);
    return chunk;
  }

  private void write(
      BlockingQueue<ForkReader.Item> items, ChunkPool pool, SeriesWriter writer, ForkConsumer forks)
      throws IOException, InterruptedException, ExecutionException {
    while (true) {
      ForkReader.Item item = items.take();
      if (item instanceof ForkReader.Encoding encoding) {
        SegmentChunk chunk = encoding.chunk().get();
        writeChunk(chunk, writer);
        pool.give(chunk);
      } else if (item instanceof ForkReader.ForkEnd end) {
        forks.accept(end.entry());
      } else if (item instanceof ForkReader.End end) {
        if (end.failure() != null) {
          throw new ExecutionException(end.failure());
        }
        return;
      }
    }
  }

  private void writeChunk(SegmentChunk chunk, SeriesWriter writer) throws IOException {
    bytesRead += (long) chunk.pageCount() * SegmentChunk.PAGE_SIZE;
    for (int i = 0; i < chunk.recordCount(); i++) {
      writer.block(
          chunk.records,
          chunk.offsets[i],
          chunk.lengths[i],
          chunk.tablespace(),
          chunk.database(),
          chunk.relation(),
          chunk.forkNumber(),
          chunk.blocks[i],
          chunk.imageLengths[i]);
    }
    for (DamagedPage page : chunk.damaged) {
      damagedCount++;
      if (damaged.size() < MAX_REPORTED) {
        damaged.add(page);
        monitor.warning(page.toString());
      }
    }
    for (Disagreement disagreement : chunk.disagreements) {
      if (disagreementCount < MAX_DISAGREEMENTS_TOLD) {
        monitor.warning(disagreement.toString());
      }
      disagreementCount++;
    }
  }

  private static IOException unwrap(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof IOException failure) {
      return failure;
    }
    throw cause instanceof RuntimeException bug ? bug : new IllegalStateException(cause);
  }

  /** Waits for the service's end even if interrupted: its threads use what is closed after that. */
  private static void stop(ExecutorService service) {
    service.shutdownNow();
    boolean interrupted = false;
    while (!service.isTerminated()) {
      try {
        service.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Pages taken although something is wrong with them: the first thousand. */
  public List<DamagedPage> damaged() {
    return List.copyOf(damaged);
  }

  /** How many such pages there were. */
  public long damagedCount() {
    return damagedCount;
  }

  /** Blocks of which LSN and WAL told different things, in an audit. */
  public long disagreementCount() {
    return disagreementCount;
  }

  /** The directories that were read. */
  public ScannedDirectories directories() {
    return directories;
  }

  /** Bytes of pages read. */
  public long bytesRead() {
    return bytesRead;
  }
}
