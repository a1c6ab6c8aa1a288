package org.walfmt.writer.scan;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/** Holds reading back to so many bytes a second. Serves one thread. */
public final class RateLimit {
  private static final long LONGEST_DEBT = TimeUnit.SECONDS.toNanos(1);

  private final long bytesPerSecond;
  private long nextNanos;
  private boolean started;

  /**
   * @param bytesPerSecond 0 for no limit
   */
  public RateLimit(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until {@code bytes} more may have been read. */
  public void take(long bytes) throws IOException {
    if (bytesPerSecond == 0) {
      return;
    }
    long now = System.nanoTime();
    if (!started || now - nextNanos > LONGEST_DEBT) {
      nextNanos = now;
      started = true;
    }
    nextNanos += bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
    long wait = nextNanos - now;
    if (wait > 0) {
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while reading");
      }
    }
  }
}
