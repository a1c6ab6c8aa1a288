package org.walfmt.replayer.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;

/**
 * One fork of a native backup, read once from front to back. Its files are whole, or hold some
 * blocks of theirs (see {@code INCREMENTAL_MAGIC} in {@code backup/basebackup_incremental.h}, 17):
 *
 * <pre>
 *   0       4        8                   12                 12 + 4n
 *   | magic | n      | truncation length | block number × n | padding | block × n |
 * </pre>
 *
 * <p>A block that is not listed is an older backup's if it lies below the truncation length, else
 * zeros. It is zeros, too, where the parent's fork was too short to have it: {@code
 * pg_combinebackup} would look in still older backups, and bring back what was cut off since.
 */
public final class NativeFork {
  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;
  private static final int INCREMENTAL_MAGIC = 0xD3AE1F0D;
  private static final int FIXED_LENGTH = 12;

  /** Takes the pages of a fork that are not the parent's, in order. */
  @FunctionalInterface
  public interface PageSink {
    /** The page of block {@code block} of the fork, at {@code at} in the buffer. */
    void page(long block, ByteBuffer buffer, int at) throws IOException;
  }

  private final BaseBackup backup;
  private final PgVersion version;
  private final RelationTable relations;
  private final int first;
  private final int end;
  private final ByteBuffer buffer;
  private final ByteBuffer zeros;
  private boolean delta;
  private long blocks;

  /**
   * @param buffer of 1 MiB, which forks may share that are read one after the other
   * @param zeros one page
   */
  NativeFork(
      BaseBackup backup,
      PgVersion version,
      RelationTable relations,
      int first,
      ByteBuffer buffer,
      ByteBuffer zeros) {
    this.backup = backup;
    this.version = version;
    this.relations = relations;
    this.first = first;
    this.end = relations.forkEnd(first);
    this.buffer = buffer;
    this.zeros = zeros;
  }

  /** The relation. */
  public RelFileLocator locator() {
    return relations.locator(first);
  }

  /** The fork's number. */
  public ForkNumber fork() {
    return relations.fork(first);
  }

  /** Files of the fork. */
  public int files() {
    return end - first;
  }

  /** Path of the first file. */
  public String path() {
    return relations.path(first, version);
  }

  /** Whether blocks of the parent are wanted; known after {@link #read}. */
  public boolean delta() {
    return delta;
  }

  /** Length of the fork; known after {@link #read}. */
  public long blocks() {
    return blocks;
  }

  /** Whether a file of it holds only some blocks. */
  public boolean hasIncrementalFile() {
    for (int row = first; row < end; row++) {
      if (relations.isIncremental(row)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads all files; each is proven by the manifest when this returns.
   *
   * @param parentBlocks length of the fork in the parent
   */
  public void read(long parentBlocks, PageSink sink) throws IOException {
    boolean goesOn = true;
    for (int row = first; row < end; row++) {
      goesOn &= relations.segment(row) == row - first;
      PageSink pages =
          goesOn
              ? sink
              : (block, page, at) -> {
                // after a short file or a missing one, for the server there is nothing
              };
      long start = (long) relations.segment(row) * RelationFile.SEGMENT_BLOCKS;
      long length =
          relations.isIncremental(row)
              ? readIncremental(row, start, parentBlocks, pages)
              : readWhole(row, start, pages);
      if (goesOn) {
        blocks += length;
        delta |= relations.isIncremental(row);
      }
      goesOn &= length == RelationFile.SEGMENT_BLOCKS;
    }
  }

  private BaseFile open(int row) throws IOException {
    return BaseFile.open(
        backup, relations.path(row, version), relations.size(row), relations.checksum(row));
  }

  private long readWhole(int row, long start, PageSink sink) throws IOException {
    long length = Math.min(relations.size(row) / PAGE_SIZE, RelationFile.SEGMENT_BLOCKS);
    long block = 0;
    try (BaseFile file = open(row)) {
      boolean more = true;
      while (more) {
        more = file.read(buffer.clear());
        for (int at = 0; at + PAGE_SIZE <= buffer.position() && block < length; at += PAGE_SIZE) {
          sink.page(start + block++, buffer, at);
        }
      }
    }
    return length;
  }

  private long readIncremental(int row, long start, long parentBlocks, PageSink sink)
      throws IOException {
    try (BaseFile file = open(row)) {
      boolean more = file.read(buffer.clear());
      int[] numbers = numbers(row);
      int truncation = bounded(buffer.getInt(8), "a truncation length of", row);
      long ofParent = Math.max(0, Math.min(truncation, parentBlocks - start));
      long length = numbers.length == 0 ? 0 : numbers[numbers.length - 1] + 1L;
      length = Math.max(truncation, length);
      long block = 0;
      int at = headerLength(numbers.length);
      for (int number : numbers) {
        zeros(start, Math.max(block, ofParent), number, sink);
        if (at == buffer.position()) {
          more = file.read(buffer.clear());
          at = 0;
        }
        sink.page(start + number, buffer, at);
        at += PAGE_SIZE;
        block = number + 1L;
      }
      zeros(start, Math.max(block, ofParent), length, sink);
      while (more) {
        more = file.read(buffer.clear());
      }
      return length;
    }
  }

  private void zeros(long start, long from, long to, PageSink sink) throws IOException {
    for (long block = from; block < to; block++) {
      sink.page(start + block, zeros, 0);
    }
  }

  private static int headerLength(int count) {
    int length = FIXED_LENGTH + Integer.BYTES * count;
    return count == 0 ? length : (length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
  }

  /** The list of blocks; the file is as long as it demands, and the buffer has all of the list. */
  private int[] numbers(int row) throws CorruptWalException {
    if (relations.size(row) < FIXED_LENGTH || buffer.getInt(0) != INCREMENTAL_MAGIC) {
      throw corrupt(row, "does not begin with the magic D3AE1F0D");
    }
    int count = bounded(buffer.getInt(4), "a count of", row);
    if (relations.size(row) != headerLength(count) + (long) count * PAGE_SIZE) {
      throw corrupt(row, "has " + relations.size(row) + " bytes for " + count + " blocks");
    }
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      int number = buffer.getInt(FIXED_LENGTH + Integer.BYTES * i);
      if (number <= (i == 0 ? -1 : numbers[i - 1]) || number >= RelationFile.SEGMENT_BLOCKS) {
        throw corrupt(row, "lists block " + Integer.toUnsignedString(number) + " out of order");
      }
      numbers[i] = number;
    }
    return numbers;
  }

  private int bounded(int number, String what, int row) throws CorruptWalException {
    if (number < 0 || number > RelationFile.SEGMENT_BLOCKS) {
      throw corrupt(row, "has " + what + " " + Integer.toUnsignedString(number));
    }
    return number;
  }

  private CorruptWalException corrupt(int row, String fact) {
    return new CorruptWalException(
        "file \"" + relations.path(row, version) + "\" of " + backup.description() + " " + fact);
  }
}
