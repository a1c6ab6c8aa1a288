package org.walfmt.replayer.target;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The times of {@code recovery_target_time} that mean the same to every server: an ISO date, a time
 * of day if wanted, and an offset from UTC or the name of a region. The server itself reads much
 * more, by its own settings.
 */
final class TargetTime {
  private static final Pattern FORM =
      Pattern.compile(
          "(\\d{4}-\\d{2}-\\d{2})(?:[ T](\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?))?\\s*(.*)");

  private static final Pattern OFFSET =
      Pattern.compile("([+-])(\\d{1,2})(?::?(\\d{2}))?(?::(\\d{2}))?");

  private static final Pattern REGION = Pattern.compile("[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+");

  private TargetTime() {}

  /** The time that {@code text} means everywhere; empty if the server's settings decide. */
  static Optional<Instant> parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      LocalDate date = LocalDate.parse(matcher.group(1));
      LocalTime time =
          matcher.group(2) == null ? LocalTime.MIDNIGHT : LocalTime.parse(matcher.group(2));
      return zone(matcher.group(3))
          .map(zone -> LocalDateTime.of(date, time).atZone(zone).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<ZoneId> zone(String text) {
    if (text.matches("(?i)z|utc|gmt|zulu")) {
      return Optional.of(ZoneOffset.UTC);
    } else if (REGION.matcher(text).matches()) {
      return Optional.of(ZoneId.of(text));
    }
    Matcher offset = OFFSET.matcher(text);
    if (!offset.matches()) {
      return Optional.empty();
    }
    int sign = offset.group(1).equals("-") ? -1 : 1;
    return Optional.of(
        ZoneOffset.ofHoursMinutesSeconds(
            sign * number(offset, 2), sign * number(offset, 3), sign * number(offset, 4)));
  }

  private static int number(Matcher matcher, int group) {
    String digits = matcher.group(group);
    return digits == null ? 0 : Integer.parseInt(digits);
  }
}
