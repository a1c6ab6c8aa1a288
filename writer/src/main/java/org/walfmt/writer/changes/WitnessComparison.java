package org.walfmt.writer.changes;

import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;

/**
 * Compares what the WAL says of main forks with what its summaries say. Blocks at or above either's
 * limit are new to both.
 */
final class WitnessComparison {
  private static final int MAX_TOLD = 20;
  private static final int MAIN = 0;
  private static final RoaringBitmap NOTHING = new RoaringBitmap();

  private final PgVersion version;
  private final Monitor monitor;
  private long count;

  WitnessComparison(PgVersion version, Monitor monitor) {
    this.version = version;
    this.monitor = monitor;
  }

  /**
   * Tells the monitor of the first forks on which they disagree.
   *
   * @param isExact whether the summaries are of the same range; else they may tell more
   * @return how many forks those are
   */
  long compare(BlockChanges wal, BlockChanges summaries, boolean isExact) {
    for (ForkChanges fork : wal.sorted()) {
      compare(fork, find(summaries, fork), "the WAL", "its summaries");
    }
    if (isExact) {
      for (ForkChanges fork : summaries.sorted()) {
        compare(fork, find(wal, fork), "its summaries", "the WAL");
      }
    }
    if (count > MAX_TOLD) {
      monitor.warning("change sources disagree on " + (count - MAX_TOLD) + " more files");
    }
    return count;
  }

  private static @Nullable ForkChanges find(BlockChanges changes, ForkChanges fork) {
    return changes.find(fork.tablespace(), fork.database(), fork.relation(), fork.fork());
  }

  /** Whether {@code one} tells of a change that {@code other} does not. */
  private void compare(ForkChanges one, @Nullable ForkChanges other, String name, String lacking) {
    if (one.fork() != MAIN) {
      return;
    }
    long limit = other == null ? ForkChanges.NO_LIMIT : other.limit();
    if (one.limit() < limit) {
      tell(one, "cut or made at block " + one.limit() + " by " + name + ", not by " + lacking);
      return;
    }
    RoaringBitmap more =
        RoaringBitmap.andNot(one.blocks(), other == null ? NOTHING : other.blocks());
    if (!more.isEmpty() && Integer.toUnsignedLong(more.first()) < limit) {
      tell(one, "block " + more.first() + " is named by " + name + ", not by " + lacking);
    }
  }

  private void tell(ForkChanges fork, String finding) {
    count++;
    if (count <= MAX_TOLD) {
      monitor.warning("change sources disagree: " + name(fork) + ": " + finding);
    }
  }

  private String name(ForkChanges fork) {
    RelFileLocator locator =
        new RelFileLocator(
            Integer.toUnsignedLong(fork.tablespace()),
            Integer.toUnsignedLong(fork.database()),
            Integer.toUnsignedLong(fork.relation()));
    return locator.isValid()
        ? "file \"" + locator.path(version, ForkNumber.MAIN, 0) + "\""
        : "directory of database " + locator.database() + " in tablespace " + locator.tablespace();
  }
}
