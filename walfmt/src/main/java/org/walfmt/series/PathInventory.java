package org.walfmt.series;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories, tablespaces and files of a series, in order, one note's worth of them in memory
 * at a time. Checks that the order is strict, the control file last.
 */
public final class PathInventory implements Closeable {
  private final SeriesCursor cursor;
  private Iterator<PathEntry> entries = List.<PathEntry>of().iterator();
  private @Nullable PathEntry current;
  private boolean atEnd;

  /** Begins before the first path. */
  public PathInventory(Series series) {
    this(series, SeriesCursor.BUFFER_SIZE);
  }

  /** The same, reading {@code bufferSize} bytes at a time, a multiple of 8192. */
  public PathInventory(Series series, int bufferSize) {
    cursor = series.openAt(Sections::paths, bufferSize);
  }

  /** Goes to the next path; null after the last. */
  public @Nullable PathEntry next() throws IOException {
    PathEntry before = current;
    while (!atEnd && !entries.hasNext()) {
      atEnd = !cursor.next() || cursor.kind() != RecordKind.PATHS;
      if (!atEnd) {
        entries = cursor.paths().iterator();
      }
    }
    current = atEnd ? null : entries.next();
    if (before != null && current != null && PathOrder.compare(before, current) >= 0) {
      throw cursor.corrupt("path out of order in inventory: " + current.path());
    }
    return current;
  }

  /** The path that {@link #next} returned last. */
  public @Nullable PathEntry current() {
    return current;
  }

  @Override
  public void close() throws IOException {
    cursor.close();
  }
}
