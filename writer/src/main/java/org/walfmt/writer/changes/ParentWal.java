package org.walfmt.writer.changes;

import java.io.IOException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.WalFormatException;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/**
 * Tells whether the parent is of the server that is connected, or of another one that went its own
 * way on a timeline of the same number: two clones of one backup that were both promoted (rule
 * CHANGE-5). The archive has the parent's WAL, {@code pg_wal} the server's: the record of the
 * parent's checkpoint, which has a time in it, must be the same in both.
 */
public final class ParentWal {
  private ParentWal() {}

  /**
   * Compares the record as far as both have it.
   *
   * @param checkpoint of the parent's start
   * @param server segments out of {@code pg_wal} alone
   * @param archive segments out of the archive alone
   * @throws RefusedException if the server's WAL is not that of the parent
   */
  public static void check(
      ParentBackup parent,
      Lsn checkpoint,
      SegmentSource server,
      SegmentSource archive,
      StreamIdentity identity)
      throws IOException {
    OptionalLong expected;
    try {
      expected = crc(archive, identity, checkpoint);
    } catch (WalFormatException e) {
      return; // verify finds that
    }
    if (expected.isEmpty()) {
      return;
    }
    OptionalLong found;
    try {
      found = crc(server, identity, checkpoint);
    } catch (WalFormatException e) {
      throw refuse(parent, String.valueOf(e.getMessage()), e);
    }
    if (found.isPresent() && !found.equals(expected)) {
      throw refuse(
          parent,
          String.format(
              "the record at %s has CRC %08X in pg_wal, %08X in the archive",
              checkpoint, found.getAsLong(), expected.getAsLong()),
          null);
    }
  }

  /** Of the record at {@code lsn}; empty if it is not there, or no longer. */
  private static OptionalLong crc(SegmentSource wal, StreamIdentity identity, Lsn lsn)
      throws IOException {
    try (WalReader reader = new WalReader(wal, identity, lsn, false, WalReader.MIN_KEEP)) {
      return reader.next() && reader.lsn() == lsn.value()
          ? OptionalLong.of(
              Integer.toUnsignedLong(RecordHeader.crc(reader.buffer(), reader.offset())))
          : OptionalLong.empty();
    } catch (RefusedException e) {
      if (e.reason() != Reason.INCOMPLETE) {
        throw e;
      }
      return OptionalLong.empty(); // the server removed it just now
    }
  }

  private static RefusedException refuse(
      ParentBackup parent, String detail, @Nullable Throwable cause) {
    RefusedException refusal =
        new RefusedException(
            Reason.MISMATCH,
            parent.description() + " is of a server with other WAL than this one's",
            detail,
            "Take a full backup, and let each server have an archive of its own.");
    if (cause != null) {
      refusal.initCause(cause);
    }
    return refusal;
  }
}
