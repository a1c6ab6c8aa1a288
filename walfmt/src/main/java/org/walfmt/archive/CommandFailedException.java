package org.walfmt.archive;

import java.io.IOException;

/** A command did not do what it should, in all tries that it was given. */
public final class CommandFailedException extends IOException {
  private static final long serialVersionUID = 1;

  private final String output;
  private final boolean timedOut;

  CommandFailedException(String message, String output, boolean timedOut) {
    super(message);
    this.output = output;
    this.timedOut = timedOut;
  }

  /** The last it printed; may be empty. */
  public String output() {
    return output;
  }

  /** Whether it took too long, last. */
  public boolean timedOut() {
    return timedOut;
  }
}
