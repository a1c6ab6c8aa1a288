package org.walfmt.cli.config;

import java.util.Locale;
import java.util.regex.Pattern;

/** Values as they stand in a file or a variable. */
public final class Values {
  static final String PASSWORD = "password";
  static final String PASSWORD_HINT =
      "Keep it in ~/.pgpass, or a service file, or use a way to log in that needs none.";

  /**
   * {@code password=...} of a connection string or a command, and {@code user:password@} of a URI.
   */
  private static final Pattern SECRET =
      Pattern.compile(
          "(?:password|passwd|secret)\\w*\\s*=\\s*[^\\s=]|\\w://[^/@\\s:]*:[^/@\\s]+@",
          Pattern.CASE_INSENSITIVE);

  private Values() {}

  /** Whether a text looks as if there were a password in it. */
  public static boolean holdsSecret(String text) {
    return SECRET.matcher(text).find();
  }

  /**
   * The setting of a key.
   *
   * @throws InvalidConfigurationException if it is empty, or a flag's and neither on nor off
   */
  static Setting setting(String key, String text, Level level, String origin)
      throws InvalidConfigurationException {
    if (text.isEmpty()) {
      throw new InvalidConfigurationException(
          origin + ": key " + key + " has no value", "Give it one, or remove the line.");
    }
    if (!Keys.isFlag(key)) {
      return new Setting(text, level, origin);
    }
    boolean on =
        switch (text.toLowerCase(Locale.ROOT)) {
          case "on", "yes", "true", "1" -> true;
          case "off", "no", "false", "0" -> false;
          default ->
              throw new InvalidConfigurationException(
                  origin + ": \"" + text + "\" is neither on nor off, as " + key + " must be",
                  "Write on or off.");
        };
    return new Setting(Boolean.toString(on), level, origin);
  }
}
