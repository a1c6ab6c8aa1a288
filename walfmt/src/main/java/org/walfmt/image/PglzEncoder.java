package org.walfmt.image;

import java.util.Arrays;

/**
 * Encodes PGLZ, in the layout that {@link PglzDecoder} describes.
 *
 * <p>Greedy, with chains of earlier places that begin with the same three bytes. Any valid stream
 * is as good as the server's own; this one is usually within a few per cent of its size. Keeps to
 * the server's limits of offset and length. An instance owns its tables and serves one thread.
 */
final class PglzEncoder {
  /** What a group may need: its control byte and eight long matches. */
  static final int MAX_GROUP = 1 + Byte.SIZE * 3;

  /** The server's {@code PGLZ_HISTORY_SIZE} less its two bytes of slack. */
  private static final int MAX_OFFSET = 4094;

  /** Gives up if so many bytes hold no match, as the server's {@code first_success_by}. */
  private static final int FIRST_SUCCESS_BY = 1024;

  private static final int MAX_CHAIN = 16;
  private static final int GOOD_MATCH = 64;
  private static final int HASH_BITS = 13;
  private static final int HASH_FACTOR = 0x9E3779B1;
  private static final int HISTORY = 4096;
  private static final int HISTORY_MASK = HISTORY - 1;

  /** Positions count on from call to call, so that those of earlier inputs are below the base. */
  private final int[] heads = new int[1 << HASH_BITS];

  private final int[] previous = new int[HISTORY];

  /** Position of the current input's first byte; 0 is out of reach of all. */
  private int base;

  private int lastLength;
  private int matchOffset;

  PglzEncoder() {
    this(HISTORY);
  }

  /** For tests: begins to count positions at {@code base}. */
  PglzEncoder(int base) {
    this.base = base;
  }

  /**
   * Encodes the first {@code inLength} bytes of one array into the other.
   *
   * @param out has room for {@code maxLength + MAX_GROUP} bytes
   * @return the length, or -1 if it would be more than {@code maxLength}
   */
  int encode(byte[] in, int inLength, byte[] out, int maxLength) {
    startAfterEarlierInputs(inLength);
    int read = 0;
    int written = 0;
    boolean matched = false;
    while (read < inLength) {
      int controlAt = written++;
      int control = 0;
      for (int item = 0; item < Byte.SIZE && read < inLength; item++) {
        int length = findMatch(in, inLength, read);
        if (length < PglzDecoder.MIN_MATCH) {
          remember(in, inLength, read);
          out[written++] = in[read++];
          continue;
        }
        control |= 1 << item;
        matched = true;
        written = putMatch(out, written, length);
        for (int end = read + length; read < end; read++) {
          remember(in, inLength, read);
        }
      }
      out[controlAt] = (byte) control;
      if (written > maxLength || (!matched && written >= FIRST_SUCCESS_BY)) {
        return -1;
      }
    }
    return written;
  }

  private void startAfterEarlierInputs(int inLength) {
    base += lastLength;
    lastLength = inLength;
    if (base < 0 || base > Integer.MAX_VALUE - inLength) {
      Arrays.fill(heads, 0);
      Arrays.fill(previous, 0);
      base = HISTORY;
    }
  }

  private int putMatch(byte[] out, int at, int length) {
    int high = (matchOffset >>> 4) & 0xF0;
    out[at + 1] = (byte) matchOffset;
    if (length < PglzDecoder.LONG_MATCH) {
      out[at] = (byte) (high | (length - PglzDecoder.MIN_MATCH));
      return at + 2;
    }
    out[at] = (byte) (high | 0x0F);
    out[at + 2] = (byte) (length - PglzDecoder.LONG_MATCH);
    return at + 3;
  }

  /** Returns the length of the best match for what begins here, 0 if none; its offset is kept. */
  private int findMatch(byte[] in, int inLength, int at) {
    if (at > inLength - PglzDecoder.MIN_MATCH) {
      return 0;
    }
    int limit = Math.min(PglzDecoder.MAX_MATCH, inLength - at);
    int oldest = base + at - MAX_OFFSET;
    int best = 0;
    int candidate = heads[hash(in, at)];
    for (int tries = MAX_CHAIN; tries > 0 && candidate >= oldest && candidate >= base; tries--) {
      int from = candidate - base;
      if (best == 0 || in[from + best] == in[at + best]) {
        int length = Arrays.mismatch(in, from, from + limit, in, at, at + limit);
        if (length < 0) {
          length = limit;
        }
        if (length > best) {
          best = length;
          matchOffset = at - from;
          if (best >= GOOD_MATCH || best == limit) {
            break;
          }
        }
      }
      candidate = previous[candidate & HISTORY_MASK];
    }
    return best;
  }

  private void remember(byte[] in, int inLength, int at) {
    if (at > inLength - PglzDecoder.MIN_MATCH) {
      return;
    }
    int slot = hash(in, at);
    previous[(base + at) & HISTORY_MASK] = heads[slot];
    heads[slot] = base + at;
  }

  private static int hash(byte[] in, int at) {
    int three = (in[at] & 0xFF) << 16 | (in[at + 1] & 0xFF) << 8 | (in[at + 2] & 0xFF);
    return (three * HASH_FACTOR) >>> (Integer.SIZE - HASH_BITS);
  }
}
