package org.walfmt.cli.dump;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.SegmentSize;
import org.walfmt.TruncatedWalException;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEnd;
import org.walfmt.segment.WalReader;

/** A walk over a range of WAL that hands the records which a filter accepts to a sink. */
public final class WalDump {
  /** Bytes of a record that are kept: enough for all that is printed. */
  private static final int KEEP_LIMIT = 1 << 20;

  private final WalRange range;
  private final RecordFilter filter;
  private final long limit;
  private Lsn firstRecord = Lsn.INVALID;
  private Lsn lastEnd = Lsn.INVALID;

  /**
   * What to walk over.
   *
   * @param start the first record is the first one that starts here or later
   * @param end records that reach beyond it are left out; empty to go on to the end of the WAL
   */
  public record WalRange(
      SegmentSource source, StreamIdentity identity, Lsn start, Optional<Lsn> end) {}

  /**
   * @param limit records to hand out at most
   */
  public WalDump(WalRange range, RecordFilter filter, long limit) {
    this.range = range;
    this.filter = filter;
    this.limit = limit;
  }

  /** Segments up to the end of the range; remembers whether more were asked for. */
  private static final class Bounded implements SegmentSource {
    private final SegmentSource source;
    private final Optional<Long> last;
    private boolean passedEnd;

    Bounded(WalRange range) {
      SegmentSize size = range.identity().segmentSize();
      source = range.source();
      last = range.end().map(size::segmentNumberBefore);
    }

    @Override
    public Optional<SegmentInput> open(long number) throws IOException {
      passedEnd = last.isPresent() && number > last.get();
      return passedEnd ? Optional.empty() : source.open(number);
    }

    @Override
    public String name(long number) {
      return source.name(number);
    }
  }

  /**
   * Walks to the end of the range.
   *
   * @return what the walk ended at, if that is not the end of the range
   */
  public Optional<String> run(RecordSink sink) throws IOException {
    Bounded source = new Bounded(range);
    Lsn page = new Lsn(range.start().value() & -XLogPageHeader.PAGE_SIZE);
    DecodedRecord record = new DecodedRecord(range.identity().version());
    long shown = 0;
    try (WalReader wal = new WalReader(source, range.identity(), page, false, KEEP_LIMIT)) {
      while (shown < limit) {
        if (isAtEnd(wal) || !next(wal, source)) {
          return source.passedEnd ? Optional.empty() : endOfWal(wal);
        }
        Lsn lsn = new Lsn(wal.lsn());
        if (lsn.isBefore(range.start())) {
          continue;
        }
        if (range.end().isPresent() && endOf(wal).isAfter(range.end().get())) {
          return Optional.empty();
        }
        record.decode(wal.buffer(), wal.offset(), wal.totalLength(), wal.keptLength(), wal.where());
        if (!firstRecord.isValid()) {
          firstRecord = lsn;
        }
        lastEnd = new Lsn(wal.endLsn());
        if (filter.accepts(wal, record)) {
          sink.record(wal, record);
          shown++;
        }
      }
      return Optional.empty();
    }
  }

  private boolean isAtEnd(WalReader wal) {
    return range.end().isPresent() && !wal.position().isBefore(range.end().get());
  }

  /** Goes to the next record; one that reaches beyond the end of the range is none. */
  private static boolean next(WalReader wal, Bounded source) throws IOException {
    try {
      return wal.next();
    } catch (TruncatedWalException e) {
      if (source.passedEnd) {
        return false;
      }
      throw e;
    }
  }

  /** End of the record's own bytes, without alignment or, after a switch, the segment's rest. */
  private static Lsn endOf(WalReader wal) {
    boolean isSwitch =
        wal.rmid() == Rmgr.XLOG && (wal.info() & RecordHeader.RMGR_INFO_MASK) == Rmgr.XLOG_SWITCH;
    if (isSwitch) {
      return new Lsn(wal.lsn() + RecordHeader.LENGTH);
    }
    return new Lsn(wal.endLsn() - (-wal.totalLength() & (RecordHeader.ALIGNMENT - 1)));
  }

  private Optional<String> endOfWal(WalReader wal) throws IOException {
    Lsn at = wal.position();
    if (isAtEnd(wal) || wal.end() == null) {
      return Optional.empty();
    }
    if (wal.end() == WalEnd.NO_SEGMENT && range.end().isPresent()) {
      long number = range.identity().segmentSize().segmentNumber(at);
      throw new RefusedException(
          RefusedException.Reason.INCOMPLETE,
          "WAL segment \"" + range.source().name(number) + "\" is missing");
    }
    return Optional.of("end of WAL at " + at + ": " + wal.end().description());
  }

  /** LSN of the first record of the range; 0/0 if there is none. */
  public Lsn firstRecord() {
    return firstRecord;
  }

  /** Where the last record of the range ends; 0/0 if there is none. */
  public Lsn lastEnd() {
    return lastEnd;
  }
}
