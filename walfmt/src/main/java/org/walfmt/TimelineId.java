package org.walfmt;

import java.time.Duration;
import java.time.Instant;

/**
 * A timeline number: {@code TimeLineID} in PostgreSQL, unsigned 32 bits, kept in the bits of an
 * {@code int}. Real timelines count up from 1; those of series begin at {@link #FIRST_OF_SERIES}.
 */
public record TimelineId(int bits) implements Comparable<TimelineId> {
  /** The lowest timeline of a series; only file names carry one (rule NAME-2). */
  public static final TimelineId FIRST_OF_SERIES = new TimelineId(0x80000000);

  private static final Instant SERIES_EPOCH = Instant.parse("2020-01-01T00:00:00Z");

  /** The timeline numbered {@code number}, 0 to 2^32 - 1. */
  public static TimelineId of(long number) {
    if (number < 0 || number > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("timeline " + number + " is out of range");
    }
    return new TimelineId((int) number);
  }

  /** The timeline of a series begun at {@code time}: seconds since 2020 (rule NAME-2). */
  public static TimelineId ofSeriesAt(Instant time) {
    return of(FIRST_OF_SERIES.number() + Duration.between(SERIES_EPOCH, time).toSeconds());
  }

  /** When the series of this timeline was begun, or shortly before. */
  public Instant seriesTime() {
    return SERIES_EPOCH.plusSeconds(number() - FIRST_OF_SERIES.number());
  }

  /** The number, 0 to 2^32 - 1. */
  public long number() {
    return Integer.toUnsignedLong(bits);
  }

  /** Whether file names with this timeline belong to a series. */
  public boolean isOfSeries() {
    return bits < 0;
  }

  /** Eight hexadecimal digits, as in file names. */
  public String toHex() {
    return Hex.eightDigits(bits);
  }

  @Override
  public int compareTo(TimelineId other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return Integer.toUnsignedString(bits);
  }
}
