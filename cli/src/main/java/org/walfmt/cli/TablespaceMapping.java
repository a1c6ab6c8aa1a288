package org.walfmt.cli;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code OLD=NEW}, as pg_basebackup takes it: an equals sign that belongs to a path has a backslash
 * before it.
 */
record TablespaceMapping(Path from, Path to) {
  static final class Converter implements ITypeConverter<TablespaceMapping> {
    @Override
    public TablespaceMapping convert(String text) {
      StringBuilder part = new StringBuilder();
      Path from = null;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '\\' && i + 1 < text.length() && text.charAt(i + 1) == '=') {
          part.append('=');
          i++;
        } else if (c != '=') {
          part.append(c);
        } else if (from == null) {
          from = absolute(part.toString(), text);
          part.setLength(0);
        } else {
          throw invalid(text, "has more than one equals sign");
        }
      }
      if (from == null) {
        throw invalid(text, "is not of the form OLDDIR=NEWDIR");
      }
      return new TablespaceMapping(from, absolute(part.toString(), text));
    }

    private static Path absolute(String directory, String text) {
      Path path = Path.of(directory);
      if (!path.isAbsolute()) {
        throw invalid(text, "needs absolute paths");
      }
      return path.normalize();
    }

    private static TypeConversionException invalid(String text, String why) {
      return new TypeConversionException("\"" + text + "\" " + why);
    }
  }
}
