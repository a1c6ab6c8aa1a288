package org.walfmt.replayer.base;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.merge.MergeSink;

/**
 * A walk over the blocks of a part of one fork in a base backup. The files that hold them are read
 * whole, since only that proves them; others are not looked at.
 */
public final class BaseBlocks implements Closeable {
  /** What {@link #block} returns after the last block: above every number. */
  public static final long NO_BLOCK = Long.MAX_VALUE;

  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;

  private final BaseBackup base;
  private final PgVersion version;
  private final RelationTable relations;
  private final long length;
  private final long to;

  /** The row after the last to be read. */
  private final int end;

  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(MergeSink.CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  private int row;
  private @Nullable BaseFile open;
  private long bufferStart;
  private long bufferEnd;
  private long block;

  BaseBlocks(
      BaseBackup base, PgVersion version, RelationTable relations, int first, long from, long to) {
    this.base = base;
    this.version = version;
    this.relations = relations;
    this.length = relations.blocks(first, relations.forkEnd(first));
    this.to = Math.min(to, length);
    boolean none = from >= this.to;
    this.row = none ? first : first + segmentOf(from);
    this.end = none ? first : first + segmentOf(this.to - 1) + 1;
    this.block = none ? NO_BLOCK : from;
  }

  private static int segmentOf(long block) {
    return (int) (block / RelationFile.SEGMENT_BLOCKS);
  }

  /** Blocks of the whole fork. */
  public long length() {
    return length;
  }

  /** Number of the current block in the fork, or {@link #NO_BLOCK}. */
  public long block() {
    return block;
  }

  /** Goes to the next block. */
  public void next() throws IOException {
    block++;
    if (block >= to) {
      block = NO_BLOCK;
    } else if (block >= bufferEnd) {
      load();
    }
  }

  /** Writes the current block's page at {@code at}. */
  public void restorePage(ByteBuffer out, int at) throws IOException {
    while (block >= bufferEnd) {
      load();
    }
    out.put(at, buffer, (int) (block - bufferStart) * PAGE_SIZE, PAGE_SIZE);
  }

  private void load() throws IOException {
    BaseFile file = open;
    if (file == null) {
      file =
          BaseFile.open(
              base,
              relations.file(row).path(version),
              relations.size(row),
              relations.checksum(row));
      open = file;
      bufferEnd = (long) relations.segment(row) * RelationFile.SEGMENT_BLOCKS;
      row++;
    }
    buffer.clear();
    boolean more = file.read(buffer);
    bufferStart = bufferEnd;
    bufferEnd += buffer.position() / PAGE_SIZE;
    if (!more) {
      open = null;
      file.close();
    }
  }

  /**
   * Reads what is left of the files.
   *
   * @throws IOException if one is not as its manifest says
   */
  public void finish() throws IOException {
    while (open != null || row < end) {
      load();
    }
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
    }
  }
}
