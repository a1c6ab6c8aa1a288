package org.walfmt.cli;

import java.util.Optional;
import org.walfmt.block.ForkNumber;
import picocli.CommandLine.ITypeConverter;

/**
 * One fork of a relation, or all.
 *
 * @param one empty for all
 */
record ForkChoice(Optional<ForkNumber> one) {
  private static final String ALL = "all";

  static final class Converter implements ITypeConverter<ForkChoice> {
    @Override
    public ForkChoice convert(String text) {
      return new ForkChoice(
          text.equals(ALL) ? Optional.empty() : Optional.of(new ForkConverter().convert(text)));
    }
  }
}
