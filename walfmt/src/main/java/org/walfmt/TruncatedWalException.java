package org.walfmt;

/** Bytes that stop early, as after a crash or a cut copy; what is there is sound. */
public final class TruncatedWalException extends WalFormatException {
  private static final long serialVersionUID = 1;

  public TruncatedWalException(String message, WalPosition at) {
    super(message + " " + at);
  }

  /** For what is not WAL itself: {@code message} names the file. */
  public TruncatedWalException(String message) {
    super(message);
  }
}
