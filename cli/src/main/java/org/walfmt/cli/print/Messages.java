package org.walfmt.cli.print;

import java.io.PrintWriter;

/**
 * Messages in the shape of PostgreSQL's tools: {@code walfmt: error: ...}, and detail and hint on
 * lines of their own. They go to standard error and are one line each.
 */
public final class Messages {
  private static final String PROGRAM = "walfmt: ";

  private final PrintWriter err;

  /** Messages go to {@code err}. */
  public Messages(PrintWriter err) {
    this.err = err;
  }

  /** Why nothing more is done. */
  public void error(String message) {
    line("error: ", message);
  }

  /** What the user should know. */
  public void warning(String message) {
    line("warning: ", message);
  }

  /** What was found, after an error. */
  public void detail(String message) {
    line("detail: ", message);
  }

  /** What to do about it, after an error. */
  public void hint(String message) {
    line("hint: ", message);
  }

  /** What may interest. */
  public void info(String message) {
    line("", message);
  }

  private void line(String kind, String text) {
    err.println(PROGRAM + kind + Text.oneLine(text));
    err.flush();
  }
}
