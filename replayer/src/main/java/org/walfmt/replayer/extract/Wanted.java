package org.walfmt.replayer.extract;

import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.series.PathOrder;

/** What is to be taken out of a chain. */
public sealed interface Wanted {
  /**
   * A file that is no relation's, by its path in the data directory; {@code backup_label} and
   * {@code tablespace_map} are those of the backup.
   */
  record File(String path) implements Wanted {
    /** Checks the path. */
    public File {
      if (!PathOrder.isSafe(path)) {
        throw new IllegalArgumentException("\"" + path + "\" is no path in a data directory");
      }
    }
  }

  /** A fork of a relation, all its segment files. */
  record Fork(RelFileLocator locator, ForkNumber fork) implements Wanted {}

  /** One segment file of a fork, of up to 131072 blocks. */
  record Segment(RelFileLocator locator, ForkNumber fork, int segment) implements Wanted {}

  /**
   * One block of a fork.
   *
   * @param block its number in the whole fork
   */
  record Block(RelFileLocator locator, ForkNumber fork, long block) implements Wanted {}
}
