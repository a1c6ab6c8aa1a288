package org.walfmt.replayer.datadir;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Flushes finished files to disk and closes them, several at a time and behind the writer's back:
 * so the file system groups the flushes of many small files, and those of large ones go on while
 * the next are written.
 */
public final class FileFlusher {
  private static final int THREADS = 4;
  private static final int MAX_OPEN = 64;

  private final ExecutorService threads;
  private final Semaphore open = new Semaphore(MAX_OPEN);
  private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

  /** Starts the threads. */
  public FileFlusher() {
    threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "walfmt-flush");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Takes over a channel whose file is complete; waits while too many are open. */
  public void flushAndClose(FileChannel channel) throws IOException {
    try {
      open.acquire();
    } catch (InterruptedException e) {
      channel.close();
      throw interrupted();
    }
    threads.execute(
        () -> {
          try (channel) {
            channel.force(true);
          } catch (IOException e) {
            failure.compareAndSet(null, e);
          } finally {
            open.release();
          }
        });
  }

  /** Waits until all files are flushed. */
  public void await() throws IOException {
    try {
      open.acquire(MAX_OPEN);
      open.release(MAX_OPEN);
    } catch (InterruptedException e) {
      throw interrupted();
    }
    IOException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  /** Ends the threads, when all work is done or given up. */
  public void stop() {
    threads.shutdown();
    open.acquireUninterruptibly(MAX_OPEN);
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while files were flushed to disk");
  }
}
