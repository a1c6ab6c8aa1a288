package org.walfmt.cli.config;

/**
 * A value that is not from the command line.
 *
 * @param origin for messages: {@code file "/etc/walfmt.conf", line 3}
 */
public record Setting(String value, Level level, String origin) {
  /** Without the value, which may hold a password. */
  @Override
  public String toString() {
    return "Setting[" + origin + "]";
  }
}
