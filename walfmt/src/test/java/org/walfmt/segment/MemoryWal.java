package org.walfmt.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.record.RecordCrc;
import org.walfmt.record.RecordHeader;

/** Segments in memory: written by an encoder, damaged by a test, read by a reader. */
public final class MemoryWal implements SegmentSink, SegmentSource {
  private final SegmentSize size;
  private final SortedMap<Long, ByteBuffer> segments = new TreeMap<>();
  private int mostPerRead = Integer.MAX_VALUE;
  private int ended;

  public MemoryWal(SegmentSize size) {
    this.size = size;
  }

  /** From now on a read gives at most so many bytes. */
  public MemoryWal mostPerRead(int bytes) {
    mostPerRead = bytes;
    return this;
  }

  @Override
  public void begin(long number) {
    segments.put(number, ByteBuffer.allocate(size.bytes()).order(ByteOrder.LITTLE_ENDIAN));
  }

  @Override
  public void write(ByteBuffer pages) {
    segment(segments.lastKey()).put(pages);
  }

  @Override
  public void end() {
    segment(segments.lastKey()).flip();
    ended++;
  }

  /** Segments that the encoder said were complete. */
  public int ended() {
    return ended;
  }

  public SortedMap<Long, ByteBuffer> segments() {
    return segments;
  }

  /** The segment with the byte at {@code lsn}; absolute access, or the limit to cut it. */
  public ByteBuffer segment(Lsn lsn) {
    return segment(size.segmentNumber(lsn));
  }

  private ByteBuffer segment(long number) {
    return Objects.requireNonNull(segments.get(number));
  }

  /** A segment of zeros, as far as none is there. */
  public MemoryWal zeroSegment(long number) {
    segments.computeIfAbsent(
        number, n -> ByteBuffer.allocate(size.bytes()).order(ByteOrder.LITTLE_ENDIAN));
    return this;
  }

  public byte get(Lsn lsn) {
    return segment(lsn).get(size.offset(lsn));
  }

  public MemoryWal put(Lsn lsn, int value) {
    segment(lsn).put(size.offset(lsn), (byte) value);
    return this;
  }

  public MemoryWal putShort(Lsn lsn, int value) {
    segment(lsn).putShort(size.offset(lsn), (short) value);
    return this;
  }

  public MemoryWal putInt(Lsn lsn, int value) {
    segment(lsn).putInt(size.offset(lsn), value);
    return this;
  }

  public MemoryWal putLong(Lsn lsn, long value) {
    segment(lsn).putLong(size.offset(lsn), value);
    return this;
  }

  public MemoryWal put(Lsn lsn, byte[] bytes) {
    segment(lsn).put(size.offset(lsn), bytes);
    return this;
  }

  public MemoryWal fill(Lsn from, int length, int value) {
    for (int i = 0; i < length; i++) {
      put(from.plus(i), value);
    }
    return this;
  }

  public byte[] bytes(Lsn from, int length) {
    byte[] bytes = new byte[length];
    segment(from).get(size.offset(from), bytes);
    return bytes;
  }

  /** Makes the CRC right again of a record that lies on one page. */
  public MemoryWal mendCrc(Lsn record) {
    ByteBuffer segment = segment(record).duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int offset = size.offset(record);
    int length = (int) RecordHeader.totalLength(segment, offset);
    RecordHeader.putCrc(segment, offset, new RecordCrc().compute(segment, offset, length));
    return this;
  }

  @Override
  public Optional<SegmentInput> open(long number) {
    return Optional.ofNullable(segments.get(number)).map(Input::new);
  }

  @Override
  public String name(long number) {
    return new SegmentName(new TimelineId(1), number, size).toString();
  }

  private final class Input implements SegmentInput {
    private final ByteBuffer bytes;

    Input(ByteBuffer segment) {
      bytes = segment.duplicate().position(0);
    }

    @Override
    public void seek(long offset) {
      bytes.position((int) Math.min(offset, bytes.limit()));
    }

    @Override
    public int read(ByteBuffer room) {
      int count = Math.min(mostPerRead, Math.min(room.remaining(), bytes.remaining()));
      if (count == 0) {
        return -1;
      }
      room.put(bytes.duplicate().limit(bytes.position() + count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public void close() {}
  }
}
