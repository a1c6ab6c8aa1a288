package org.walfmt.writer.source;

import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelationFile;

/**
 * The name of a relation's file within its directory, {@code R[_fork][.segment]}, packed into a
 * {@code long} that sorts by relation number, fork and segment: a directory of a million files
 * takes 8 MB.
 */
public final class RelationFileName {
  /** What {@link #parse} returns for other names. */
  public static final long NONE = -1;

  private static final long MAX_NUMBER = 0xFFFF_FFFFL;
  private static final int SEGMENT_BITS = 16;
  private static final int FORK_BITS = 2;

  private RelationFileName() {}

  /** Packs a name; {@link #NONE} if it is not exactly one that a server gives to such a file. */
  public static long parse(String name) {
    int at = digits(name, 0);
    long relation = number(name, 0, at);
    int fork = 0;
    for (ForkNumber candidate : ForkNumber.values()) {
      if (!candidate.suffix().isEmpty() && name.startsWith(candidate.suffix(), at)) {
        fork = candidate.number();
        at += candidate.suffix().length();
        break;
      }
    }
    long segment = 0;
    if (at < name.length() && name.charAt(at) == '.') {
      int end = digits(name, at + 1);
      segment = number(name, at + 1, end);
      if (segment < 1 || segment > RelationFile.MAX_SEGMENT) {
        return NONE;
      }
      at = end;
    }
    if (at != name.length() || relation < 1) {
      return NONE;
    }
    return relation << (SEGMENT_BITS + FORK_BITS) | (long) fork << SEGMENT_BITS | segment;
  }

  private static int digits(String name, int from) {
    int at = from;
    while (at < name.length() && name.charAt(at) >= '0' && name.charAt(at) <= '9') {
      at++;
    }
    return at;
  }

  /** A decimal number without leading zeros that fits 32 bits; -1 for anything else. */
  private static long number(String name, int from, int to) {
    int length = to - from;
    if (length < 1 || length > 10 || name.charAt(from) == '0') {
      return -1;
    }
    long value = Long.parseLong(name, from, to, 10);
    return value <= MAX_NUMBER ? value : -1;
  }

  /** The relation number. */
  public static long relation(long packed) {
    return packed >>> (SEGMENT_BITS + FORK_BITS);
  }

  /** The fork number, 0 to 3. */
  public static int fork(long packed) {
    return (int) (packed >>> SEGMENT_BITS) & (1 << FORK_BITS) - 1;
  }

  /** The number of the 1 GiB segment file. */
  public static int segment(long packed) {
    return (int) packed & (1 << SEGMENT_BITS) - 1;
  }

  /** The same for all segments of a fork. */
  public static long withoutSegment(long packed) {
    return packed >>> SEGMENT_BITS;
  }
}
