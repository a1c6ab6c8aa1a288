package org.walfmt.cli;

import org.walfmt.cli.dump.RmgrName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Name of a resource manager ↔ its id. */
final class RmgrConverter implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String text) {
    return RmgrName.parse(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "\""
                        + text
                        + "\" is no resource manager; there are "
                        + String.join(", ", RmgrName.builtin())
                        + " and custom128 to custom255"));
  }
}
