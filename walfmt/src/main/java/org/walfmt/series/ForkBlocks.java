package org.walfmt.series;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.record.BlockReference;

/** A walk over the block records that a series has of a part of one fork. Serves one thread. */
public final class ForkBlocks implements Closeable {
  /** What {@link #block} returns if there is no further block: above every number. */
  public static final long NO_BLOCK = Long.MAX_VALUE;

  private final @Nullable SeriesCursor cursor;
  private final Lsn until;
  private final int tablespace;
  private final int database;
  private final int relation;
  private final int fork;
  private final long from;
  private final long to;
  private long block = NO_BLOCK;

  private ForkBlocks(
      @Nullable SeriesCursor cursor,
      Lsn until,
      RelFileLocator locator,
      ForkNumber fork,
      long from,
      long to) {
    this.cursor = cursor;
    this.until = until;
    this.tablespace = (int) locator.tablespace();
    this.database = (int) locator.database();
    this.relation = (int) locator.relation();
    this.fork = fork.number();
    this.from = from;
    this.to = to;
  }

  /** No block at all. */
  static ForkBlocks none() {
    return new ForkBlocks(
        null, Lsn.INVALID, new RelFileLocator(0, 0, 0), ForkNumber.MAIN, 0, NO_BLOCK);
  }

  /**
   * The blocks at or after {@code from} and before {@code to}.
   *
   * @param cursor stands at a block record, at most at the first that is wanted; closed by {@link
   *     #close}
   * @param until no block that is wanted begins there or later
   */
  static ForkBlocks begin(
      SeriesCursor cursor, Lsn until, RelFileLocator locator, ForkNumber fork, long from, long to)
      throws IOException {
    ForkBlocks blocks = new ForkBlocks(cursor, until, locator, fork, from, to);
    blocks.find(cursor);
    return blocks;
  }

  /** Number of the current block in the fork, or {@link #NO_BLOCK}. */
  public long block() {
    return block;
  }

  /** Goes to the next block. */
  public void next() throws IOException {
    SeriesCursor walk = cursor;
    if (walk == null || block == NO_BLOCK) {
      throw new IllegalStateException("no further block");
    }
    block = NO_BLOCK;
    if (step(walk)) {
      find(walk);
    }
  }

  /** Goes on from the current record to the first that is wanted. */
  private void find(SeriesCursor walk) throws IOException {
    while (walk.kind() == RecordKind.BLOCK) {
      int order = compareToFork(walk.block());
      long number = Integer.toUnsignedLong(walk.block().number());
      if (order > 0 || (order == 0 && number >= to)) {
        return;
      }
      if (order == 0 && number >= from) {
        block = number;
        return;
      }
      if (!step(walk)) {
        return;
      }
    }
  }

  private boolean step(SeriesCursor walk) throws IOException {
    return walk.nextLsn().compareTo(until) < 0 && walk.next();
  }

  private int compareToFork(BlockReference reference) {
    int order = Integer.compareUnsigned(reference.tablespace(), tablespace);
    order = order != 0 ? order : Integer.compareUnsigned(reference.database(), database);
    order = order != 0 ? order : Integer.compareUnsigned(reference.relation(), relation);
    return order != 0 ? order : Integer.compare(reference.fork(), fork);
  }

  /** Writes the current block's page at {@code at}. */
  public void restorePage(ByteBuffer out, int at) throws CorruptWalException {
    walk().restorePage(out, at);
  }

  /** A finding about the current record. */
  public CorruptWalException corrupt(String fact) {
    return walk().corrupt(fact);
  }

  private SeriesCursor walk() {
    if (cursor == null) {
      throw new IllegalStateException("no block here");
    }
    return cursor;
  }

  @Override
  public void close() throws IOException {
    if (cursor != null) {
      cursor.close();
    }
  }
}
