package org.walfmt.replayer.extract;

import java.io.IOException;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.series.BeginNote;
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

  /** All forks of a relation that the backup has, each with all its segment files. */
  record Relation(RelFileLocator locator) implements Wanted {}

  /** One segment file of a fork, of up to 131072 blocks. */
  record Segment(RelFileLocator locator, ForkNumber fork, int segment) implements Wanted {}

  /**
   * One block of a fork.
   *
   * @param block its number in the whole fork
   */
  record Block(RelFileLocator locator, ForkNumber fork, long block) implements Wanted {}

  /** What is known only when it is known which backup it is to come from. */
  non-sealed interface Lookup extends Wanted {
    /**
     * Finds it.
     *
     * @param backup what the backup says of itself
     * @throws org.walfmt.RefusedException if it cannot be found, or is of another cluster
     */
    Found find(BeginNote backup) throws IOException;
  }

  /**
   * What a lookup came to.
   *
   * @param wanted no further lookup
   * @param absence what to do if the backup does not have it, for the user
   */
  record Found(Wanted wanted, String absence) {}
}
