package org.walfmt.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * From where on a number is a warning, and from where on critical: written {@code CRITICAL} or
 * {@code WARNING,CRITICAL}.
 */
record Threshold(OptionalLong warning, long critical) {
  /** The state of a value, which may be just the threshold. */
  PluginState of(long value) {
    if (value > critical) {
      return PluginState.CRITICAL;
    }
    return warning.isPresent() && value > warning.getAsLong()
        ? PluginState.WARNING
        : PluginState.OK;
  }

  /** As performance data have it: {@code ;WARNING;CRITICAL}. */
  static String text(Optional<Threshold> threshold) {
    if (threshold.isEmpty()) {
      return ";;";
    }
    OptionalLong warning = threshold.get().warning();
    return ";"
        + (warning.isPresent() ? warning.getAsLong() : "")
        + ";"
        + threshold.get().critical();
  }

  private static Threshold parse(String text, ToLongFunction<String> number) {
    String[] parts = text.split(",", -1);
    if (parts.length > 2) {
      throw new TypeConversionException("\"" + text + "\" is not CRITICAL or WARNING,CRITICAL");
    }
    long critical = number.applyAsLong(parts[parts.length - 1]);
    if (parts.length == 1) {
      return new Threshold(OptionalLong.empty(), critical);
    }
    long warning = number.applyAsLong(parts[0]);
    if (warning > critical) {
      throw new TypeConversionException(
          "\"" + text + "\" warns only when it is critical: expected WARNING,CRITICAL");
    }
    return new Threshold(OptionalLong.of(warning), critical);
  }

  /** Seconds, from time spans such as {@code 26h} or {@code 26h,50h}. */
  static final class OfTime implements ITypeConverter<Threshold> {
    @Override
    public Threshold convert(String text) {
      return parse(text, each -> seconds(each).toSeconds());
    }

    private static Duration seconds(String text) {
      return new DurationConverter().convert(text);
    }
  }

  /** Numbers, such as {@code 20} or {@code 10,20}. */
  static final class OfCount implements ITypeConverter<Threshold> {
    private static final String NUMBER = "\\d{1,9}";

    @Override
    public Threshold convert(String text) {
      return parse(text, OfCount::number);
    }

    private static long number(String text) {
      if (!text.matches(NUMBER)) {
        throw new TypeConversionException("\"" + text + "\" is no number");
      }
      return Long.parseLong(text);
    }
  }
}
