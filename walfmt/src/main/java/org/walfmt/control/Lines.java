package org.walfmt.control;

import java.util.regex.Pattern;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;

/** Reads a text of {@code NAME: value} lines in a fixed order, each ended by a line feed. */
final class Lines {
  private static final Pattern TIMELINE = Pattern.compile("[1-9][0-9]{0,9}");

  private final String file;
  private final String text;
  private int at;
  private int number;

  /**
   * Begins before the first line.
   *
   * @param file name of the file, for messages
   */
  Lines(String file, String text) {
    this.file = file;
    this.text = text;
  }

  boolean hasNext() {
    return at < text.length();
  }

  /** Takes the next line, which must begin with this name, and returns what follows it. */
  String value(String name, String pattern) throws CorruptWalException, TruncatedWalException {
    int end = text.indexOf('\n', at);
    if (end < 0) {
      throw new TruncatedWalException(file + " ends before \"" + name.strip() + "\"");
    }
    number++;
    String line = text.substring(at, end);
    at = end + 1;
    if (!line.startsWith(name) || !Pattern.matches(pattern, line.substring(name.length()))) {
      throw invalid(name, line);
    }
    return line.substring(name.length());
  }

  Lsn lsn(String name) throws CorruptWalException, TruncatedWalException {
    return lsn(name, value(name, "[0-9A-F]+/[0-9A-F]+"));
  }

  /** Reads a value that is an LSN, in the one form that the server writes. */
  Lsn lsn(String name, String value) throws CorruptWalException {
    try {
      Lsn lsn = Lsn.parse(value);
      if (lsn.toString().equals(value)) {
        return lsn;
      }
    } catch (IllegalArgumentException e) {
      CorruptWalException corrupt = invalid(name, name + value);
      corrupt.initCause(e);
      throw corrupt;
    }
    throw invalid(name, name + value);
  }

  TimelineId timeline(String name) throws CorruptWalException, TruncatedWalException {
    String value = value(name, TIMELINE.pattern());
    long timeline = Long.parseLong(value);
    if (timeline > 0xFFFF_FFFFL) {
      throw invalid(name, name + value);
    }
    return TimelineId.of(timeline);
  }

  /** Checks that nothing follows. */
  void end() throws CorruptWalException {
    if (hasNext()) {
      throw new CorruptWalException(file + " goes on after line " + number);
    }
  }

  private CorruptWalException invalid(String name, String line) {
    return new CorruptWalException(
        file + " line " + number + " is \"" + line + "\", expected \"" + name.strip() + "\"");
  }
}
