package org.walfmt.archive;

import java.io.InterruptedIOException;

/**
 * Keeps the files that wait to be put within a limit: the next one may begin when there is room for
 * one more as long as the longest so far, or when none waits.
 */
final class SpoolRoom {
  private final long limit;
  private long longest;
  private int waiting;

  SpoolRoom(long limit) {
    this.limit = limit;
  }

  /** Waits until a file may begin. */
  synchronized void enter() throws InterruptedIOException {
    try {
      while (waiting > 0 && (waiting + 1) * longest > limit) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room in the spool");
    }
    waiting++;
  }

  /** A file of so many bytes is gone. */
  synchronized void leave(long bytes) {
    waiting--;
    longest = Math.max(longest, bytes);
    notifyAll();
  }
}
