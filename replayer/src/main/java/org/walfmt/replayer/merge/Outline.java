package org.walfmt.replayer.merge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.Series;

/**
 * What the final state amounts to, by the inventory of the newest series.
 *
 * @param blocks pages of relations
 * @param files files, those of relations among them
 * @param bytes bytes of all files
 */
public record Outline(long blocks, long files, long bytes, List<PathEntry.Tablespace> tablespaces) {
  private static final int PAGE_SIZE = 8192;
  private static final int BUFFER_SIZE = 128 << 10;

  /** Reads the inventory. */
  public static Outline of(Series newest) throws IOException {
    long blocks = 0;
    long files = 0;
    long otherBytes = 0;
    try (ForkInventory forks = new ForkInventory(newest, BUFFER_SIZE)) {
      for (ForkEntry fork = forks.next(); fork != null; fork = forks.next()) {
        blocks += fork.blocks();
        files += fork.files();
      }
    }
    List<PathEntry.Tablespace> tablespaces = new ArrayList<>();
    try (PathInventory paths = new PathInventory(newest, BUFFER_SIZE)) {
      for (PathEntry path = paths.next(); path != null; path = paths.next()) {
        if (path instanceof PathEntry.RegularFile file) {
          files++;
          otherBytes += file.length();
        } else if (path instanceof PathEntry.Tablespace tablespace) {
          tablespaces.add(tablespace);
        }
      }
    }
    return new Outline(blocks, files, blocks * PAGE_SIZE + otherBytes, List.copyOf(tablespaces));
  }
}
