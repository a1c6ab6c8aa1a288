package org.walfmt.replayer.extract;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.replayer.base.BaseBlocks;
import org.walfmt.series.ForkBlocks;

/** The blocks that one member of a chain has of what is wanted, in order. */
interface BlockSource extends Closeable {
  /** What {@link #block} returns after the last: above every number. */
  long NO_BLOCK = Long.MAX_VALUE;

  /** Number of the current block, or {@link #NO_BLOCK}. */
  long block();

  /** Goes to the next block. */
  void next() throws IOException;

  /** Writes the current block's page at {@code at}. */
  void restorePage(ByteBuffer out, int at) throws IOException;

  /** Checks what can be checked only at the end. */
  void finish() throws IOException;

  /** Those of a series, each of which is proven by its record's CRC. */
  record OfSeries(ForkBlocks blocks) implements BlockSource {
    @Override
    public long block() {
      return blocks.block();
    }

    @Override
    public void next() throws IOException {
      blocks.next();
    }

    @Override
    public void restorePage(ByteBuffer out, int at) throws IOException {
      blocks.restorePage(out, at);
    }

    @Override
    public void finish() {
      // nothing is left to be checked
    }

    @Override
    public void close() throws IOException {
      blocks.close();
    }
  }

  /** Those of an external base backup. */
  record OfBase(BaseBlocks blocks) implements BlockSource {
    @Override
    public long block() {
      return blocks.block();
    }

    @Override
    public void next() throws IOException {
      blocks.next();
    }

    @Override
    public void restorePage(ByteBuffer out, int at) throws IOException {
      blocks.restorePage(out, at);
    }

    @Override
    public void finish() throws IOException {
      blocks.finish();
    }

    @Override
    public void close() throws IOException {
      blocks.close();
    }
  }
}
