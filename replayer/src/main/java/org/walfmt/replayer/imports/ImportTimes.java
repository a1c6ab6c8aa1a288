package org.walfmt.replayer.imports;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;

/** When a native backup was taken, as far as that can be told. */
public final class ImportTimes {
  private static final DateTimeFormatter LABEL_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
  private static final int LENGTH = 19;

  private ImportTimes() {}

  /** The end: pg_control is the last file of a backup. */
  public static Instant stop(Instant start, ControlFile control) {
    Instant written = Instant.ofEpochSecond(control.time());
    return written.isBefore(start) ? start : written;
  }

  /**
   * The start. The label tells the server's local time with an abbreviation that may mean several
   * zones: unless it is UTC, the time at which pg_control was written last stands for it.
   */
  public static Instant start(BackupLabel label, ControlFile control) {
    String text = label.startTime();
    if (text.endsWith(" UTC") || text.endsWith(" GMT")) {
      try {
        return LocalDateTime.parse(text.substring(0, Math.min(LENGTH, text.length())), LABEL_TIME)
            .toInstant(ZoneOffset.UTC);
      } catch (DateTimeParseException e) {
        return Instant.ofEpochSecond(control.time());
      }
    }
    return Instant.ofEpochSecond(control.time());
  }
}
