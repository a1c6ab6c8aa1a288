package org.walfmt.cli.print;

import java.io.PrintWriter;
import org.walfmt.Monitor;

/**
 * Passes on what long work tells: warnings and remarks always, phases and bytes as far as the user
 * wants to see them. Closed when the work is over.
 */
public abstract class Progress implements Monitor, AutoCloseable {
  private final Messages messages;

  Progress(Messages messages) {
    this.messages = messages;
  }

  /** A bar if standard error is a terminal, else a line now and then; nothing if not wanted. */
  public static Progress of(boolean wanted, PrintWriter err) {
    Messages messages = new Messages(err);
    if (!wanted) {
      return new NoProgress(messages);
    }
    return Terminal.showsErrors()
        ? new ProgressOnTerminal(messages, err)
        : new ProgressLines(messages);
  }

  final Messages messages() {
    return messages;
  }

  @Override
  public void warning(String line) {
    messages.warning(line);
  }

  @Override
  public void info(String line) {
    messages.info(line);
  }

  @Override
  public abstract void close();
}
