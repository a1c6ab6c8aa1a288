package org.walfmt.image;

/**
 * Decodes PGLZ, PostgreSQL's own compression: {@code pglz_decompress} in {@code
 * common/pg_lzcompress.c}.
 *
 * <p>A stream is a run of groups: a control byte, then an item for each of its bits from the lowest
 * upward. A 0 bit is a literal byte, a 1 bit a match in two or three bytes:
 *
 * <pre>
 *   7           4 3          0   7            0   7            0
 *   | offset 11-8 | length - 3 | | offset 7-0 | | length - 18 |   the last only if length - 3 is 15
 * </pre>
 *
 * <p>The offset counts back from the end of what is decoded so far. There is no header and no end
 * mark: the length of both sides must be known, and both must be used up exactly.
 */
final class PglzDecoder {
  static final int MIN_MATCH = 3;
  static final int LONG_MATCH = 18;
  static final int MAX_MATCH = LONG_MATCH + 0xFF;
  static final int MAX_OFFSET = 0xFFF;

  private static final int LENGTH_BITS = 0x0F;

  private PglzDecoder() {}

  /**
   * Decodes the first {@code inLength} bytes of one array into exactly the first {@code outLength}
   * of the other.
   */
  static void decode(byte[] in, int inLength, byte[] out, int outLength) throws BadImageException {
    int read = 0;
    int written = 0;
    while (read < inLength && written < outLength) {
      int control = in[read++];
      for (int item = 0; item < Byte.SIZE && read < inLength && written < outLength; item++) {
        if (((control >>> item) & 1) == 0) {
          out[written++] = in[read++];
          continue;
        }
        int tagEnd = read + ((in[read] & LENGTH_BITS) == LENGTH_BITS ? 3 : 2);
        if (tagEnd > inLength) {
          throw new BadImageException("pglz match is cut off after " + written + " bytes");
        }
        int offset = (in[read] & 0xF0) << 4 | (in[read + 1] & 0xFF);
        int length = (in[read] & LENGTH_BITS) + MIN_MATCH;
        if (length == LONG_MATCH) {
          length += in[read + 2] & 0xFF;
        }
        read = tagEnd;
        if (offset == 0 || offset > written) {
          throw new BadImageException(
              "pglz match reaches back " + offset + " bytes after " + written + " bytes");
        }
        length = Math.min(length, outLength - written); // as the server does
        copy(out, written, offset, length);
        written += length;
      }
    }
    if (written != outLength || read != inLength) {
      throw new BadImageException(
          "pglz gives " + written + " bytes of " + outLength + " from " + read + " of " + inLength);
    }
  }

  /** Repeats what lies {@code offset} bytes back; a match longer than its offset repeats itself. */
  private static void copy(byte[] out, int to, int offset, int length) {
    if (offset >= length) {
      System.arraycopy(out, to - offset, out, to, length);
      return;
    }
    for (int at = to; at < to + length; at++) {
      out[at] = out[at - offset];
    }
  }
}
