package org.walfmt.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets SIGINT and SIGTERM end the program cleanly: the main thread is interrupted and given some
 * time to take back what it has half done, while the JVM waits.
 */
final class Interruption {
  private static final long PATIENCE_SECONDS = 60;

  private final Thread main;
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean begun;

  private Interruption(Thread main) {
    this.main = main;
  }

  /** Watches for signals on behalf of the calling thread, which must call {@link #finish}. */
  static Interruption watch() {
    Interruption interruption = new Interruption(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(new Thread(interruption::shutDown, "walfmt-interruption"));
    return interruption;
  }

  private void shutDown() {
    if (finished.getCount() == 0) {
      return;
    }
    begun = true;
    main.interrupt();
    try {
      boolean inTime = finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!inTime) {
        System.err.println("walfmt: warning: clean-up takes too long, given up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The main thread has nothing more to do but to exit. */
  void finish() {
    finished.countDown();
  }

  /** Whether the JVM is already on its way out; then nobody may call {@link System#exit}. */
  boolean hasBegun() {
    return begun;
  }
}
