package org.walfmt.series;

import java.security.SecureRandom;
import java.util.HexFormat;

/** The 128 random bits, in hex, that begin, end and commit of a series have in common. */
public final class Nonce {
  private Nonce() {}

  /** A new one. */
  public static String of(SecureRandom random) {
    byte[] bytes = new byte[BeginNote.NONCE_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
