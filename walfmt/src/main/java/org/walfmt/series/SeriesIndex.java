package org.walfmt.series;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.page.XLogPageHeader;

/**
 * The way to a block or a file of a series through its index (rule INDEX-3): the segment that must
 * be read for it, and no other. The index is read anew each time, one note in memory at a time,
 * since a large series has many keys.
 *
 * <p>What the index leaves out is not found: only a walk over the whole series proves the index
 * (rule INDEX-4). But where a key leads must be what it names.
 */
public final class SeriesIndex {
  private final Series series;
  private final int bufferSize;

  /**
   * The index of a series.
   *
   * @param bufferSize bytes read at a time, a multiple of 8192
   */
  public SeriesIndex(Series series, int bufferSize) {
    this.series = series;
    this.bufferSize = bufferSize;
  }

  /**
   * Where to look.
   *
   * @param from the last key at or before what is wanted, or the first of all
   * @param until nothing that is wanted begins there or later
   */
  private record Span(IndexKey from, Lsn until) {}

  /**
   * The block records of a fork from block {@code from} up to {@code to}, exclusive. A segment is
   * opened only if one of them may begin in it. The caller closes it.
   */
  public ForkBlocks blocks(RelFileLocator locator, ForkNumber fork, long from, long to)
      throws IOException {
    Optional<Span> span =
        find(
            key -> compare(key, locator, fork, from) <= 0,
            key -> compare(key, locator, fork, to) >= 0,
            IndexKey.Block.class,
            series.sections().files());
    if (span.isEmpty()) {
      return ForkBlocks.none();
    }
    SeriesCursor cursor = open(span.get());
    try {
      return ForkBlocks.begin(cursor, span.get().until(), locator, fork, from, to);
    } catch (IOException | RuntimeException e) {
      cursor.close();
      throw e;
    }
  }

  /**
   * A walk that stands at the note of a file; empty if the series does not have it. Its chunks
   * follow. The caller closes it.
   */
  public Optional<SeriesCursor> file(String path) throws IOException {
    Optional<Span> span =
        find(
            key -> PathOrder.compareFiles(key.path(), path) <= 0,
            key -> PathOrder.compareFiles(key.path(), path) > 0,
            IndexKey.File.class,
            series.sections().forks());
    if (span.isEmpty()) {
      return Optional.empty();
    }
    SeriesCursor cursor = open(span.get());
    boolean found = false;
    try {
      found = findFile(cursor, path, span.get().until());
    } finally {
      if (!found) {
        cursor.close();
      }
    }
    return found ? Optional.of(cursor) : Optional.empty();
  }

  private static boolean findFile(SeriesCursor cursor, String path, Lsn until) throws IOException {
    while (true) {
      if (cursor.kind() == RecordKind.FILE) {
        int order = PathOrder.compareFiles(cursor.filePath(), path);
        if (order >= 0) {
          return order == 0;
        }
      }
      if (cursor.nextLsn().compareTo(until) >= 0) {
        return false;
      }
      cursor.next();
    }
  }

  private static int compare(
      IndexKey.Block key, RelFileLocator locator, ForkNumber fork, long block) {
    int order =
        new RelFileLocator(key.tablespace(), key.database(), key.relation()).compareTo(locator);
    order = order != 0 ? order : Long.compare(key.fork(), fork.number());
    return order != 0 ? order : Long.compare(key.number(), block);
  }

  /**
   * @param begins tells the keys at or before the first record wanted
   * @param beyond tells the keys after the last one
   * @param end where the part of the series ends that has such records
   */
  private <K extends IndexKey> Optional<Span> find(
      Predicate<K> begins, Predicate<K> beyond, Class<K> kind, Lsn end) throws IOException {
    K from = null;
    try (SeriesCursor cursor =
        series.openAt(
            series.commit().indexLsn(), series.commit().lastSegment().number(), bufferSize)) {
      cursor.next();
      while (cursor.next() && cursor.kind() == RecordKind.INDEX) {
        for (IndexKey each : cursor.indexKeys()) {
          if (!kind.isInstance(each)) {
            continue;
          }
          K key = kind.cast(each);
          if (beyond.test(key)) {
            return spanOf(from, key.lsn());
          }
          if (from == null || begins.test(key)) {
            from = key;
          }
        }
      }
    }
    return spanOf(from, end);
  }

  private static Optional<Span> spanOf(@Nullable IndexKey from, Lsn until) {
    return from == null ? Optional.empty() : Optional.of(new Span(from, until));
  }

  /** Opens the series where a span begins, and goes to the record there. */
  private SeriesCursor open(Span span) throws IOException {
    SegmentSize size = series.begin().segmentSize();
    long last = size.segmentNumber(span.until());
    if (size.offset(span.until()) == XLogPageHeader.LONG_LENGTH) {
      last--;
    }
    SeriesCursor cursor = series.openAt(span.from().lsn(), last, bufferSize);
    try {
      cursor.next();
      if (!isKey(cursor, span.from())) {
        throw cursor.corrupt("record " + cursor.kind() + ", expected that of " + span.from());
      }
      return cursor;
    } catch (IOException | RuntimeException e) {
      cursor.close();
      throw e;
    }
  }

  private static boolean isKey(SeriesCursor cursor, IndexKey key) throws IOException {
    if (key instanceof IndexKey.File file) {
      return cursor.kind() == RecordKind.FILE && cursor.filePath().equals(file.path());
    }
    return cursor.kind() == RecordKind.BLOCK && IndexKey.Block.of(cursor).equals(key);
  }
}
