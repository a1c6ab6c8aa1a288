package org.walfmt.writer.decode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalPosition;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.RecordChanges;

/** Decodes the records that begin in one piece of the WAL. Serves one piece. */
final class PieceDecoder {
  /** Transaction records are needed whole; a million removed relations take 12 MB. */
  private static final int KEPT = 16 << 20;

  private final SegmentSource wal;
  private final StreamIdentity identity;
  private final BlockChanges changes = BlockChanges.ofPart();
  private final RecordChanges records;
  private final DecodedRecord decoded;
  private long first = WalPiece.NONE;
  private long firstPrev = WalPiece.NONE;
  private long last = WalPiece.NONE;
  private long next;
  private @Nullable TruncatedWalException cut;

  PieceDecoder(SegmentSource wal, StreamIdentity identity, boolean forMainForks) {
    this.wal = wal;
    this.identity = identity;
    this.records = new RecordChanges(identity.version(), changes, forMainForks);
    this.decoded = new DecodedRecord(identity.version());
  }

  /**
   * Reads the records that begin from {@code start} on and below {@code end}.
   *
   * @param start LSN of a record, or of a page to begin with the first record on it or later
   * @param mustEndAt whether a record must begin at {@code end}, which is looked at
   */
  WalPiece decode(long start, long end, boolean mustEndAt) throws IOException {
    if (!mustEndAt && isWithinRecord(start, end)) {
      return piece(start, true);
    }
    next = start;
    try (WalReader reader = new WalReader(wal, identity, new Lsn(start), false, KEPT)) {
      Supplier<WalPosition> where = reader::where;
      while (mustEndAt || Long.compareUnsigned(next, end) < 0) {
        if (!read(reader, start)) {
          return piece(next, false);
        }
        if (Long.compareUnsigned(reader.lsn(), end) >= 0) {
          requireRecord(reader, end, mustEndAt);
          if (first == WalPiece.NONE) {
            firstPrev = RecordHeader.prev(reader.buffer(), reader.offset());
          }
          return piece(reader.lsn(), true);
        }
        add(reader, where);
      }
    }
    return piece(next, true);
  }

  private WalPiece piece(long at, boolean isComplete) {
    return new WalPiece(
        at,
        changes,
        records.minimalWalLevel(),
        records.customManagers(),
        isComplete,
        cut,
        first,
        firstPrev,
        last);
  }

  /** A record that fills the piece need not be read for that: the piece where it begins has it. */
  private boolean isWithinRecord(long start, long end) throws IOException {
    if (start % XLogPageHeader.PAGE_SIZE != 0) {
      return false;
    }
    Lsn at = new Lsn(start);
    ByteBuffer header =
        ByteBuffer.allocate(XLogPageHeader.SHORT_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    Optional<SegmentInput> opened = wal.open(identity.segmentSize().segmentNumber(at));
    if (opened.isEmpty()) {
      return false;
    }
    try (SegmentInput input = opened.get()) {
      input.seek(identity.segmentSize().offset(at));
      int count = 0;
      while (header.hasRemaining() && count >= 0) {
        count = input.read(header);
      }
    }
    return !header.hasRemaining()
        && XLogPageHeader.magic(header, 0) == identity.version().walMagic()
        && XLogPageHeader.pageAddress(header, 0) == start
        && (XLogPageHeader.info(header, 0) & XLogPageHeader.FIRST_IS_CONTRECORD) != 0
        && XLogPageHeader.remainingLength(header, 0) >= end - start;
  }

  private boolean read(WalReader reader, long start) throws IOException {
    try {
      if (reader.next()) {
        return true;
      }
      requireNotPassed(start, "there is none " + reader.whereNext());
    } catch (TruncatedWalException e) {
      requireNotPassed(start, String.valueOf(e.getMessage()));
      cut = e;
    } catch (CorruptWalException e) {
      requireNotPassed(start, String.valueOf(e.getMessage()));
      throw e;
    }
    return false;
  }

  /** Where the first record cannot be read, another history goes around it. */
  private void requireNotPassed(long start, String found) throws IOException {
    if (first == WalPiece.NONE
        && start % XLogPageHeader.PAGE_SIZE != 0
        && RecordChain.passes(wal, identity, new Lsn(start))) {
      throw RecordChain.noRecordAt(new Lsn(start), found);
    }
  }

  private static void requireRecord(WalReader reader, long end, boolean mustEndAt)
      throws CorruptWalException {
    if (mustEndAt && reader.lsn() != end) {
      throw new CorruptWalException(
          "no record begins at " + new Lsn(end) + ", where the range of WAL ends", reader.where());
    }
  }

  private void add(WalReader reader, Supplier<WalPosition> where) throws IOException {
    if (first == WalPiece.NONE) {
      first = reader.lsn();
      firstPrev = RecordHeader.prev(reader.buffer(), reader.offset());
    }
    last = reader.lsn();
    decoded.decode(
        reader.buffer(), reader.offset(), reader.totalLength(), reader.keptLength(), where);
    records.add(
        reader.buffer(),
        decoded,
        reader.rmid(),
        reader.info(),
        reader.keptLength() == reader.totalLength(),
        where);
    next = afterPageHeader(reader.endLsn());
  }

  /** Where the next record begins if the WAL goes on in the normal way. */
  private long afterPageHeader(long position) {
    return position % XLogPageHeader.PAGE_SIZE == 0
        ? position + XLogPageHeader.length(position, identity.segmentSize())
        : position;
  }
}
