package org.walfmt.replayer.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelationFile;
import org.walfmt.manifest.ManifestFile;
import org.walfmt.replayer.datadir.FileSink;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.replayer.merge.SeriesMember;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.Series;

/**
 * The relations of one series as the files that a native backup has: those of which the series has
 * every block as they are, the others as {@code INCREMENTAL.<name>}.
 *
 * <pre>
 *   0       4        8                   12                 12 + 4n
 *   | magic | n      | truncation length | block number × n | padding | block × n |
 * </pre>
 *
 * <p>Block numbers count from the start of the 1 GiB file; the padding, to a multiple of 8192, is
 * left out if n is 0. {@code pg_combinebackup} takes a block below the truncation length that is
 * not listed from the newest older backup that has it, and makes the file as long as the truncation
 * length or the last block listed demands. Since a series has every block at or above the limit
 * (rule INVENTORY-6), that limit is the truncation length. Source: {@code sendFile} in {@code
 * backup/basebackup.c}, {@code reconstruct.c} of {@code pg_combinebackup}, 17.
 *
 * <p>The header comes before the blocks, so that the series is walked twice: one walk goes ahead by
 * a file and finds the numbers.
 */
final class NativeForks {
  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;
  private static final int INCREMENTAL_MAGIC = 0xD3AE1F0D;
  private static final int FIXED_LENGTH = 12;

  private final Series series;
  private final SeriesMember ahead;
  private final SeriesMember data;
  private final FileSink sink;
  private final Monitor monitor;
  private final int[] numbers = new int[RelationFile.SEGMENT_BLOCKS];
  private long blocks;
  private long files;
  private long incrementalFiles;

  /**
   * @param ahead stands before the first fork, as {@code data} does
   */
  NativeForks(
      Series series, SeriesMember ahead, SeriesMember data, FileSink sink, Monitor monitor) {
    this.series = series;
    this.ahead = ahead;
    this.data = data;
    this.sink = sink;
    this.monitor = monitor;
  }

  /** Blocks that were written. */
  long blocks() {
    return blocks;
  }

  /** Files that were written. */
  long files() {
    return files;
  }

  /** How many of them are incremental ones. */
  long incrementalFiles() {
    return incrementalFiles;
  }

  /** Writes all files of all forks; then {@code data} stands before the first path. */
  void run() throws IOException {
    for (ForkEntry fork = data.nextFork(); fork != null; fork = data.nextFork()) {
      Objects.requireNonNull(ahead.nextFork());
      for (int segment = 0; segment < fork.files(); segment++) {
        segment(fork, segment);
      }
    }
  }

  private void segment(ForkEntry fork, int segment) throws IOException {
    long first = (long) segment * RelationFile.SEGMENT_BLOCKS;
    long end = Math.max(first, Math.min(fork.blocks(), first + RelationFile.SEGMENT_BLOCKS));
    int count = 0;
    while (ahead.block() < end) {
      numbers[count++] = (int) (ahead.block() - first);
      ahead.nextBlock();
    }
    String path = fork.locator().path(series.begin().version(), fork.fork(), segment);
    if (count == end - first) {
      sink.startFile(path, fork.mode(), (long) count * PAGE_SIZE);
    } else {
      requireOlder(fork, path, first, end, count);
      int truncation = (int) (Math.min(fork.olderBlocksEnd(), end) - first);
      int header = headerLength(count);
      sink.startFile(incremental(path), fork.mode(), header + (long) count * PAGE_SIZE);
      header(count, truncation, header);
      incrementalFiles++;
    }
    copy(count);
    sink.endFile();
    files++;
    blocks += count;
  }

  private static String incremental(String path) {
    int name = path.lastIndexOf('/') + 1;
    return path.substring(0, name) + ManifestFile.INCREMENTAL + path.substring(name);
  }

  /** Every block that is not here must be one that older series may contribute. */
  private void requireOlder(ForkEntry fork, String path, long first, long end, int count)
      throws CorruptWalException {
    long missing = end - 1;
    for (int i = count - 1; i >= 0 && first + numbers[i] == missing; i--) {
      missing--;
    }
    if (missing >= fork.olderBlocksEnd() || series.begin().isFull()) {
      throw new CorruptWalException(
          "backup " + series.id() + " lacks block " + missing + " of file \"" + path + "\"");
    }
  }

  private static int headerLength(int count) {
    int length = FIXED_LENGTH + Integer.BYTES * count;
    return count == 0 ? length : (length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
  }

  /** At most 532480 bytes, which a buffer has room for. */
  private void header(int count, int truncation, int length) throws IOException {
    ByteBuffer header = sink.take();
    header.putInt(INCREMENTAL_MAGIC).putInt(count).putInt(truncation);
    for (int i = 0; i < count; i++) {
      header.putInt(numbers[i]);
    }
    while (header.position() < length) {
      header.put((byte) 0);
    }
    sink.bytes(header.flip());
  }

  private void copy(int count) throws IOException {
    int done = 0;
    while (done < count) {
      int pages = Math.min(count - done, MergeSink.CHUNK_SIZE / PAGE_SIZE);
      ByteBuffer chunk = sink.take();
      for (int i = 0; i < pages; i++) {
        data.restorePage(chunk, i * PAGE_SIZE);
        data.nextBlock();
      }
      sink.bytes(chunk.position(0).limit(pages * PAGE_SIZE));
      monitor.advance((long) pages * PAGE_SIZE);
      done += pages;
    }
  }
}
