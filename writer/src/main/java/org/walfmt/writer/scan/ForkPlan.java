package org.walfmt.writer.scan;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * What of a fork goes into the series: all of it, the pages whose LSN tells that they changed, the
 * blocks that something else tells, or, in an audit, all that either tells.
 *
 * @param delta whether only changed blocks are taken, older series having the others
 * @param changedSince of a delta by LSN: pages at or after this are taken; all are read to find
 *     out. 0 for one by blocks alone
 * @param parentBlocks of a delta: blocks below this may be left to older series, all others are
 *     taken
 * @param changed of a delta by blocks: those to take; only these are read. Null for one by LSN
 *     alone
 * @param limit for the inventory: the lowest length that the fork had since the parent
 * @param lsnsTellAll in an audit: whether a block of the set whose LSN is older is a finding
 */
public record ForkPlan(
    boolean delta,
    long changedSince,
    long parentBlocks,
    @Nullable RoaringBitmap changed,
    OptionalLong limit,
    boolean lsnsTellAll) {
  /** Every block. */
  public static final ForkPlan WHOLE = new ForkPlan(false, 0, 0, null, OptionalLong.empty(), false);

  /** Pages whose LSN is at or after {@code lsn}. */
  public static ForkPlan since(long lsn, long parentBlocks) {
    return new ForkPlan(true, lsn, parentBlocks, null, OptionalLong.empty(), false);
  }

  /** Blocks of a set, which must not change any more. */
  public static ForkPlan blocks(RoaringBitmap changed, long parentBlocks, OptionalLong limit) {
    return new ForkPlan(true, 0, parentBlocks, changed, limit, false);
  }

  /** Pages whose LSN is at or after {@code lsn}, and blocks of a set; the two are compared. */
  public static ForkPlan audit(
      long lsn, RoaringBitmap changed, long parentBlocks, OptionalLong limit, boolean lsnsTellAll) {
    return new ForkPlan(true, lsn, parentBlocks, changed, limit, lsnsTellAll);
  }

  /** Whether LSN and set are compared, block by block. */
  boolean isAudit() {
    return changed != null && changedSince != 0;
  }

  /** Whether every page is read. */
  boolean readsAll() {
    return changed == null || isAudit();
  }

  /** Whether the set has the block. */
  boolean names(long block) {
    RoaringBitmap set = changed;
    return set != null && set.contains((int) block);
  }

  /** Whether a delta by blocks takes the block. */
  boolean wants(long block) {
    return block >= parentBlocks || names(block);
  }

  /** The first block at or after {@code from} that a delta by blocks takes. */
  long nextWanted(long from) {
    RoaringBitmap set = changed;
    if (from >= parentBlocks || set == null) {
      return from;
    }
    long next = set.nextValue((int) from);
    return next < 0 ? parentBlocks : Math.min(next, parentBlocks);
  }
}
