package org.walfmt;

/**
 * A position in the WAL stream: {@code XLogRecPtr} in PostgreSQL, {@code pg_lsn} in SQL.
 *
 * <p>Counts bytes from the start of the stream. All 64 bits are unsigned: compare with {@link
 * #compareTo} or {@link #isBefore}, never with {@code <}.
 */
public record Lsn(long value) implements Comparable<Lsn> {
  /** 0/0, which is no position: {@code InvalidXLogRecPtr}. */
  public static final Lsn INVALID = new Lsn(0);

  private static final int MAX_HALF_DIGITS = 8;

  /**
   * Parses PostgreSQL's text form, two hexadecimal numbers with a slash between them.
   *
   * @throws IllegalArgumentException if {@code text} is anything else; nothing is forgiven
   */
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("invalid LSN \"" + text + "\"");
    }
    return new Lsn(half(text, 0, slash) << Integer.SIZE | half(text, slash + 1, text.length()));
  }

  private static long half(String text, int from, int to) {
    if (to == from || to - from > MAX_HALF_DIGITS) {
      throw new IllegalArgumentException("invalid LSN \"" + text + "\"");
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw new IllegalArgumentException("invalid LSN \"" + text + "\"");
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** Whether this is a position at all. */
  public boolean isValid() {
    return value != 0;
  }

  /** The position {@code bytes} further on. */
  public Lsn plus(long bytes) {
    return new Lsn(value + bytes);
  }

  /** Unsigned: whether this position lies before {@code other}. */
  public boolean isBefore(Lsn other) {
    return Long.compareUnsigned(value, other.value) < 0;
  }

  /** Unsigned: whether this position lies after {@code other}. */
  public boolean isAfter(Lsn other) {
    return Long.compareUnsigned(value, other.value) > 0;
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  /** PostgreSQL's text form, {@code %X/%X}. */
  @Override
  public String toString() {
    return Integer.toHexString((int) (value >>> Integer.SIZE)).toUpperCase(java.util.Locale.ROOT)
        + '/'
        + Integer.toHexString((int) value).toUpperCase(java.util.Locale.ROOT);
  }
}
