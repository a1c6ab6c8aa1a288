package org.walfmt;

import java.io.IOException;

/**
 * Bytes from outside that break a rule of their format. The message is one lower-case fact that
 * names what was found and where.
 */
public abstract sealed class WalFormatException extends IOException
    permits CorruptWalException, TruncatedWalException, UnsupportedWalException {
  private static final long serialVersionUID = 1;

  WalFormatException(String message) {
    super(message);
  }
}
