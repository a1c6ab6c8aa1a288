package org.walfmt.writer.scan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.writer.source.DataDirectory;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;
import org.walfmt.writer.source.RelationFileName;
import org.walfmt.writer.source.ScannedDirectories;

/**
 * Reads all forks in the order of a series, each from its first segment file to its last (rule
 * CHANGE-7), chunk by chunk, and passes the chunks on to be encoded.
 */
final class ForkReader implements Callable<Void> {
  private static final int PERMISSIONS = 0777;

  /** What reaches the thread that writes the series, in order. */
  sealed interface Item {}

  /** A chunk, once it is encoded. */
  record Encoding(Future<SegmentChunk> chunk) implements Item {}

  /** All chunks of a fork have gone before. */
  record ForkEnd(ForkEntry entry) implements Item {}

  /** There is nothing more; {@code failure} is null if all went well. */
  record End(@Nullable Throwable failure) implements Item {}

  /** What becomes of a chunk that was read. */
  interface Encoder {
    SegmentChunk encode(SegmentChunk chunk) throws IOException;
  }

  private final DataDirectory source;
  private final ForkPlanner planner;
  private final ChunkPool pool;
  private final ExecutorService workers;
  private final Encoder encoder;
  private final BlockingQueue<Item> out;
  private final ScannedDirectories directories;
  private final RateLimit rate;
  private final Monitor monitor;

  ForkReader(
      DataDirectory source,
      ForkPlanner planner,
      ChunkPool pool,
      ExecutorService workers,
      Encoder encoder,
      BlockingQueue<Item> out,
      ScannedDirectories directories,
      RateLimit rate,
      Monitor monitor) {
    this.source = source;
    this.planner = planner;
    this.pool = pool;
    this.workers = workers;
    this.encoder = encoder;
    this.out = out;
    this.directories = directories;
    this.rate = rate;
    this.monitor = monitor;
  }

  @Override
  public Void call() throws InterruptedException {
    try {
      for (DatabaseDirectory directory : source.databaseDirectories()) {
        read(directory);
      }
      out.put(new End(null));
    } catch (IOException | RuntimeException e) {
      out.put(new End(e));
    }
    return null;
  }

  private void read(DatabaseDirectory directory) throws IOException, InterruptedException {
    if (!directories.add(directory, source.root())) {
      return; // dropped meanwhile
    }
    Optional<DirectoryIdentity> identity = DirectoryIdentity.of(directory.path());
    identity.ifPresent(found -> directories.identify(directory, found));
    planner.enter(directory, identity);
    long[] files = source.relationFiles(directory);
    int at = 0;
    while (at < files.length) {
      int end = at;
      int count = 0;
      while (end < files.length
          && RelationFileName.withoutSegment(files[end])
              == RelationFileName.withoutSegment(files[at])) {
        if (RelationFileName.segment(files[end]) == count) {
          count++;
        }
        end++;
      }
      if (count > 0) {
        readFork(directory, files[at], count);
      }
      at = end;
    }
  }

  /**
   * @param files segment files that were listed, without a gap
   */
  private void readFork(DatabaseDirectory directory, long packed, int files)
      throws IOException, InterruptedException {
    ForkKey fork =
        new ForkKey(
            new RelFileLocator(
                directory.tablespace(), directory.database(), RelationFileName.relation(packed)),
            ForkNumber.of(RelationFileName.fork(packed)));
    Optional<ForkPlan> plan = planner.plan(fork);
    if (plan.isEmpty()) {
      return;
    }
    String name = fork.locator().relation() + fork.fork().suffix();
    long blocks = 0;
    int mode = 0;
    int segment = 0;
    boolean isFull = true;
    while (isFull && segment <= RelationFile.MAX_SEGMENT) {
      String fileName = segment == 0 ? name : name + "." + segment;
      Path file = directory.path().resolve(fileName);
      long firstBlock = (long) segment * RelationFile.SEGMENT_BLOCKS;
      try (ForkFile open = ForkFile.open(file, directory.name() + "/" + fileName, firstBlock)) {
        if (segment == 0) {
          mode = mode(file);
        }
        int count = readFile(open, fork, plan.get());
        blocks = firstBlock + count;
        isFull = count == RelationFile.SEGMENT_BLOCKS;
      } catch (NoSuchFileException e) {
        if (segment == 0) {
          return; // dropped meanwhile: not in the backup
        }
        isFull = false;
      }
      segment++;
    }
    ForkEntry entry =
        new ForkEntry(
            fork.locator(),
            fork.fork(),
            blocks,
            Math.max(files, ForkEntry.filesFor(blocks)),
            mode,
            plan.get().delta(),
            plan.get().limit());
    out.put(new ForkEnd(entry));
  }

  /** Returns the file's length in blocks. */
  private int readFile(ForkFile file, ForkKey fork, ForkPlan plan)
      throws IOException, InterruptedException {
    return plan.readsAll()
        ? readAll(file, fork, plan)
        : readWanted(file, fork, plan, file.blocks());
  }

  private int readAll(ForkFile file, ForkKey fork, ForkPlan plan)
      throws IOException, InterruptedException {
    int block = 0;
    while (block < RelationFile.SEGMENT_BLOCKS) {
      int most = Math.min(SegmentChunk.PAGES, RelationFile.SEGMENT_BLOCKS - block);
      int count = readChunk(file, fork, plan, block, most);
      block += count;
      if (count < most) {
        break;
      }
    }
    return block;
  }

  /**
   * Reads only what the plan wants, in runs; a single block between two wanted ones is read with
   * them.
   *
   * @param blocks length of the file
   * @return that length, or less if the file was cut meanwhile
   */
  private int readWanted(ForkFile file, ForkKey fork, ForkPlan plan, int blocks)
      throws IOException, InterruptedException {
    long first = file.firstBlock();
    long end = first + blocks;
    long block = plan.nextWanted(first);
    while (block < end) {
      long stop = block + 1;
      while (stop < end
          && stop - block < SegmentChunk.PAGES
          && (plan.wants(stop) || (stop + 1 < end && plan.wants(stop + 1)))) {
        stop++;
      }
      int most = (int) (stop - block);
      int count = readChunk(file, fork, plan, (int) (block - first), most);
      if (count < most) {
        return (int) (block - first) + count;
      }
      block = plan.nextWanted(stop);
    }
    return blocks;
  }

  /** Returns how many blocks of {@code most} there were. */
  private int readChunk(ForkFile file, ForkKey fork, ForkPlan plan, int block, int most)
      throws IOException, InterruptedException {
    SegmentChunk chunk = pool.take(file, fork, plan);
    int count = chunk.read(file, fork, plan, block, most);
    long bytes = (long) count * SegmentChunk.PAGE_SIZE;
    rate.take(bytes);
    monitor.advance(bytes);
    if (count > 0) {
      out.put(new Encoding(workers.submit(() -> encoder.encode(chunk))));
    } else {
      pool.give(chunk);
    }
    return count;
  }

  private static int mode(Path file) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return attributes.get("mode") instanceof Integer mode ? mode & PERMISSIONS : 0;
  }
}
