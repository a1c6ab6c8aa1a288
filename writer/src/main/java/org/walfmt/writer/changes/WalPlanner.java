package org.walfmt.writer.changes;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.walfmt.block.ForkNumber;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/**
 * Plans an incremental from what the WAL since the parent says (design, section 4): of a main fork
 * that the parent has, the blocks that records name and all at or above the lowest length that the
 * fork had; everything else whole.
 */
public final class WalPlanner implements ForkPlanner {
  private static final RoaringBitmap NOTHING = new RoaringBitmap();

  private final ParentBackup.Forks parentForks;
  private final BlockChanges changes;
  private boolean isNewDirectory;

  /**
   * Plans by {@code changes}.
   *
   * @param changes from the parent's start to this backup's
   */
  public WalPlanner(ParentBackup.Forks parentForks, BlockChanges changes) {
    this.parentForks = parentForks;
    this.changes = changes;
  }

  @Override
  public void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity) {
    isNewDirectory =
        changes.isNewDirectory((int) directory.tablespace(), (int) directory.database());
  }

  @Override
  public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
    long parentBlocks = parentForks.blocks(fork);
    if (fork.fork() != ForkNumber.MAIN
        || isNewDirectory
        || parentBlocks == ParentBackup.Forks.NONE) {
      return Optional.of(ForkPlan.WHOLE);
    }
    @Nullable ForkChanges found =
        changes.find(
            (int) fork.locator().tablespace(),
            (int) fork.locator().database(),
            (int) fork.locator().relation(),
            fork.fork().number());
    if (found == null) {
      return Optional.of(ForkPlan.blocks(NOTHING, parentBlocks, OptionalLong.empty()));
    }
    if (found.limit() == 0) {
      return Optional.of(ForkPlan.WHOLE);
    }
    OptionalLong limit =
        found.limit() == ForkChanges.NO_LIMIT
            ? OptionalLong.empty()
            : OptionalLong.of(found.limit());
    long olderEnd = Math.min(parentBlocks, found.limit());
    return Optional.of(ForkPlan.blocks(found.blocks(), olderEnd, limit));
  }
}
