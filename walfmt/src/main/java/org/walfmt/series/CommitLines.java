package org.walfmt.series;

import java.util.List;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.UnsupportedWalException;

/** The lines {@code NAME: value} of a commit, taken in their one order (rule COMMIT-3). */
final class CommitLines {
  private static final String EXTENSION = "WALFMT X-";

  private final String file;
  private final List<String> lines;
  private int at;

  /**
   * @param text lines, each ended by a newline
   */
  CommitLines(String file, String text) {
    this.file = file;
    this.lines = List.of(text.substring(0, text.length() - 1).split("\n", -1));
  }

  /** The value of the next line, if it has this name; else the line stays the next. */
  Optional<String> optional(String name) {
    String start = name + ": ";
    if (at < lines.size() && lines.get(at).startsWith(start)) {
      return Optional.of(lines.get(at++).substring(start.length()));
    }
    return Optional.empty();
  }

  /** The value of the next line, which must have this name. */
  String one(String name) throws CorruptWalException {
    return optional(name)
        .orElseThrow(
            () ->
                new CorruptWalException(
                    "commit file \""
                        + file
                        + "\" has "
                        + (at < lines.size() ? "line \"" + lines.get(at) + "\"" : "its end")
                        + " where a line "
                        + name
                        + " is expected"));
  }

  /** The next line, which must be exactly so. */
  void require(String name, String value) throws CorruptWalException {
    String found = one(name);
    if (!found.equals(value)) {
      throw new CorruptWalException(
          "commit file \""
              + file
              + "\" has "
              + name
              + " \""
              + found
              + "\", expected \""
              + value
              + "\"");
    }
  }

  /** Ends the reading: what is left must be lines that every reader may pass over. */
  void done() throws UnsupportedWalException {
    for (String line : lines.subList(at, lines.size())) {
      if (!line.startsWith(EXTENSION)) {
        throw new UnsupportedWalException(
            "commit file \"" + file + "\" has an unknown line \"" + line + "\"");
      }
    }
  }
}
