package org.walfmt.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;

/** A stream of records with random bodies, and what is known of them without a reader. */
final class TestStream {
  static final int MIB = 1 << 20;
  static final int PAGE = 8192;

  /** A record that was written. */
  record Written(Lsn lsn, Lsn end, ByteBuffer body) {
    int totalLength() {
      return RecordHeader.LENGTH + body.capacity();
    }
  }

  final StreamIdentity identity;
  final MemoryWal wal;
  final List<Written> records = new ArrayList<>();
  private final WalEncoder encoder;
  private final Random random;

  TestStream(int segmentSize, long firstSegment, long seed) {
    identity = new StreamIdentity(PgVersion.V16, new SegmentSize(segmentSize), 42);
    wal = new MemoryWal(identity.segmentSize());
    encoder = new WalEncoder(identity, new TimelineId(3), firstSegment, wal);
    random = new Random(seed);
  }

  /** Appends a record of {@code totalLength} bytes; returns its LSN. */
  Lsn append(int totalLength) throws IOException {
    return append(totalLength, Rmgr.XLOG, 0x30);
  }

  Lsn append(int totalLength, int rmid, int info) throws IOException {
    byte[] body = new byte[totalLength - RecordHeader.LENGTH];
    random.nextBytes(body);
    ByteBuffer record = ByteBuffer.allocate(totalLength + 8).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.write(record, 8, totalLength, rmid, info);
    record.put(8 + RecordHeader.LENGTH, body);
    Lsn lsn = next();
    long found = encoder.append(record, 8, totalLength);
    if (found != lsn.value()) {
      throw new AssertionError("record at " + new Lsn(found) + ", announced for " + lsn);
    }
    records.add(new Written(lsn, endOf(lsn, totalLength), ByteBuffer.wrap(body)));
    return lsn;
  }

  /** Where a record ends, by the rules RECORD-1 and RECORD-2 and nothing else. */
  private Lsn endOf(Lsn lsn, int totalLength) {
    long at = lsn.value();
    int left = totalLength;
    while (true) {
      int room = PAGE - (int) (at % PAGE);
      if (left <= room) {
        return new Lsn((at + left + 7) / 8 * 8);
      }
      left -= room;
      at += room;
      at += at % identity.segmentSize().bytes() == 0 ? 40 : 24;
    }
  }

  /** Appends one record so that {@code room} bytes, a multiple of 8, are left on its last page. */
  Lsn appendLeavingOnPage(int room) throws IOException {
    int left = PAGE - (int) (next().value() % PAGE);
    return append(
        left - room >= RecordHeader.LENGTH ? left - room : left + bodyOfNextPage() - room);
  }

  private int bodyOfNextPage() {
    long page = (next().value() + PAGE - 1) / PAGE * PAGE;
    return PAGE - (page % identity.segmentSize().bytes() == 0 ? 40 : 24);
  }

  /** Appends one record so that {@code room} bytes are left in the segment. */
  Lsn appendLeavingInSegment(int room) throws IOException {
    int left = identity.segmentSize().bytes() - identity.segmentSize().offset(next());
    return append(left - room - 24 * ((left - 1) / PAGE));
  }

  Lsn next() {
    return encoder.nextRecord();
  }

  /** Ends with a switch record; returns its LSN. */
  Lsn finish() throws IOException {
    return new Lsn(encoder.finish());
  }

  /** Ends with zeros, from where the next record would be. */
  Lsn finishWithZeros() throws IOException {
    Lsn next = next();
    Lsn end = finish();
    int offset = identity.segmentSize().offset(end);
    wal.fill(end, identity.segmentSize().bytes() - offset, 0);
    int header = offset == 40 ? 40 : 24;
    if (offset % PAGE == header) {
      wal.fill(end.plus(-header), header, 0);
    }
    return next;
  }

  WalReader read() {
    return read(records.get(0).lsn());
  }

  WalReader read(Lsn start) {
    return new WalReader(wal, identity, start, false, MIB);
  }

  WalReader readStrictly(Lsn start) {
    return new WalReader(wal, identity, start, true, MIB);
  }

  /** Address of the first page. */
  Lsn start() {
    return identity.segmentSize().start(wal.segments().firstKey());
  }
}
