package org.walfmt.cli.print;

import java.io.IOException;

/**
 * Standard output takes no more. Why, {@link StandardOutput} knows, and whether that is worth a
 * message.
 */
public final class OutputFailedException extends IOException {
  private static final long serialVersionUID = 1;

  /** With the one message that fits. */
  public OutputFailedException() {
    super("could not write to standard output");
  }
}
