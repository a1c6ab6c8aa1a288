package org.walfmt.cli;

import org.walfmt.TimelineId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A timeline in decimal or, after {@code 0x}, in hexadecimal digits, as pg_waldump reads it. A zero
 * before other digits is refused: it would make an octal number of them.
 */
final class TimelineConverter implements ITypeConverter<TimelineId> {
  @Override
  public TimelineId convert(String text) {
    try {
      long number = Long.decode(text);
      if (number > 0 && !text.matches("0[0-9].*")) {
        return TimelineId.of(number);
      }
    } catch (IllegalArgumentException e) {
      throw invalid(text);
    }
    throw invalid(text);
  }

  private static TypeConversionException invalid(String text) {
    return new TypeConversionException("\"" + text + "\" is no timeline");
  }
}
