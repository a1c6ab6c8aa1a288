package org.walfmt.writer.changes;

import java.util.Optional;
import org.walfmt.summary.BlockChanges;

/**
 * What the chosen change source told.
 *
 * @param source never {@link ChangeSource#AUTO}
 * @param blocks what the WAL tells, by itself or in summaries; empty if it was not asked
 * @param isExact whether the WAL that it is told of is that since the parent's start and no more
 * @param disagreements in an audit: forks of which WAL and summaries told different things
 */
public record Changes(
    ChangeSource source, Optional<BlockChanges> blocks, boolean isExact, long disagreements) {
  /** Every page is to be read, and its LSN tells. */
  public static final Changes BY_SCAN = new Changes(ChangeSource.SCAN, Optional.empty(), true, 0);
}
