package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.segment.SegmentSink;

/**
 * Puts the segments of a series into an archive while they are made: each is published in the
 * background, a few at a time, and fails if its name is taken. The first one claims the timeline:
 * the others wait for it. Until {@link #finish} succeeded, {@link #abandon} takes all of them out
 * again.
 */
public final class SegmentUploader implements SegmentSink {
  private static final int WAITING = 2;

  private final Archive archive;
  private final TimelineId timeline;
  private final SegmentSize size;
  private final ExecutorService publisher;
  private final Deque<Future<?>> waiting = new ArrayDeque<>();
  private final Deque<PendingFile> handedOver = new ArrayDeque<>();
  private final NavigableSet<String> published = new ConcurrentSkipListSet<>();
  private volatile boolean stopped;
  private long first = -1;
  private long number;
  private @Nullable PendingFile open;

  /**
   * @param timeline the series timeline, for the file names
   */
  public SegmentUploader(Archive archive, TimelineId timeline, SegmentSize size) {
    this.archive = archive;
    this.timeline = timeline;
    this.size = size;
    this.publisher =
        Executors.newFixedThreadPool(
            archive.transfers(),
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
    this.number = number;
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
    String name = name(number);
    handedOver.add(file);
    waiting.add(
        publisher.submit(
            () -> {
              publish(name, file);
              return null;
            }));
    while (waiting.size() > (number == first ? 0 : archive.transfers() + WAITING)) {
      await(waiting.remove());
      handedOver.remove();
    }
  }

  /** After a failure nothing more is published: the name taken may be another run's series. */
  private void publish(String name, PendingFile file) throws IOException {
    try (file) {
      if (!stopped) {
        file.publish();
        published.add(name);
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

  /**
   * Takes what was put out of the archive again, as far as it lets go of files, after a failure; in
   * spite of an interrupt.
   */
  public void abandon() throws IOException {
    stopped = true;
    boolean interrupted = Thread.interrupted();
    publisher.shutdown();
    if (!archive.isLocal()) {
      waiting.forEach(publication -> publication.cancel(true));
    }
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
    steps.addAll(handedOver);
    if (archive.canDelete()) {
      for (String name : names()) {
        steps.add(() -> archive.delete(name));
      }
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

  /** Names of the segments published so far, in order. */
  public List<String> names() {
    return List.copyOf(published);
  }
}
