package org.walfmt.cli;

import java.util.Locale;
import org.walfmt.block.ForkNumber;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code main}, {@code fsm}, {@code vm} or {@code init}. */
final class ForkConverter implements ITypeConverter<ForkNumber> {
  @Override
  public ForkNumber convert(String text) {
    for (ForkNumber fork : ForkNumber.values()) {
      if (fork.name().toLowerCase(Locale.ROOT).equals(text)) {
        return fork;
      }
    }
    throw new TypeConversionException("\"" + text + "\" is no fork: main, fsm, vm or init");
  }
}
