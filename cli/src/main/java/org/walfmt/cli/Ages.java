package org.walfmt.cli;

/** Ages as people say them. */
final class Ages {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  /** From two of a unit on it is used, so that no figure is off by more than a half. */
  private static final long FROM = 2;

  private Ages() {}

  /** {@code 26 h old}. */
  static String text(long seconds) {
    if (seconds >= FROM * DAY) {
      return seconds / DAY + " d old";
    } else if (seconds >= FROM * HOUR) {
      return seconds / HOUR + " h old";
    } else if (seconds >= FROM * MINUTE) {
      return seconds / MINUTE + " min old";
    }
    return seconds + " s old";
  }
}
