package org.walfmt.archive;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A shell command as users know them from {@code archive_command} and {@code restore_command}: with
 * {@code %f} for a file's name, {@code %p} for its path, {@code %%} for a percent sign. A
 * placeholder that the command cannot have is refused, as servers from 16 on do.
 */
public record CommandTemplate(Kind kind, String text) {
  private static final Pattern PLACEHOLDER = Pattern.compile("%(.?)", Pattern.DOTALL);
  private static final Pattern VARIABLES =
      Pattern.compile(
          "^(?:[A-Za-z_][A-Za-z0-9_]*="
              + "(?:'[^']*+'|\"(?:[^\"\\\\]|\\\\.)*+\"|\\\\.|[^\\s'\"\\\\])*+(?:\\s+|$))++",
          Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_./+:@,-]+");
  private static final String NO_SEGMENT = "0".repeat(24);

  /** What a command is for, and by that which placeholders it must and may have. */
  public enum Kind {
    /** Stores the file at {@code %p}. */
    ARCHIVE("archive command", "p", "pf"),
    /**
     * Makes a file at {@code %p}. {@code %r}, below which a standby needs no segment, stands for
     * zeros, as in a server that has no restart point.
     */
    RESTORE("restore command", "pf", "pfr"),
    /** Prints the names of files, one a line. */
    LIST("list command", "", ""),
    /** Removes the file {@code %f}, which may be gone. */
    DELETE("delete command", "f", "f");

    private final String words;
    private final String required;
    private final String allowed;

    Kind(String words, String required, String allowed) {
      this.words = words;
      this.required = required;
      this.allowed = allowed;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** Checks the placeholders. */
  public CommandTemplate {
    if (text.isBlank()) {
      throw new IllegalArgumentException(kind + " is empty");
    }
    for (Matcher found = PLACEHOLDER.matcher(text); found.find(); ) {
      requireKnown(kind, text, found.group(1));
    }
    String rest = text.replace("%%", "");
    for (char placeholder : kind.required.toCharArray()) {
      if (rest.indexOf("%" + placeholder) < 0) {
        throw new IllegalArgumentException(shown(kind, text) + " has no %" + placeholder);
      }
    }
  }

  private static void requireKnown(Kind kind, String text, String placeholder) {
    if (placeholder.isEmpty()) {
      throw new IllegalArgumentException(shown(kind, text) + " ends with a single %");
    } else if (!placeholder.equals("%") && !kind.allowed.contains(placeholder)) {
      throw new IllegalArgumentException(
          shown(kind, text) + " has an unknown placeholder %" + placeholder);
    }
  }

  private static String shown(Kind kind, String text) {
    return kind + " \"" + program(text) + " ...\"";
  }

  /**
   * The first word: enough to tell what is run, without passwords in variables that may be set
   * before it, or that may follow it.
   */
  public String program() {
    return program(text);
  }

  private static String program(String text) {
    Matcher variables = VARIABLES.matcher(text.strip());
    String before = variables.lookingAt() ? variables.group() : "";
    String word = variables.replaceFirst("").split("\\s", 2)[0];
    // A shell's own words, among them values that are the output of commands, are not taken apart.
    return WORD.matcher(word).matches() && !before.contains("$(") && !before.contains("`")
        ? word
        : "sh";
  }

  /** Without what may be secret. */
  @Override
  public String toString() {
    return shown(kind, text);
  }

  /** The line for the shell. As in the server, nothing is quoted. */
  String expand(String name, Path path) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    switch (found.group(1)) {
                      case "f" -> name;
                      case "p" -> path.toString();
                      case "r" -> NO_SEGMENT;
                      default -> "%";
                    }));
  }
}
