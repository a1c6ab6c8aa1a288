package org.walfmt.cli;

/** The exit statuses, fixed for ever; every {@code --help} lists them. */
final class ExitStatus {
  static final int DONE = 0;

  /** A mistake in walfmt itself. */
  static final int BUG = 1;

  /** The command line cannot be understood. */
  static final int USAGE = 2;

  /** Something is damaged; also a backup that was made, but of damaged pages. */
  static final int DAMAGED = 3;

  /** Something that is needed is missing or stops early. */
  static final int INCOMPLETE = 4;

  /** A version or kind that walfmt does not handle. */
  static final int UNSUPPORTED = 5;

  /** Things that do not belong together. */
  static final int MISMATCH = 6;

  /** Input or output failed, the connection to the server among it. */
  static final int INPUT_OUTPUT = 7;

  /** Something must be set, granted or cleared first. */
  static final int PRECONDITION = 8;

  /** Stopped by SIGINT: 128 and the signal's number, as a shell has it. */
  static final int INTERRUPTED = 130;

  private ExitStatus() {}
}
