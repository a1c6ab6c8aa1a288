package org.walfmt.writer.scan;

/**
 * What of a fork goes into the series.
 *
 * @param delta whether only changed blocks are taken, older series having the others
 * @param changedSince of a delta: pages whose LSN is at or after this are taken
 * @param parentBlocks of a delta: blocks that the parent has; those after them are taken
 */
public record ForkPlan(boolean delta, long changedSince, long parentBlocks) {
  /** Every block. */
  public static final ForkPlan WHOLE = new ForkPlan(false, 0, 0);
}
