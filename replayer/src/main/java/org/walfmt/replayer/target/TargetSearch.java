package org.walfmt.replayer.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEnd;
import org.walfmt.segment.WalReader;
import org.walfmt.summary.TransactionRecord;

/**
 * Looks through the ordinary WAL of an archive for the record at which recovery will stop: the end
 * of a transaction, or a restore point. Record by record, in memory that does not grow with the
 * WAL.
 *
 * <p>Source: {@code recoveryStopsBefore} and {@code recoveryStopsAfter} in {@code xlogrecovery.c},
 * of which a standby's and a restored server's recovery are the same.
 */
final class TargetSearch {
  /** The end of a transaction with four million subtransactions. */
  private static final int LONGEST_RECORD = 16 << 20;

  /** Bytes between two words about how far the search is. */
  private static final long STEP = 4 << 20;

  /** What is looked for. */
  interface Wanted {
    /** Whether recovery stops before or after this record. */
    boolean isAt(WalReader wal, DecodedRecord record) throws CorruptWalException;
  }

  /**
   * What became of a search.
   *
   * @param found where the record begins
   * @param end where the WAL ended, if it did before the range's end
   * @param reason why it ended
   */
  record Outcome(Optional<Lsn> found, Optional<Lsn> end, String reason) {}

  private final Archive archive;
  private final TimelineHistory history;
  private final StreamIdentity identity;
  private final Monitor monitor;
  private final DecodedRecord record;

  /**
   * @param history along which recovery will go
   */
  TargetSearch(Archive archive, TimelineHistory history, StreamIdentity identity, Monitor monitor) {
    this.archive = archive;
    this.history = history;
    this.identity = identity;
    this.monitor = monitor;
    this.record = new DecodedRecord(identity.version());
  }

  /** The end of a transaction, committed or not. */
  static Wanted transaction(long xid, PgVersion version) {
    return (wal, record) -> {
      if (wal.rmid() != TransactionRecord.RMGR) {
        return false;
      }
      TransactionRecord transaction =
          new TransactionRecord(
              wal.buffer(), record.mainOffset(), record.keptMainLength(), wal.info());
      return transaction.ends()
          && transaction.xid(RecordHeader.xid(wal.buffer(), wal.offset()), version, wal::where)
              == xid;
    };
  }

  /** A restore point: {@code xl_restore_point}, a time and a name that zeros fill up. */
  static Wanted restorePoint(String name) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    return (wal, record) ->
        wal.rmid() == Rmgr.XLOG
            && (wal.info() & RecordHeader.RMGR_INFO_MASK) == Rmgr.XLOG_RESTORE_POINT
            && record.keptMainLength() > Long.BYTES + wanted.length
            && ByteBuffer.wrap(wanted)
                .equals(wal.buffer().slice(record.mainOffset() + Long.BYTES, wanted.length))
            && wal.buffer().get(record.mainOffset() + Long.BYTES + wanted.length) == 0;
  }

  /**
   * The first record that is wanted, of those that begin from {@code from} on and before {@code
   * to}.
   *
   * @param from LSN of a record
   * @param to empty for the end of the archived WAL
   */
  Outcome first(Wanted wanted, Lsn from, Optional<Lsn> to) throws IOException {
    monitor.phase(
        "search from " + from + " on", to.map(end -> end.value() - from.value()).orElse(0L));
    long told = from.value();
    try (WalReader wal =
        new WalReader(
            new ArchivedWal(archive, history, identity.segmentSize()),
            identity,
            from,
            false,
            LONGEST_RECORD)) {
      while (next(wal)) {
        if (to.isPresent() && !new Lsn(wal.lsn()).isBefore(to.get())) {
          return new Outcome(Optional.empty(), Optional.empty(), "");
        }
        record.decode(wal.buffer(), wal.offset(), wal.totalLength(), wal.keptLength(), wal::where);
        if (wanted.isAt(wal, record)) {
          return new Outcome(Optional.of(new Lsn(wal.lsn())), Optional.empty(), "");
        }
        if (wal.lsn() - told >= STEP) {
          monitor.advance(wal.lsn() - told);
          told = wal.lsn();
        }
      }
      return new Outcome(Optional.empty(), Optional.of(wal.position()), reason(wal));
    } catch (CorruptWalException e) { // recovery comes no further either
      return new Outcome(Optional.empty(), Optional.of(from), String.valueOf(e.getMessage()));
    }
  }

  private static boolean next(WalReader wal) throws IOException {
    try {
      return wal.next();
    } catch (TruncatedWalException e) { // the server has not archived the rest yet
      return false;
    }
  }

  private static String reason(WalReader wal) {
    WalEnd end = wal.end();
    return end == null ? "a record that is cut off" : end.description();
  }
}
