package org.walfmt.replayer.verify;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/** A sink that keeps nothing: what matters is that the merge comes to its end. */
public final class NoSink implements MergeSink {
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void directory(PathEntry.Directory directory) {}

  @Override
  public void tablespace(PathEntry.Tablespace tablespace) {}

  @Override
  public void startFork(ForkEntry fork) {}

  @Override
  public ByteBuffer take() {
    return buffer.clear();
  }

  @Override
  public void blocks(long first, ByteBuffer pages) {}

  @Override
  public void endFork() {}

  @Override
  public void startFile(PathEntry.RegularFile file) {}

  @Override
  public void bytes(ByteBuffer contents) {}

  @Override
  public void endFile() {}
}
