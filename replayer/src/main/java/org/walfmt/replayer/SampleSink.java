package org.walfmt.replayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/** Takes the first part of a merge, keeps nothing of it, and tells how fast it came. */
final class SampleSink implements MergeSink {
  /** Bytes that are enough. */
  private static final long ENOUGH = 256 << 20;

  /** A time that is enough. */
  private static final long ENOUGH_NANOS = 2_000_000_000L;

  /** Ends the merge in the middle. */
  static final class EnoughException extends IOException {
    private static final long serialVersionUID = 1;

    EnoughException() {
      super("enough for a sample");
    }
  }

  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  private final long begin = System.nanoTime();
  private long bytes;

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
  public void blocks(long first, ByteBuffer pages) throws IOException {
    count(pages);
  }

  @Override
  public void endFork() {}

  @Override
  public void startFile(PathEntry.RegularFile file) {}

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    count(contents);
  }

  @Override
  public void endFile() {}

  private void count(ByteBuffer part) throws IOException {
    bytes += part.remaining();
    if (bytes >= ENOUGH || System.nanoTime() - begin >= ENOUGH_NANOS) {
      throw new EnoughException();
    }
  }

  /** Bytes that came. */
  long bytes() {
    return bytes;
  }

  /** Seconds since this was made. */
  double seconds() {
    return (System.nanoTime() - begin) / 1e9;
  }
}
