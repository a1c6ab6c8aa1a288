package org.walfmt.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A rate as pg_basebackup takes it: kB a second, or with a unit {@code k} or {@code M}. */
final class RateConverter implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([kM]?)");
  private static final long KILO = 1 << 10;
  private static final long MEGA = 1 << 20;
  private static final long MIN = 32 * KILO;

  @Override
  public Long convert(String text) {
    Matcher rate = FORM.matcher(text);
    if (!rate.matches()) {
      throw new TypeConversionException("\"" + text + "\" is no rate, such as 32M or 500k");
    }
    long bytes = Long.parseLong(rate.group(1)) * (rate.group(2).equals("M") ? MEGA : KILO);
    if (bytes < MIN) {
      throw new TypeConversionException("\"" + text + "\" is less than 32k");
    }
    return bytes;
  }
}
