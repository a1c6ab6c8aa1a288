package org.walfmt.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.WalPosition;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.RecordCrc;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;

/**
 * Walks over the records of a stream of WAL, a server's or a series', and tells three things apart:
 * the end of the WAL ({@link #next} is false), WAL that stops within a record ({@link
 * TruncatedWalException}) and damage ({@link CorruptWalException}).
 *
 * <p>The order of the checks is the server's, in {@code xlogreader.c}; no length is believed before
 * what it counts has been seen. In the strict mode, for series, page headers, alignment padding and
 * the tail after an {@code XLOG_SWITCH} must have exactly the bytes that {@link WalEncoder} writes
 * (rules RECORD-2 and SERIES-8).
 *
 * <p>A record is handed out where it lies; the buffer is good until the next call of {@link #next}.
 * Of a record longer than the keep limit only the first bytes are kept, its CRC is checked all the
 * same.
 *
 * <p>Long, since it is one state machine: its steps share where the walk is and what it has of the
 * record.
 */
public final class WalReader implements Closeable {
  /** Enough for a record's header and all its fragment headers. */
  public static final int MIN_KEEP = 1024;

  private static final int FIRST_SCRATCH = 16 << 10;

  /**
   * Readers of 13 to 15 cannot allocate more, {@code MaxAllocSize}; 16 and later write at most
   * {@code XLogRecordMaxSize}, 1020 MiB.
   */
  private static final long MAX_RECORD = (1L << 30) - 1;

  private final PageReader pages;
  private final StreamIdentity identity;
  private final boolean strict;
  private final int keepLimit;
  private final RecordCrc crc = new RecordCrc();
  private byte[] scratchBytes = new byte[FIRST_SCRATCH];
  private ByteBuffer scratch = ByteBuffer.wrap(scratchBytes).order(ByteOrder.LITTLE_ENDIAN);

  /** Where the next record is looked for. */
  private long position;

  private boolean first = true;
  private boolean isPrevKnown;
  private long lsn;
  private long end;
  private int totalLength;
  private int rmid;
  private int info;
  private int kept;
  private ByteBuffer record = scratch;
  private int recordOffset;
  private boolean recordIsOnPage;
  private @Nullable WalEnd walEnd;

  /**
   * A walk from {@code start}, the LSN of a record, or of a page to begin with the first record
   * that starts on it or later.
   *
   * @param keepLimit bytes of a record that are kept at most; at least {@link #MIN_KEEP}
   */
  public WalReader(
      SegmentSource source, StreamIdentity identity, Lsn start, boolean strict, int keepLimit) {
    this(source, identity, start, strict, keepLimit, PageReader.BUFFER_SIZE);
  }

  /**
   * The same, for many walks side by side.
   *
   * @param bufferSize bytes read at a time, a multiple of 8192
   */
  public WalReader(
      SegmentSource source,
      StreamIdentity identity,
      Lsn start,
      boolean strict,
      int keepLimit,
      int bufferSize) {
    if (keepLimit < MIN_KEEP) {
      throw new IllegalArgumentException("keep limit of " + keepLimit + " bytes");
    }
    this.pages = new PageReader(source, identity, strict, bufferSize);
    this.identity = identity;
    this.strict = strict;
    this.keepLimit = keepLimit;
    this.position = start.value();
  }

  /**
   * Goes to the next record.
   *
   * @return false at the end of the WAL, see {@link #end}
   */
  public boolean next() throws IOException {
    walEnd = null;
    if (!findStart()) {
      return false;
    }
    while (!readRecord()) {
      if (walEnd != null) {
        return false;
      }
    }
    isPrevKnown = true;
    return true;
  }

  /** Loads the page of {@link #position} and moves it past a page header. */
  private boolean findStart() throws IOException {
    if (!first) {
      return position != pageOf(position) || enterPage(position);
    }
    long page = pageOf(position);
    if (!load(page)) {
      return false;
    }
    pages.check(-1);
    if (position == page) {
      if (!skipRestOfRecord()) {
        return false;
      }
    } else {
      requireRecordStart(page);
    }
    first = false;
    return true;
  }

  /** Loads a page and tells whether the WAL goes on there; if not, sets the reason. */
  private boolean load(long page) throws IOException {
    if (!pages.load(page)) {
      walEnd = WalEnd.NO_SEGMENT;
    } else if (!strict && pages.isZero()) {
      walEnd = WalEnd.ZEROS;
    } else if (!strict && pages.isRecycled()) {
      walEnd = WalEnd.RECYCLED;
    }
    return walEnd == null;
  }

  private void requireRecordStart(long page) throws CorruptWalException {
    int header = pages.headerLength();
    boolean continues = (pages.pageInfo() & XLogPageHeader.FIRST_IS_CONTRECORD) != 0;
    if (position % RecordHeader.ALIGNMENT != 0
        || position - page < header
        || (position - page == header && continues)) {
      throw new CorruptWalException("no record begins here", pages.position(position));
    }
  }

  /** At the start of a walk: passes what is left of a record begun earlier. */
  private boolean skipRestOfRecord() throws IOException {
    while (true) {
      int room = XLogPageHeader.PAGE_SIZE - pages.headerLength();
      boolean continues = (pages.pageInfo() & XLogPageHeader.FIRST_IS_CONTRECORD) != 0;
      long rest = continues ? RecordHeader.align(pages.remainingLength()) : 0;
      if (rest < room) {
        position += pages.headerLength() + rest;
        return true;
      }
      position += XLogPageHeader.PAGE_SIZE;
      if (!load(position)) {
        return false;
      }
      pages.check(-1);
    }
  }

  /** Begins a page on which a record should start. */
  private boolean enterPage(long page) throws IOException {
    if (!load(page)) {
      return false;
    }
    pages.check(0);
    if ((pages.pageInfo() & XLogPageHeader.FIRST_IS_CONTRECORD) != 0) {
      throw new CorruptWalException(
          "page continues a record that was never begun", pages.position(page));
    }
    position = page + pages.headerLength();
    return true;
  }

  /** Reads the record at {@link #position}; false at the end, or if it was given up half-way. */
  private boolean readRecord() throws IOException {
    long start = position;
    int offset = pages.pageOffset() + (int) (start - pageOf(start));
    byte[] bytes = pages.bytes();
    long length = RecordHeader.totalLength(bytes, offset);
    if (length == 0) {
      walEnd = WalEnd.ZEROS;
      return false;
    }
    if (length < RecordHeader.LENGTH || length > MAX_RECORD) {
      throw new CorruptWalException("invalid record length " + length, pages.position(start));
    }
    int room = XLogPageHeader.PAGE_SIZE - (int) (start - pageOf(start));
    long before = isPrevKnown ? lsn : -1;
    if (length <= room) {
      checkHeader(bytes, offset, start, before);
      int found = crc.compute(bytes, offset, (int) length);
      checkCrc(found, bytes, offset, start);
      record = pages.buffer();
      recordOffset = offset;
      recordIsOnPage = true;
      kept = (int) length;
      end = start + RecordHeader.align(length);
      checkPadding(offset + (int) length);
    } else if (!assemble(start, length, before)) {
      return false;
    }
    lsn = start;
    totalLength = (int) length;
    position = end;
    if (rmid == Rmgr.XLOG && (info & RecordHeader.RMGR_INFO_MASK) == Rmgr.XLOG_SWITCH) {
      passSwitch();
    }
    return true;
  }

  /** Puts together a record that lies on several pages. */
  private boolean assemble(long start, long length, long before) throws IOException {
    int offset = pages.pageOffset() + (int) (start - pageOf(start));
    int room = XLogPageHeader.PAGE_SIZE - (int) (start - pageOf(start));
    boolean headerChecked = room >= RecordHeader.LENGTH;
    if (headerChecked) {
      checkHeader(pages.bytes(), offset, start, before);
    }
    crc.begin();
    kept = 0;
    if (length <= FIRST_SCRATCH && scratch.capacity() > FIRST_SCRATCH) {
      // Of many walks side by side, only those within a long record need long scratch.
      scratchBytes = new byte[FIRST_SCRATCH];
      scratch = ByteBuffer.wrap(scratchBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
    take(offset, room, 0);
    long done = room;
    long page = pageOf(start);
    while (done < length) {
      page += XLogPageHeader.PAGE_SIZE;
      if (!continueOn(page, length - done, start)) {
        return false;
      }
      int header = pages.headerLength();
      int piece = (int) Math.min(length - done, XLogPageHeader.PAGE_SIZE - header);
      take(pages.pageOffset() + header, piece, done);
      done += piece;
      if (!headerChecked) {
        checkHeader(scratchBytes, 0, start, before);
        headerChecked = true;
      }
      if (done == length) {
        end = page + RecordHeader.align(header + piece);
        checkPadding(pages.pageOffset() + header + piece);
      }
    }
    checkCrc(crc.finish(scratch, 0), scratchBytes, 0, start);
    record = scratch;
    recordOffset = 0;
    recordIsOnPage = false;
    return true;
  }

  /** Loads a page that must go on with the record at {@code start}; false if it was given up. */
  private boolean continueOn(long page, long missing, long start) throws IOException {
    if (!pages.load(page)) {
      throw new TruncatedWalException(
          "record at " + new Lsn(start) + " lacks its last " + missing + " bytes: no segment",
          pages.position(page));
    }
    if (pages.isZero() || (!strict && pages.isRecycled())) {
      throw new TruncatedWalException(
          "record at " + new Lsn(start) + " lacks its last " + missing + " bytes",
          pages.position(page));
    }
    pages.check(missing);
    if (!strict && (pages.pageInfo() & XLogPageHeader.FIRST_IS_OVERWRITE_CONTRECORD) != 0) {
      position = page + pages.headerLength();
      return false;
    }
    if ((pages.pageInfo() & XLogPageHeader.FIRST_IS_CONTRECORD) == 0) {
      throw new CorruptWalException(
          "page does not continue the record at " + new Lsn(start), pages.position(page));
    }
    if (pages.remainingLength() != missing) {
      throw new CorruptWalException(
          "page continues with "
              + pages.remainingLength()
              + " bytes, expected "
              + missing
              + " of the record at "
              + new Lsn(start),
          pages.position(page));
    }
    return true;
  }

  /** Keeps a piece of the record and feeds its body to the CRC. */
  private void take(int offset, int length, long done) {
    int keep = (int) Math.min(length, Math.max(0, keepLimit - done));
    if (keep > 0) {
      reserve((int) done + keep);
      scratch.put((int) done, pages.buffer(), offset, keep);
      kept = (int) done + keep;
    }
    int skip = (int) Math.max(0, Math.min(length, RecordHeader.LENGTH - done));
    if (skip < length) {
      crc.update(pages.buffer(), offset + skip, offset + length);
    }
  }

  private void reserve(int length) {
    if (scratch.capacity() < length) {
      int capacity = Math.max(length, Math.min(keepLimit, scratch.capacity() * 2));
      scratchBytes = Arrays.copyOf(scratchBytes, capacity);
      scratch = ByteBuffer.wrap(scratchBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private void checkHeader(byte[] buffer, int offset, long start, long before)
      throws CorruptWalException {
    rmid = RecordHeader.rmid(buffer, offset);
    info = RecordHeader.info(buffer, offset);
    if (!Rmgr.isValid(rmid, identity.version())) {
      throw new CorruptWalException("invalid resource manager id " + rmid, pages.position(start));
    }
    long prev = RecordHeader.prev(buffer, offset);
    boolean wrong = before >= 0 ? prev != before : Long.compareUnsigned(prev, start) >= 0;
    if (wrong) {
      throw new CorruptWalException(
          "record with incorrect prev-link "
              + new Lsn(prev)
              + (before >= 0 ? ", expected " + new Lsn(before) : ""),
          pages.position(start));
    }
  }

  private void checkCrc(int found, byte[] buffer, int offset, long start)
      throws CorruptWalException {
    int stated = RecordHeader.crc(buffer, offset);
    if (found != stated) {
      throw new CorruptWalException(
          String.format("record has CRC %08X, its bytes have %08X", stated, found),
          pages.position(start));
    }
  }

  private void checkPadding(int offset) throws CorruptWalException {
    if (!strict) {
      return;
    }
    int stop = (int) RecordHeader.align(offset);
    for (int i = offset; i < stop; i++) {
      if (pages.buffer().get(i) != 0) {
        throw new CorruptWalException(
            "padding after a record is not zero", pages.position(end - (stop - i)));
      }
    }
  }

  /** After a switch the next record is at the next segment; a series has only zeros until then. */
  private void passSwitch() throws IOException {
    int size = identity.segmentSize().bytes();
    long next = end - 1 + size & -size;
    if (strict) {
      if (recordIsOnPage) {
        reserve(totalLength);
        scratch.put(0, record, recordOffset, totalLength);
        record = scratch;
        recordOffset = 0;
        recordIsOnPage = false;
      }
      long page = pageOf(end - 1);
      int from = (int) (end - page);
      while (page < next) {
        pages.load(page);
        if (!pages.isZero(from)) {
          throw new CorruptWalException(
              "bytes after the switch record are not zero", pages.position(page + from));
        }
        page += XLogPageHeader.PAGE_SIZE;
        from = 0;
      }
    }
    end = next;
    position = next;
  }

  private static long pageOf(long lsn) {
    return lsn & -XLogPageHeader.PAGE_SIZE;
  }

  /** LSN of the record. */
  public long lsn() {
    return lsn;
  }

  /** LSN at which the record ends: what redo stores in pages. */
  public long endLsn() {
    return end;
  }

  /** The buffer that holds the record, from {@link #offset} on. */
  public ByteBuffer buffer() {
    return record;
  }

  /** Where in the buffer the record begins. */
  public int offset() {
    return recordOffset;
  }

  /** {@code xl_tot_len}. */
  public int totalLength() {
    return totalLength;
  }

  /** Bytes of the record that are in the buffer. */
  public int keptLength() {
    return kept;
  }

  /** {@code xl_rmid}. */
  public int rmid() {
    return rmid;
  }

  /** {@code xl_info}. */
  public int info() {
    return info;
  }

  /** Timeline of the page read last. */
  public TimelineId timeline() {
    return new TimelineId(pages.timelineBits());
  }

  /** Why {@link #next} was false; null while it was not. */
  public @Nullable WalEnd end() {
    return walEnd;
  }

  /** Where the walk ended, or will go on. */
  public Lsn position() {
    return new Lsn(position);
  }

  /** The place of the record, for messages. */
  public WalPosition where() {
    return pages.position(lsn);
  }

  /** The place where the walk ended, or will go on. */
  public WalPosition whereNext() {
    return pages.position(position);
  }

  @Override
  public void close() throws IOException {
    pages.close();
  }
}
