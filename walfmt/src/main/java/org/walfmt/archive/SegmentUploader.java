package org.walfmt.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final List<String> names = new CopyOnWriteArrayList<>();
  private @Nullable PendingFile open;
  private String openName = "";

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
    String name = new SegmentName(timeline, number, size).toString();
    open = archive.create(name, true);
    openName = name;
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
    String name = openName;
    open = null;
    waiting.add(
        publisher.submit(
            () -> {
              publish(name, file);
              return null;
            }));
    while (waiting.size() > WAITING) {
      await(waiting.remove());
    }
  }

  /** What is published, or may be in spite of a failure, is ours to take out again. */
  private void publish(String name, PendingFile file) throws IOException {
    try (file) {
      names.add(name);
      file.publish();
    } catch (FileAlreadyExistsException e) {
      names.remove(name);
      throw e;
    }
  }

  /** Waits until all segments are safely in the archive. */
  public void finish() throws IOException {
    while (!waiting.isEmpty()) {
      await(waiting.remove());
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

  /** Takes what was put out of the archive again, after a failure. */
  public void abandon() throws IOException {
    waiting.clear();
    publisher.shutdown();
    awaitPublisher();
    if (open != null) {
      open.close();
      open = null;
    }
    for (String name : names) {
      archive.delete(name);
    }
  }

  private void awaitPublisher() {
    boolean interrupted = false;
    while (!publisher.isTerminated()) {
      try {
        publisher.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Names of the segments published so far. */
  public List<String> names() {
    return List.copyOf(names);
  }
}
