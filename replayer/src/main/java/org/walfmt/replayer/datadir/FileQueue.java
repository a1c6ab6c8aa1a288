package org.walfmt.replayer.datadir;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.replayer.merge.MergeSink;

/**
 * Writes new files in a thread of its own, one after the other, in the order and from the buffers
 * that another thread hands over, and computes each file's CRC-32C. A failure is thrown at the
 * thread that hands over, at its next call.
 */
final class FileQueue {
  private static final int BUFFERS = 8;
  private static final int MAX_STEPS = 256;

  /** What the writing thread is to do next. */
  private sealed interface Step {}

  private record Open(Path file, String path, int mode) implements Step {}

  private record Write(ByteBuffer bytes) implements Step {}

  private record End() implements Step {}

  private record Stop() implements Step {}

  private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<Step> steps = new ArrayBlockingQueue<>(MAX_STEPS);
  private final Ownership ownership;
  private final @Nullable FileFlusher flusher;
  private final WrittenFile.Listener listener;
  private final Monitor monitor;
  private final Thread thread;
  private volatile @Nullable Throwable failure;

  private final CRC32C crc = new CRC32C();
  private @Nullable FileChannel channel;
  private @Nullable Open file;
  private long length;

  /**
   * Starts the thread.
   *
   * @param flusher null if files need not be flushed
   */
  FileQueue(
      Ownership ownership,
      @Nullable FileFlusher flusher,
      WrittenFile.Listener listener,
      Monitor monitor) {
    this.ownership = ownership;
    this.flusher = flusher;
    this.listener = listener;
    this.monitor = monitor;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(ByteBuffer.allocateDirect(MergeSink.CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN));
    }
    thread = new Thread(this::work, "walfmt-write");
    thread.setDaemon(true);
    thread.start();
  }

  /** An empty buffer; waits until one is free. */
  ByteBuffer take() throws IOException {
    check();
    try {
      return free.take();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /**
   * Begins a file that must not exist.
   *
   * @param path what the manifest calls it
   */
  void open(Path at, String path, int mode) throws IOException {
    put(new Open(at, path, mode));
  }

  /** Appends a flipped buffer, which is no longer the caller's. */
  void write(ByteBuffer bytes) throws IOException {
    put(new Write(bytes));
  }

  /** Takes back a buffer that was not needed. */
  void giveBack(ByteBuffer buffer) {
    free.add(buffer.clear());
  }

  /** Ends the file. */
  void end() throws IOException {
    put(new End());
  }

  private void put(Step step) throws IOException {
    check();
    try {
      steps.put(step);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private void check() throws IOException {
    Throwable failed = failure;
    if (failed instanceof IOException e) {
      throw e;
    } else if (failed != null) {
      throw new IllegalStateException(failed);
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while files were written");
  }

  /** Waits until all files are written and, if that is asked for, flushed. */
  void finish() throws IOException {
    stop();
    check();
    if (flusher != null) {
      flusher.await();
    }
  }

  /** Ends the thread once it has done what was handed over, or given up. */
  void stop() {
    boolean isInterrupted = false;
    boolean told = false;
    while (thread.isAlive()) {
      try {
        if (!told) {
          steps.put(new Stop());
          told = true;
        }
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    boolean stopped = false;
    while (!stopped) {
      try {
        Step step = steps.take();
        stopped = step instanceof Stop;
        apply(step);
      } catch (Throwable e) { // whatever it is, the other thread must not wait for this one
        fail(e);
      }
    }
    closeQuietly();
  }

  private void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    }
  }

  private void closeQuietly() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        fail(e);
      }
    }
  }

  private void apply(Step step) throws IOException {
    if (step instanceof Write write) {
      try {
        if (failure == null) {
          append(write.bytes());
        }
      } finally {
        free.add(write.bytes().clear());
      }
    } else if (failure == null && step instanceof Open open) {
      begin(open);
    } else if (failure == null && step instanceof End) {
      complete();
    }
  }

  private void begin(Open open) throws IOException {
    channel =
        FileChannel.open(
            open.file(),
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(Ownership.permissions(0600)));
    ownership.apply(open.file(), open.mode());
    file = open;
    length = 0;
    crc.reset();
  }

  private void append(ByteBuffer bytes) throws IOException {
    FileChannel open = Objects.requireNonNull(channel);
    int count = bytes.remaining();
    crc.update(bytes);
    bytes.rewind();
    try {
      while (bytes.hasRemaining()) {
        open.write(bytes);
      }
    } catch (IOException e) {
      throw new IOException(
          "could not write file \"" + Objects.requireNonNull(file).file() + "\": " + e.getMessage(),
          e);
    }
    length += count;
    monitor.advance(count);
  }

  private void complete() throws IOException {
    FileChannel open = Objects.requireNonNull(channel);
    channel = null;
    if (flusher != null) {
      flusher.flushAndClose(open);
    } else {
      open.close();
    }
    listener.written(new WrittenFile(Objects.requireNonNull(file).path(), length, crc.getValue()));
  }
}
