package org.walfmt;

/** Sound bytes of another version or kind than this program reads. */
public final class UnsupportedWalException extends WalFormatException {
  private static final long serialVersionUID = 1;

  public UnsupportedWalException(String message, WalPosition at) {
    super(message + " " + at);
  }

  /** For what is not WAL itself: {@code message} names the file. */
  public UnsupportedWalException(String message) {
    super(message);
  }
}
