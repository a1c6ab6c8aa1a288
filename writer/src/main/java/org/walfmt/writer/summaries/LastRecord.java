package org.walfmt.writer.summaries;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * Name of the empty file that tells which record is the last of a summary: timeline, end LSN of the
 * summary, LSN of the record, 40 upper-case hexadecimal digits and {@code .last}. The format of
 * summaries has no room for it, and what is summed up next must follow it.
 *
 * @param end as in the summary's name
 * @param record where the last record that begins before the end does
 */
record LastRecord(TimelineId timeline, Lsn end, Lsn record) {
  private static final Pattern NAME =
      Pattern.compile("([0-9A-F]{8})([0-9A-F]{16})([0-9A-F]{16})\\.last");

  /** Reads a name; empty if it is none. */
  static Optional<LastRecord> parse(String text) {
    Matcher matcher = NAME.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Lsn end = new Lsn(Long.parseUnsignedLong(matcher.group(2), 16));
    Lsn record = new Lsn(Long.parseUnsignedLong(matcher.group(3), 16));
    return record.isBefore(end)
        ? Optional.of(
            new LastRecord(TimelineId.of(Long.parseLong(matcher.group(1), 16)), end, record))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return String.format("%s%016X%016X.last", timeline.toHex(), end.value(), record.value());
  }
}
