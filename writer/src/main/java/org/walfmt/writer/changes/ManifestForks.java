package org.walfmt.writer.changes;

import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelationFile;
import org.walfmt.manifest.ManifestFile;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.source.RelationFileName;

/**
 * The relation forks that a manifest lists, kept in 12 bytes for each file: sorted by directory,
 * and in each by relation number, fork and segment.
 */
final class ManifestForks implements ParentBackup.Forks {
  private static final int PAGE_SIZE = 8192;
  private static final int FIRST_CAPACITY = 256;

  /** A tablespace and database. */
  private record Directory(long tablespace, long database) implements Comparable<Directory> {
    @Override
    public int compareTo(Directory other) {
      int order = Long.compare(tablespace, other.tablespace);
      return order != 0 ? order : Long.compare(database, other.database);
    }
  }

  /** Packed names and lengths of the files of one directory. */
  private static final class FileTable {
    private long[] names = new long[FIRST_CAPACITY];
    private int[] blocks = new int[FIRST_CAPACITY];
    private int count;

    void add(long name, int length) {
      if (count == names.length) {
        names = Arrays.copyOf(names, 2 * count);
        blocks = Arrays.copyOf(blocks, 2 * count);
      }
      names[count] = name;
      blocks[count++] = length;
    }

    /** Sorts both arrays by name: a heap sort, which needs no room of its own. */
    void sort() {
      for (int i = count / 2 - 1; i >= 0; i--) {
        sink(i, count);
      }
      for (int end = count - 1; end > 0; end--) {
        swap(0, end);
        sink(0, end);
      }
    }

    private void sink(int from, int end) {
      int at = from;
      while (2 * at + 1 < end) {
        int child = 2 * at + 1;
        if (child + 1 < end && names[child + 1] > names[child]) {
          child++;
        }
        if (names[at] >= names[child]) {
          return;
        }
        swap(at, child);
        at = child;
      }
    }

    private void swap(int a, int b) {
      long name = names[a];
      int length = blocks[a];
      names[a] = names[b];
      blocks[a] = blocks[b];
      names[b] = name;
      blocks[b] = length;
    }

    private boolean isFull(int at) {
      return blocks[at] == RelationFile.SEGMENT_BLOCKS;
    }

    private boolean has(int at, long name) {
      return at < count && names[at] == name;
    }

    /** After a short segment file, later ones do not count. */
    long blocksOf(long firstName) {
      int at = Arrays.binarySearch(names, 0, count, firstName);
      if (at < 0) {
        return NONE;
      }
      long total = blocks[at];
      for (int i = 1; isFull(at + i - 1) && has(at + i, firstName + i); i++) {
        total += blocks[at + i];
      }
      return total;
    }
  }

  private final TreeMap<Directory, FileTable> directories = new TreeMap<>();
  private boolean hasVisibilityMaps;

  /** Takes a file if it is a relation's. */
  void add(ManifestFile file, PgVersion version) {
    Optional<RelationFile> relation = RelationFile.parse(file.path(), version);
    if (relation.isPresent()) {
      RelationFile found = relation.get();
      hasVisibilityMaps |= found.fork() == ForkNumber.VM;
      Directory directory = new Directory(found.locator().tablespace(), found.locator().database());
      String name = file.path().substring(file.path().lastIndexOf('/') + 1);
      int blocks = (int) Math.min(RelationFile.SEGMENT_BLOCKS, file.size() / PAGE_SIZE);
      directories
          .computeIfAbsent(directory, key -> new FileTable())
          .add(RelationFileName.parse(name), blocks);
    }
  }

  /** Whether there is one among the files added. */
  boolean hasVisibilityMaps() {
    return hasVisibilityMaps;
  }

  /** After the last file. */
  void sort() {
    directories.values().forEach(FileTable::sort);
  }

  @Override
  public long blocks(ForkKey fork) {
    FileTable files =
        directories.get(new Directory(fork.locator().tablespace(), fork.locator().database()));
    return files == null
        ? NONE
        : files.blocksOf(RelationFileName.parse(fork.locator().relation() + fork.fork().suffix()));
  }

  @Override
  public void close() {
    directories.clear();
  }
}
