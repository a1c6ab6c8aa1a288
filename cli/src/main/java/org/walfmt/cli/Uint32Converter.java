package org.walfmt.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of 32 bits, unsigned: a block number, a transaction id. */
final class Uint32Converter implements ITypeConverter<Long> {
  private static final long MAX = 0xFFFF_FFFFL;

  @Override
  public Long convert(String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= MAX) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw invalid(text);
    }
    throw invalid(text);
  }

  private static TypeConversionException invalid(String text) {
    return new TypeConversionException("\"" + text + "\" is no number from 0 to " + MAX);
  }
}
