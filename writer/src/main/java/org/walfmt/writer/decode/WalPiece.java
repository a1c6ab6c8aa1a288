package org.walfmt.writer.decode;

import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalPosition;
import org.walfmt.summary.BlockChanges;

/**
 * What the records that begin in one piece of the WAL changed. All positions are LSNs.
 *
 * @param end where the next record begins, or would
 * @param minimal the first record that told of {@code wal_level=minimal}; null if none did
 * @param customManagers ids of extensions' resource managers, each with its first record
 * @param isComplete false if the WAL ends, or is cut off, within the piece
 * @param cut the record that was cut off; null if none was
 * @param first the first record; {@link #NONE} if none begins here
 * @param firstPrev what the first record says is the one before it; if none begins here, what the
 *     one behind the piece says, or {@link #NONE} if that was not read
 * @param last the last record
 */
public record WalPiece(
    long end,
    BlockChanges changes,
    @Nullable WalPosition minimal,
    SortedMap<Integer, WalPosition> customManagers,
    boolean isComplete,
    @Nullable TruncatedWalException cut,
    long first,
    long firstPrev,
    long last) {
  static final long NONE = -1;

  /** Whether a record told of {@code wal_level=minimal}. */
  public boolean isMinimal() {
    return minimal != null;
  }

  /** The last record; empty if none begins here. */
  public Optional<Lsn> lastRecord() {
    return isEmpty() ? Optional.empty() : Optional.of(new Lsn(last));
  }

  boolean isEmpty() {
    return first == NONE;
  }
}
