package org.walfmt.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.block.RelFileLocator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 1663/5/16384}: tablespace, database, relation number. */
final class RelationConverter implements ITypeConverter<RelFileLocator> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,10})/(\\d{1,10})/(\\d{1,10})");

  @Override
  public RelFileLocator convert(String text) {
    Matcher numbers = FORM.matcher(text);
    if (numbers.matches()) {
      long tablespace = Long.parseLong(numbers.group(1));
      long database = Long.parseLong(numbers.group(2));
      long relation = Long.parseLong(numbers.group(3));
      if (Math.max(tablespace, Math.max(database, relation)) <= 0xFFFF_FFFFL) {
        RelFileLocator locator = new RelFileLocator(tablespace, database, relation);
        if (locator.isValid()) {
          return locator;
        }
      }
    }
    throw new TypeConversionException(
        "\"" + text + "\" is no relation, such as 1663/5/16384: tablespace/database/relation");
  }
}
