package org.walfmt.tests.vectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.SegmentSource;

/** Segments of one timeline in memory, under their names. */
final class MemorySegments implements SegmentSource, SegmentSink {
  private final TimelineId timeline;
  private final SegmentSize size;
  private final Map<String, ByteBuffer> segments;
  private String last = "";

  /** Those of a vector. */
  MemorySegments(SegmentSize size, Map<String, ByteBuffer> segments) {
    this.segments = segments;
    this.timeline = first(size, segments).timeline();
    this.size = size;
  }

  /** None yet. */
  MemorySegments(SegmentSize size, TimelineId timeline) {
    this.segments = new TreeMap<>();
    this.timeline = timeline;
    this.size = size;
  }

  static SegmentName first(SegmentSize size, Map<String, ByteBuffer> segments) {
    return SegmentName.parse(segments.keySet().iterator().next(), size).orElseThrow();
  }

  Map<String, ByteBuffer> segments() {
    return segments;
  }

  @Override
  public Optional<SegmentInput> open(long number) {
    return Optional.ofNullable(segments.get(name(number)))
        .map(bytes -> new Input(bytes.duplicate().position(0)));
  }

  @Override
  public String name(long number) {
    return new SegmentName(timeline, number, size).toString();
  }

  @Override
  public void begin(long number) {
    last = name(number);
    segments.put(last, ByteBuffer.allocate(size.bytes()).order(ByteOrder.LITTLE_ENDIAN));
  }

  @Override
  public void write(ByteBuffer pages) {
    Objects.requireNonNull(segments.get(last)).put(pages);
  }

  @Override
  public void end() {
    Objects.requireNonNull(segments.get(last)).rewind();
  }

  private record Input(ByteBuffer bytes) implements SegmentInput {
    @Override
    public void seek(long offset) {
      bytes.position((int) offset);
    }

    @Override
    public int read(ByteBuffer room) {
      int count = Math.min(room.remaining(), bytes.remaining());
      if (count == 0) {
        return -1;
      }
      room.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public void close() {}
  }
}
