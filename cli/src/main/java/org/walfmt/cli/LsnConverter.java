package org.walfmt.cli;

import org.walfmt.Lsn;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 0/5000028}. */
final class LsnConverter implements ITypeConverter<Lsn> {
  @Override
  public Lsn convert(String text) {
    try {
      return Lsn.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("\"" + text + "\" is no LSN, such as 0/5000028");
    }
  }
}
