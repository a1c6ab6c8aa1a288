package org.walfmt.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.RecordCrc;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;

/**
 * Lays records on pages and pages on segments: fills in each record's previous LSN and CRC, splits
 * it at page ends, writes page headers and padding. Begins at the start of a segment and ends with
 * an {@code XLOG_SWITCH}.
 *
 * <p>Hot: one call per block; writes go out in pieces of {@link #BUFFER_SIZE}.
 */
public final class WalEncoder {
  /** Bytes handed to the sink at a time; every segment size is a multiple. */
  public static final int BUFFER_SIZE = 1 << 20;

  private final StreamIdentity identity;
  private final TimelineId timeline;
  private final SegmentSink sink;
  private final RecordCrc crc = new RecordCrc();
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer small =
      ByteBuffer.allocate(RecordHeader.LENGTH).order(ByteOrder.LITTLE_ENDIAN);

  /** LSN of the next byte; the buffer's position belongs to it. */
  private long position;

  private long prev;
  private int lastCrc;

  /**
   * @param timeline for the page headers: the real one, not that of the series' file names
   * @param firstSegment number of the segment to begin with
   */
  public WalEncoder(
      StreamIdentity identity, TimelineId timeline, long firstSegment, SegmentSink sink) {
    this.identity = identity;
    this.timeline = timeline;
    this.sink = sink;
    this.position = identity.segmentSize().start(firstSegment).value();
  }

  /**
   * Appends the record of {@code totalLength} bytes at {@code offset}, whose previous LSN and CRC
   * are set here.
   *
   * @return LSN of the record
   */
  public long append(ByteBuffer record, int offset, int totalLength) throws IOException {
    if (isPageStart()) {
      startPage(0);
    }
    long lsn = position;
    RecordHeader.putPrev(record, offset, prev);
    lastCrc = crc.compute(record, offset, totalLength);
    RecordHeader.putCrc(record, offset, lastCrc);
    int done = 0;
    while (true) {
      int piece = Math.min(totalLength - done, roomOnPage());
      buffer.put(buffer.position(), record, offset + done, piece);
      advance(piece);
      done += piece;
      if (done == totalLength) {
        break;
      }
      startPage(totalLength - done);
    }
    pad((int) (RecordHeader.align(position) - position));
    prev = lsn;
    return lsn;
  }

  /** CRC of the record appended last. */
  public int lastCrc() {
    return lastCrc;
  }

  /** LSN at which the next record will begin. */
  public Lsn nextRecord() {
    return new Lsn(
        isPageStart()
            ? position + XLogPageHeader.length(position, identity.segmentSize())
            : position);
  }

  /**
   * Ends the stream: an {@code XLOG_SWITCH} and zeros to the end of its segment. A switch record
   * may not lie in two segments; where it would, an {@code XLOG_NOOP} goes before it (rule
   * SERIES-9).
   *
   * @return LSN of the switch record
   */
  public long finish() throws IOException {
    if (!isPageStart() && roomInSegment() < RecordHeader.LENGTH) {
      RecordHeader.write(small, 0, RecordHeader.LENGTH, Rmgr.XLOG, Rmgr.XLOG_NOOP);
      append(small, 0, RecordHeader.LENGTH);
    }
    RecordHeader.write(small, 0, RecordHeader.LENGTH, Rmgr.XLOG, Rmgr.XLOG_SWITCH);
    long lsn = append(small, 0, RecordHeader.LENGTH);
    while (!isSegmentStart()) {
      pad(Math.min(buffer.remaining(), roomInSegment()));
    }
    return lsn;
  }

  private void startPage(int remainingLength) throws IOException {
    if (isSegmentStart()) {
      sink.begin(identity.segmentSize().segmentNumber(new Lsn(position)));
    }
    int length =
        XLogPageHeader.write(
            buffer,
            buffer.position(),
            identity.version(),
            timeline,
            position,
            remainingLength,
            identity.segmentSize(),
            identity.systemIdentifier());
    advance(length);
  }

  private void pad(int bytes) throws IOException {
    int at = buffer.position();
    int i = 0;
    for (; i + Long.BYTES <= bytes; i += Long.BYTES) {
      buffer.putLong(at + i, 0);
    }
    for (; i < bytes; i++) {
      buffer.put(at + i, (byte) 0);
    }
    advance(bytes);
  }

  private void advance(int bytes) throws IOException {
    position += bytes;
    buffer.position(buffer.position() + bytes);
    if (!buffer.hasRemaining()) {
      buffer.flip();
      sink.write(buffer);
      buffer.clear();
      if (isSegmentStart()) {
        sink.end();
      }
    }
  }

  private int roomOnPage() {
    return XLogPageHeader.PAGE_SIZE - (int) (position & XLogPageHeader.PAGE_SIZE - 1);
  }

  private int roomInSegment() {
    int size = identity.segmentSize().bytes();
    return size - (int) (position & size - 1);
  }

  private boolean isPageStart() {
    return (position & XLogPageHeader.PAGE_SIZE - 1) == 0;
  }

  private boolean isSegmentStart() {
    return (position & identity.segmentSize().bytes() - 1) == 0;
  }
}
