package org.walfmt.writer.connect;

import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * A message that the server sent beside a result.
 *
 * @param severity {@code NOTICE}, {@code WARNING} and so on, in the server's language
 * @param message the message itself
 * @param detail the server's DETAIL; null if it gave none
 * @param hint the server's HINT; null if it gave none
 */
public record Notice(
    String severity, String message, @Nullable String detail, @Nullable String hint) {

  /**
   * Returns the messages of a chain of warnings, as {@code Statement.getWarnings()} gives it.
   *
   * @param first start of the chain; null if there are none
   */
  public static List<Notice> of(@Nullable SQLWarning first) {
    List<Notice> notices = new ArrayList<>();
    for (SQLWarning warning = first; warning != null; warning = warning.getNextWarning()) {
      notices.add(read(warning));
    }
    return List.copyOf(notices);
  }

  private static Notice read(SQLWarning warning) {
    ServerErrorMessage sent =
        warning instanceof PSQLWarning ours ? ours.getServerErrorMessage() : null;
    if (sent == null) {
      return new Notice("WARNING", String.valueOf(warning.getMessage()), null, null);
    }
    return new Notice(
        sent.getSeverity() == null ? "NOTICE" : sent.getSeverity(),
        String.valueOf(sent.getMessage()),
        sent.getDetail(),
        sent.getHint());
  }
}
