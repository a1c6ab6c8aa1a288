package org.walfmt.cli;

import java.io.IOException;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Sections;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;

/**
 * What a backup's inventory adds up to.
 *
 * @param forks relation forks
 * @param wholeForks forks to which older series contribute nothing
 * @param forkBlocks blocks of all forks
 * @param directories directories, without tablespaces
 * @param files files that are no relation's
 * @param unchangedFiles files among them whose contents are in an older series
 * @param fileBytes bytes of all these files
 */
record InventoryCounts(
    long forks,
    long wholeForks,
    long forkBlocks,
    long directories,
    long tablespaces,
    long files,
    long unchangedFiles,
    long fileBytes) {

  /** Reads the inventory of a series. */
  static InventoryCounts of(Series series) throws IOException {
    Counter counter = new Counter();
    try (SeriesCursor cursor = series.openAt(Sections::forks)) {
      while (cursor.next()
          && (cursor.kind() == RecordKind.FORKS || cursor.kind() == RecordKind.PATHS)) {
        if (cursor.kind() == RecordKind.FORKS) {
          cursor.forks().forEach(counter::add);
        } else {
          cursor.paths().forEach(counter::add);
        }
      }
    }
    return counter.sum();
  }

  /** Bytes of the cluster that the backup restores. */
  long clusterBytes() {
    return forkBlocks * 8192 + fileBytes;
  }

  private static final class Counter {
    private long forks;
    private long wholeForks;
    private long forkBlocks;
    private long directories;
    private long tablespaces;
    private long files;
    private long unchangedFiles;
    private long fileBytes;

    private void add(ForkEntry fork) {
      forks++;
      wholeForks += fork.delta() ? 0 : 1;
      forkBlocks += fork.blocks();
    }

    private void add(PathEntry entry) {
      if (entry instanceof PathEntry.RegularFile file) {
        files++;
        unchangedFiles += file.unchanged() ? 1 : 0;
        fileBytes += file.length();
      } else if (entry instanceof PathEntry.Tablespace) {
        tablespaces++;
      } else {
        directories++;
      }
    }

    private InventoryCounts sum() {
      return new InventoryCounts(
          forks,
          wholeForks,
          forkBlocks,
          directories,
          tablespaces,
          files,
          unchangedFiles,
          fileBytes);
    }
  }
}
