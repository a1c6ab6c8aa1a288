package org.walfmt;

/** Damaged bytes: what is there cannot have been written so. */
public final class CorruptWalException extends WalFormatException {
  private static final long serialVersionUID = 1;

  public CorruptWalException(String message, WalPosition at) {
    super(message + " " + at);
  }

  /** For what is not WAL itself: {@code message} names the file. */
  public CorruptWalException(String message) {
    super(message);
  }
}
