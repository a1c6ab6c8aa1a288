package org.walfmt.tests.kit;

/**
 * What a program left behind.
 *
 * @param command the command line, for messages
 * @param status the exit status; 128 + the signal's number if a signal ended it
 * @param out all of standard output
 * @param err all of standard error
 */
public record Outcome(String command, int status, String out, String err) {

  /** Itself, if the program exited with 0; a test's failure with all that was printed otherwise. */
  public Outcome orFail() {
    if (status != 0) {
      throw new AssertionError(toString());
    }
    return this;
  }

  @Override
  public String toString() {
    return command
        + "\nexit status "
        + status
        + "\n-- standard output\n"
        + out
        + "-- standard error\n"
        + err;
  }
}
