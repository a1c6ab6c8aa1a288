package org.walfmt.writer.summaries;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.TruncatedWalException;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/** Finds where records begin and end. */
final class RecordSearch {
  private static final int PAGE = XLogPageHeader.PAGE_SIZE;

  private RecordSearch() {}

  /**
   * The first record that begins at or after {@code lsn}, as {@link #beforePageHeader}; empty if
   * the WAL ends before.
   */
  static Optional<Lsn> firstFrom(SegmentSource wal, StreamIdentity identity, Lsn lsn)
      throws IOException {
    Lsn page = new Lsn(lsn.value() & -PAGE);
    try (WalReader reader = new WalReader(wal, identity, page, false, WalReader.MIN_KEEP)) {
      while (reader.next()) {
        if (Long.compareUnsigned(reader.lsn(), lsn.value()) >= 0) {
          return Optional.of(beforePageHeader(new Lsn(reader.lsn()), identity.segmentSize()));
        }
      }
    } catch (TruncatedWalException e) {
      return Optional.empty(); // the last record is not all there
    }
    return Optional.empty();
  }

  /** Where a record that follows one which ends at {@code end} begins: past a page's header. */
  static Lsn afterPageHeader(Lsn end, SegmentSize size) {
    return end.value() % PAGE == 0 ? end.plus(XLogPageHeader.length(end, size)) : end;
  }

  /**
   * The same position before the header of its page, if it is just behind that: where the record
   * before ends, and where the timeline would change.
   */
  static Lsn beforePageHeader(Lsn record, SegmentSize size) {
    Lsn page = new Lsn(record.value() & -PAGE);
    return afterPageHeader(page, size).equals(record) ? page : record;
  }

  /**
   * Where the record that should begin at {@code lsn} ends, by its length alone, which need not be
   * true; {@code lsn} itself if there are only zeros, or what was written before the segment was
   * recycled.
   */
  static Lsn claimedEnd(SegmentSource wal, StreamIdentity identity, Lsn lsn) throws IOException {
    SegmentSize size = identity.segmentSize();
    long start = lsn.value() & -PAGE;
    Optional<ByteBuffer> read = page(wal, size, new Lsn(start));
    if (read.isEmpty() || XLogPageHeader.pageAddress(read.get(), 0) != start) {
      return lsn;
    }
    ByteBuffer page = read.get();
    long left = RecordHeader.totalLength(page, (int) (lsn.value() - start));
    long at = lsn.value();
    while (left > 0) {
      long piece = Math.min(left, PAGE - at % PAGE);
      left -= piece;
      at += piece;
      at = left > 0 ? afterPageHeader(new Lsn(at), size).value() : at;
    }
    return new Lsn(at);
  }

  /** Whether a record begun before fills all of a segment. */
  static boolean isWithinRecord(SegmentSource wal, StreamIdentity identity, long number)
      throws IOException {
    SegmentSize size = identity.segmentSize();
    Optional<ByteBuffer> page = page(wal, size, size.start(number));
    return page.isPresent()
        && XLogPageHeader.magic(page.get(), 0) == identity.version().walMagic()
        && XLogPageHeader.pageAddress(page.get(), 0) == size.start(number).value()
        && (XLogPageHeader.info(page.get(), 0) & XLogPageHeader.FIRST_IS_CONTRECORD) != 0
        && XLogPageHeader.remainingLength(page.get(), 0) >= size.bytes();
  }

  private static Optional<ByteBuffer> page(SegmentSource wal, SegmentSize size, Lsn start)
      throws IOException {
    Optional<SegmentInput> opened = wal.open(size.segmentNumber(start));
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
    try (SegmentInput input = opened.get()) {
      input.seek(size.offset(start));
      int count = 0;
      while (page.hasRemaining() && count >= 0) {
        count = input.read(page);
      }
    }
    return page.hasRemaining() ? Optional.empty() : Optional.of(page);
  }
}
