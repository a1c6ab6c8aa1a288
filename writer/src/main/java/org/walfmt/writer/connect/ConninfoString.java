package org.walfmt.writer.connect;

import java.util.EnumMap;
import java.util.Map;

/**
 * Reads a connection string of the form {@code key=value key='another value'}.
 *
 * <p>Blanks may stand around the equals sign; a value with blanks, or an empty one, stands in
 * single quotes; a backslash takes the next character as it is, within quotes and without. Source:
 * PostgreSQL 18, {@code fe-connect.c}, {@code conninfo_parse}.
 */
final class ConninfoString {
  private final String text;
  private int at;
  private boolean afterPassword;

  private ConninfoString(String text) {
    this.text = text;
  }

  /** Returns the parameters; of one given twice, the last value. */
  static Map<Keyword, String> parse(String text) throws ConnectionFailedException {
    return new ConninfoString(text).parameters();
  }

  private Map<Keyword, String> parameters() throws ConnectionFailedException {
    Map<Keyword, String> parameters = new EnumMap<>(Keyword.class);
    skipBlanks();
    while (at < text.length()) {
      String name = name();
      String value = at < text.length() && text.charAt(at) == '\'' ? quotedValue() : plainValue();
      Keyword keyword =
          Keyword.of(name)
              .orElseThrow(
                  () ->
                      ConnectionFailedException.invalid(
                          "invalid connection option \"" + name + "\""));
      parameters.put(keyword, value);
      afterPassword = keyword == Keyword.PASSWORD || keyword == Keyword.SSLPASSWORD;
      skipBlanks();
    }
    return parameters;
  }

  /** Reads a name, the equals sign after it and the blanks around that. */
  private String name() throws ConnectionFailedException {
    int start = at;
    while (at < text.length() && text.charAt(at) != '=' && !isBlank(text.charAt(at))) {
      at++;
    }
    String name = text.substring(start, at);
    skipBlanks();
    if (at == text.length() || text.charAt(at) != '=') {
      throw ConnectionFailedException.invalid(
          "missing \"=\" after \"" + shown(name) + "\" in connection info string");
    }
    at++;
    skipBlanks();
    return name;
  }

  private String plainValue() {
    StringBuilder value = new StringBuilder();
    while (at < text.length() && !isBlank(text.charAt(at))) {
      appendOne(value);
    }
    return value.toString();
  }

  private String quotedValue() throws ConnectionFailedException {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != '\'') {
      appendOne(value);
    }
    if (at == text.length()) {
      throw ConnectionFailedException.invalid(
          "unterminated quoted string in connection info string");
    }
    at++;
    return value.toString();
  }

  /** Appends one character; a backslash is left out and what follows it taken as it is. */
  private void appendOne(StringBuilder value) {
    if (text.charAt(at) == '\\') {
      at++;
    }
    if (at < text.length()) {
      value.append(text.charAt(at));
      at++;
    }
  }

  /** The name without what may be part of a password: unquoted, or in a misspelt URI. */
  private String shown(String name) {
    int scheme = name.indexOf("://");
    if (scheme >= 0) {
      return name.substring(0, scheme + 3);
    }
    return afterPassword ? "********" : name;
  }

  private void skipBlanks() {
    while (at < text.length() && isBlank(text.charAt(at))) {
      at++;
    }
  }

  /** C's {@code isspace}. */
  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
