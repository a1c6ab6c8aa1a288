package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.segment.SegmentSink;

/**
 * Puts the segments of a series into an archive while they are made: each is published in the
 * background, at most {@link #WAITING} at a time, and fails if its name is taken. Until {@link
 * #finish} succeeded, {@link #abandon} takes all of them out again.
 */
public final class SegmentUploader implements SegmentSink {
  private static final int WAITING = 3;

  private final Archive archive;
  private final TimelineId timeline;
  private final SegmentSize size;
  private final ExecutorService publisher;
  private final Deque<Future<?>> waiting = new ArrayDeque<>();
  private final AtomicInteger published = new AtomicInteger();
  private volatile boolean stopped;
  private long first = -1;
  private @Nullable PendingFile open;

  /**
   * @param timeline the series timeline, for the file names
   */
  public SegmentUploader(Archive archive, TimelineId timeline, SegmentSize size) {
    this.archive = archive;
    this.timeline = timeline;
    this.size = size;
    this.publisher =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "walfmt-publish");
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public void begin(long number) throws IOException {
    if (first < 0) {
      first = number;
    }
    open = archive.create(name(number), true);
  }

  private String name(long number) {
    return new SegmentName(timeline, number, size).toString();
  }

  @Override
  public void write(ByteBuffer pages) throws IOException {
    if (open == null) {
      throw new IllegalStateException("no segment has begun");
    }
    open.write(pages);
  }

  @Override
  public void end() throws IOException {
    PendingFile file = open;
    if (file == null) {
      throw new IllegalStateException("no segment has begun");
    }
    open = null;
    waiting.add(
        publisher.submit(
            () -> {
              publish(file);
              return null;
            }));
    while (waiting.size() > WAITING) {
      await(waiting.remove());
    }
  }

  /** After a failure nothing more is published: the name taken may be another run's series. */
  private void publish(PendingFile file) throws IOException {
    try (file) {
      if (!stopped) {
        file.publish();
        published.incrementAndGet();
      }
    } catch (IOException | RuntimeException e) {
      stopped = true;
      throw e;
    }
  }

  /** Waits until all segments are safely in the archive. */
  public void finish() throws IOException {
    while (!waiting.isEmpty()) {
      await(waiting.remove());
    }
    if (stopped) {
      throw new IllegalStateException("not all segments are in the archive");
    }
    publisher.shutdown();
  }

  private static void await(Future<?> publication) throws IOException {
    try {
      publication.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a segment was archived");
    }
  }

  /** Takes what was put out of the archive again, after a failure; in spite of an interrupt. */
  public void abandon() throws IOException {
    stopped = true;
    boolean interrupted = Thread.interrupted();
    publisher.shutdown();
    interrupted |= awaitPublisher();
    waiting.clear();
    @Nullable IOException failure = null;
    for (Closeable step : undoing()) {
      try {
        step.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private List<Closeable> undoing() {
    List<Closeable> steps = new ArrayList<>();
    if (open != null) {
      steps.add(open);
      open = null;
    }
    for (String name : names()) {
      steps.add(() -> archive.delete(name));
    }
    return steps;
  }

  private boolean awaitPublisher() {
    boolean interrupted = false;
    while (!publisher.isTerminated()) {
      try {
        publisher.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }

  /** Names of the segments published so far. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < published.get(); i++) {
      names.add(name(first + i));
    }
    return names;
  }
}
