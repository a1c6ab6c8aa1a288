package org.walfmt.writer.decode;

import org.jspecify.annotations.Nullable;
import org.walfmt.TruncatedWalException;
import org.walfmt.summary.BlockChanges;

/**
 * What the records that begin in one piece of the WAL changed. All positions are LSNs.
 *
 * @param end where the next record begins, or would
 * @param isMinimal whether a record told of {@code wal_level=minimal}
 * @param isComplete false if the WAL ends, or is cut off, within the piece
 * @param cut the record that was cut off; null if none was
 * @param first the first record; {@link #NONE} if none begins here
 * @param firstPrev what the first record says is the one before it
 * @param last the last record
 */
public record WalPiece(
    long end,
    BlockChanges changes,
    boolean isMinimal,
    boolean isComplete,
    @Nullable TruncatedWalException cut,
    long first,
    long firstPrev,
    long last) {
  static final long NONE = -1;

  boolean isEmpty() {
    return first == NONE;
  }
}
