package org.walfmt.cli.print;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Values as people read them. */
public final class Text {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int STEP = 1024;
  private static final int LARGE = 10 * STEP;
  private static final String UNITS = "kMGTPE";

  private Text() {}

  /** Without control characters, which could make a terminal do things; line ends are spaces. */
  public static String oneLine(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.strip()
        .codePoints()
        .map(c -> c == '\n' || c == '\t' ? ' ' : Character.isISOControl(c) ? '?' : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  /** Second precision, UTC, without saying so. */
  public static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** A number of bytes as {@code pg_size_pretty} shows it: {@code 16 MB}. */
  public static String size(long bytes) {
    if (bytes < LARGE) {
      return bytes + " bytes";
    }
    long value = bytes;
    int unit = -1;
    while (value >= LARGE && unit < UNITS.length() - 1) {
      value = value / STEP + (value % STEP >= STEP / 2 ? 1 : 0);
      unit++;
    }
    return value + " " + UNITS.charAt(unit) + "B";
  }

  /** A size that is a whole number of MB, as segments are: {@code 48 MB}. */
  public static String megabytes(long bytes) {
    return (bytes >> 20) + " MB";
  }

  /** {@code on} or {@code off}, as a setting is shown. */
  public static String onOff(boolean on) {
    return on ? "on" : "off";
  }

  /** {@code yes} or {@code no}. */
  public static String yesNo(boolean yes) {
    return yes ? "yes" : "no";
  }
}
