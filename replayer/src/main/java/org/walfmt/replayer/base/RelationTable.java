package org.walfmt.replayer.base;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.manifest.ChecksumAlgorithm;
import org.walfmt.manifest.FileChecksum;
import org.walfmt.manifest.ManifestFile;

/**
 * The relation files of a manifest, as rows of numbers, since there may be a million: 32 bytes and
 * a checksum each. Filled in any order, then sorted by relation, fork and segment.
 */
final class RelationTable {
  /** Columns: tablespace, database, relation, fork, segment. */
  private static final int KEYS = 5;

  private static final int FIRST_ROWS = 1024;

  private int[] keys = new int[FIRST_ROWS * KEYS];
  private long[] sizes = new long[FIRST_ROWS];
  private byte[] checksums = new byte[0];
  private boolean[] hasChecksum = new boolean[FIRST_ROWS];
  private boolean[] incremental = new boolean[FIRST_ROWS];
  private @Nullable ChecksumAlgorithm algorithm;
  private int rows;

  int rows() {
    return rows;
  }

  void add(RelationFile file, ManifestFile entry) throws RefusedException {
    if (rows == sizes.length) {
      int more = Math.multiplyExact(rows, 2);
      keys = Arrays.copyOf(keys, Math.multiplyExact(more, KEYS));
      sizes = Arrays.copyOf(sizes, more);
      hasChecksum = Arrays.copyOf(hasChecksum, more);
      incremental = Arrays.copyOf(incremental, more);
      checksums = Arrays.copyOf(checksums, Math.multiplyExact(more, width()));
    }
    int at = rows * KEYS;
    keys[at] = (int) file.locator().tablespace();
    keys[at + 1] = (int) file.locator().database();
    keys[at + 2] = (int) file.locator().relation();
    keys[at + 3] = file.fork().number();
    keys[at + 4] = file.segment();
    sizes[rows] = entry.size();
    incremental[rows] = entry.isIncremental();
    if (entry.checksum().isPresent()) {
      putChecksum(entry.checksum().get());
    }
    rows++;
  }

  private void putChecksum(FileChecksum checksum) throws RefusedException {
    if (algorithm == null) {
      algorithm = checksum.algorithm();
      checksums = new byte[Math.multiplyExact(sizes.length, width())];
    } else if (algorithm != checksum.algorithm()) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "the manifest has checksums of several kinds",
          algorithm + " and " + checksum.algorithm(),
          "");
    }
    hasChecksum[rows] = true;
    byte[] bytes = HexFormat.of().parseHex(checksum.hex());
    System.arraycopy(bytes, 0, checksums, rows * width(), width());
  }

  private int width() {
    return algorithm == null ? 0 : algorithm.length();
  }

  RelationFile file(int row) {
    return new RelationFile(locator(row), fork(row), keys[row * KEYS + 4]);
  }

  /** Whether the file holds only some blocks, as {@code INCREMENTAL.<name>}. */
  boolean isIncremental(int row) {
    return incremental[row];
  }

  /** Path of the file. */
  String path(int row, PgVersion version) {
    String path = file(row).path(version);
    if (!incremental[row]) {
      return path;
    }
    int name = path.lastIndexOf('/') + 1;
    return path.substring(0, name) + ManifestFile.INCREMENTAL + path.substring(name);
  }

  RelFileLocator locator(int row) {
    int at = row * KEYS;
    return new RelFileLocator(
        Integer.toUnsignedLong(keys[at]),
        Integer.toUnsignedLong(keys[at + 1]),
        Integer.toUnsignedLong(keys[at + 2]));
  }

  ForkNumber fork(int row) {
    return ForkNumber.of(keys[row * KEYS + 3]);
  }

  int segment(int row) {
    return keys[row * KEYS + 4];
  }

  long size(int row) {
    return sizes[row];
  }

  Optional<FileChecksum> checksum(int row) {
    if (!hasChecksum[row] || algorithm == null) {
      return Optional.empty();
    }
    int at = row * width();
    return Optional.of(
        new FileChecksum(algorithm, HexFormat.of().formatHex(checksums, at, at + width())));
  }

  /** Whether both rows are of one fork. */
  boolean isSameFork(int a, int b) {
    return Arrays.equals(keys, a * KEYS, a * KEYS + 4, keys, b * KEYS, b * KEYS + 4);
  }

  /** First row of a fork, once sorted; -1 if it is not here. */
  int find(RelFileLocator locator, ForkNumber fork) {
    int low = 0;
    int high = rows;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compareFork(middle, locator, fork) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < rows && compareFork(low, locator, fork) == 0 ? low : -1;
  }

  private int compareFork(int row, RelFileLocator locator, ForkNumber fork) {
    int order = locator(row).compareTo(locator);
    return order != 0 ? order : fork(row).compareTo(fork);
  }

  /** The row after the last of the fork that begins at {@code first}. */
  int forkEnd(int first) {
    int end = first + 1;
    while (end < rows && isSameFork(first, end)) {
      end++;
    }
    return end;
  }

  /** Blocks of a fork; segments after a short or a missing one do not count, as for the server. */
  long blocks(int first, int end) {
    long blocks = 0;
    for (int at = first; at < end && segment(at) == at - first; at++) {
      long here = size(at) / PageHeader.PAGE_SIZE;
      blocks += Math.min(here, RelationFile.SEGMENT_BLOCKS);
      if (here < RelationFile.SEGMENT_BLOCKS) {
        break;
      }
    }
    return blocks;
  }

  /** Sorts in place: a heap sort, since rows are no objects. */
  void sort() {
    for (int root = rows / 2 - 1; root >= 0; root--) {
      sift(root, rows);
    }
    for (int end = rows - 1; end > 0; end--) {
      swap(0, end);
      sift(0, end);
    }
  }

  private void sift(int from, int end) {
    int root = from;
    while (2 * root + 1 < end) {
      int child = 2 * root + 1;
      if (child + 1 < end && compare(child, child + 1) < 0) {
        child++;
      }
      if (compare(root, child) >= 0) {
        return;
      }
      swap(root, child);
      root = child;
    }
  }

  int compare(int a, int b) {
    return Arrays.compareUnsigned(keys, a * KEYS, a * KEYS + KEYS, keys, b * KEYS, b * KEYS + KEYS);
  }

  private void swap(int a, int b) {
    for (int i = 0; i < KEYS; i++) {
      int key = keys[a * KEYS + i];
      keys[a * KEYS + i] = keys[b * KEYS + i];
      keys[b * KEYS + i] = key;
    }
    long size = sizes[a];
    sizes[a] = sizes[b];
    sizes[b] = size;
    boolean some = incremental[a];
    incremental[a] = incremental[b];
    incremental[b] = some;
    boolean has = hasChecksum[a];
    hasChecksum[a] = hasChecksum[b];
    hasChecksum[b] = has;
    for (int i = 0; i < width(); i++) {
      byte one = checksums[a * width() + i];
      checksums[a * width() + i] = checksums[b * width() + i];
      checksums[b * width() + i] = one;
    }
  }
}
