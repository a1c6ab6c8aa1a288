package org.walfmt.image;

/**
 * Compressed bytes that are not what their method could have written. The message is one lower-case
 * fact without a place: who knows the place turns this into a {@code CorruptWalException}.
 */
public final class BadImageException extends Exception {
  private static final long serialVersionUID = 1;

  BadImageException(String message) {
    super(message);
  }

  BadImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
