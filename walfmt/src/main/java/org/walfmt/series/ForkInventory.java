package org.walfmt.series;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The relation forks of a series, in order, one note's worth of them in memory at a time. Checks
 * that the order is strict.
 */
public final class ForkInventory implements Closeable {
  private final SeriesCursor cursor;
  private Iterator<ForkEntry> entries = List.<ForkEntry>of().iterator();
  private @Nullable ForkEntry current;
  private boolean atEnd;

  /** Begins before the first fork. */
  public ForkInventory(Series series) {
    this(series, SeriesCursor.BUFFER_SIZE);
  }

  /** The same, reading {@code bufferSize} bytes at a time, a multiple of 8192. */
  public ForkInventory(Series series, int bufferSize) {
    cursor = series.openAt(Sections::forks, bufferSize);
  }

  /** Goes to the next fork; null after the last. */
  public @Nullable ForkEntry next() throws IOException {
    ForkEntry before = current;
    while (!atEnd && !entries.hasNext()) {
      atEnd = !cursor.next() || cursor.kind() != RecordKind.FORKS;
      if (!atEnd) {
        entries = cursor.forks().iterator();
      }
    }
    current = atEnd ? null : entries.next();
    if (before != null && current != null && before.compareTo(current) >= 0) {
      throw cursor.corrupt(
          "fork out of order in inventory: " + current.locator() + current.fork().suffix());
    }
    return current;
  }

  /** The fork that {@link #next} returned last. */
  public @Nullable ForkEntry current() {
    return current;
  }

  @Override
  public void close() throws IOException {
    cursor.close();
  }
}
