package org.walfmt.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A time span as in the server's settings: a number and {@code s}, {@code min}, {@code h} or {@code
 * d}.
 */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(s|min|h|d)");

  @Override
  public Duration convert(String text) {
    Matcher span = FORM.matcher(text);
    if (!span.matches()) {
      throw new TypeConversionException("\"" + text + "\" is no time span, such as 10d or 36h");
    }
    long number = Long.parseLong(span.group(1));
    return switch (span.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
