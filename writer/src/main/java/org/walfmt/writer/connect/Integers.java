package org.walfmt.writer.connect;

/** Reads the numbers among the parameters. */
final class Integers {
  private Integers() {}

  /** Returns the number that the parameter of this name was given as; blanks around it may be. */
  static int parse(String name, String text) throws ConnectionFailedException {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw ConnectionFailedException.invalid(
          "invalid integer value \"" + text + "\" for connection option \"" + name + "\"", e);
    }
  }
}
