package org.walfmt;

import java.util.Optional;

/**
 * Name of a WAL segment file: 24 upper-case hexadecimal digits, eight each for the timeline, the
 * log id and the segment within it ({@code XLogFileName}).
 *
 * @param timeline the timeline in the name
 * @param number segment number, LSN divided by segment size
 * @param size the segment size, without which a number has no name
 */
public record SegmentName(TimelineId timeline, long number, SegmentSize size) {
  /** Digits in a name. */
  public static final int LENGTH = 24;

  private static final int LOG_ID = 8;
  private static final int SEGMENT = 16;

  /** Name of the segment of {@code timeline} that holds the byte at {@code lsn}. */
  public static SegmentName of(TimelineId timeline, Lsn lsn, SegmentSize size) {
    return new SegmentName(timeline, size.segmentNumber(lsn), size);
  }

  /** Whether {@code text} has the form of a segment's name ({@code IsXLogFileName}). */
  public static boolean matches(String text) {
    return text.length() == LENGTH
        && Hex.parseEight(text, 0) >= 0
        && Hex.parseEight(text, LOG_ID) >= 0
        && Hex.parseEight(text, SEGMENT) >= 0;
  }

  /** Reads a name; empty if it is none for segments of this size. */
  public static Optional<SegmentName> parse(String text, SegmentSize size) {
    if (!matches(text)) {
      return Optional.empty();
    }
    long segment = Hex.parseEight(text, SEGMENT);
    if (segment >= size.segmentsPerLogId()) {
      return Optional.empty();
    }
    long number = Hex.parseEight(text, LOG_ID) * size.segmentsPerLogId() + segment;
    return Optional.of(new SegmentName(TimelineId.of(Hex.parseEight(text, 0)), number, size));
  }

  /** The same timeline's next segment. */
  public SegmentName next() {
    return new SegmentName(timeline, number + 1, size);
  }

  /** The same timeline's segment before; the first has none. */
  public SegmentName previous() {
    return new SegmentName(timeline, number - 1, size);
  }

  /** First position in the segment. */
  public Lsn start() {
    return size.start(number);
  }

  /** The 24 digits. */
  @Override
  public String toString() {
    return timeline.toHex()
        + Hex.eightDigits((int) (number / size.segmentsPerLogId()))
        + Hex.eightDigits((int) (number % size.segmentsPerLogId()));
  }
}
