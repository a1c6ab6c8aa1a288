package org.walfmt.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A relation by its name, as SQL would have it: what stands in double quotes is taken as it is, all
 * else in lower case. As in {@code SplitIdentifierString} ({@code varlena.c}), an unquoted part
 * goes to the next dot or blank, so that {@code my-db.public.t} needs no quotes.
 */
record RelationName(String database, String schema, String relation) {
  private static final int PARTS = 3;

  /** The name as SQL takes it, each part in quotes if it needs them. */
  @Override
  public String toString() {
    return quoted(database) + "." + quoted(schema) + "." + quoted(relation);
  }

  private static String quoted(String part) {
    return part.matches("[a-z_][a-z0-9_$]*") ? part : '"' + part.replace("\"", "\"\"") + '"';
  }

  static final class Converter implements ITypeConverter<RelationName> {
    @Override
    public RelationName convert(String text) {
      List<String> parts = new Parser(text).parts();
      if (parts.size() != PARTS) {
        throw invalid(text);
      }
      return new RelationName(parts.get(0), parts.get(1), parts.get(2));
    }
  }

  private static TypeConversionException invalid(String text) {
    return new TypeConversionException("\"" + text + "\" is no name such as database.schema.table");
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    List<String> parts() {
      List<String> parts = new ArrayList<>();
      while (true) {
        skipBlanks();
        String part = at < text.length() && text.charAt(at) == '"' ? quoted() : unquoted();
        if (part.isEmpty() || part.indexOf('\0') >= 0) {
          throw invalid(text);
        }
        parts.add(part);
        skipBlanks();
        if (at == text.length()) {
          return parts;
        } else if (text.charAt(at) != '.') {
          throw invalid(text);
        }
        at++;
      }
    }

    private void skipBlanks() {
      while (at < text.length() && isBlank(text.charAt(at))) {
        at++;
      }
    }

    private static boolean isBlank(char c) {
      return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /** Two quotes stand for one. */
    private String quoted() {
      StringBuilder part = new StringBuilder();
      at++;
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c != '"') {
          part.append(c);
        } else if (at < text.length() && text.charAt(at) == '"') {
          part.append('"');
          at++;
        } else {
          return part.toString();
        }
      }
      throw invalid(text);
    }

    private String unquoted() {
      StringBuilder part = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '.' && !isBlank(text.charAt(at))) {
        char c = text.charAt(at++);
        if (c == '"') {
          throw invalid(text);
        }
        // Only ASCII, as the server does in every encoding of several bytes a character.
        part.append(c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c);
      }
      return part.toString();
    }
  }
}
