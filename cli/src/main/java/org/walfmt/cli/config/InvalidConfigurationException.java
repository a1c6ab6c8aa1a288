package org.walfmt.cli.config;

/** A configuration that cannot be taken as it is; the message names file and line. */
public final class InvalidConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final String hint;

  /**
   * @param hint what to do about it
   */
  InvalidConfigurationException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  /** What to do about it. */
  public String hint() {
    return hint;
  }
}
