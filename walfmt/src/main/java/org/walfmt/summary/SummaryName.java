package org.walfmt.summary;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * Name of a summary file: timeline, start and end LSN of the WAL it sums up, 40 upper-case
 * hexadecimal digits and {@code .summary}.
 *
 * @param end exclusive: the start of the record that is not summed up any more
 */
public record SummaryName(TimelineId timeline, Lsn start, Lsn end) {
  private static final Pattern NAME =
      Pattern.compile("([0-9A-F]{8})([0-9A-F]{16})([0-9A-F]{16})\\.summary");

  /** Reads a name; empty if it is none. */
  public static Optional<SummaryName> parse(String text) {
    Matcher matcher = NAME.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Lsn start = new Lsn(Long.parseUnsignedLong(matcher.group(2), 16));
    Lsn end = new Lsn(Long.parseUnsignedLong(matcher.group(3), 16));
    return start.isBefore(end)
        ? Optional.of(
            new SummaryName(TimelineId.of(Long.parseLong(matcher.group(1), 16)), start, end))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return String.format("%s%016X%016X.summary", timeline.toHex(), start.value(), end.value());
  }
}
