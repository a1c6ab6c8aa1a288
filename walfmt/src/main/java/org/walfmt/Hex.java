package org.walfmt;

/** Upper-case hexadecimal digits as PostgreSQL writes and tests them in file names. */
final class Hex {
  private static final char[] DIGITS = "0123456789ABCDEF".toCharArray();
  private static final int EIGHT = 8;

  private Hex() {}

  static String eightDigits(int bits) {
    char[] text = new char[EIGHT];
    for (int i = 0; i < EIGHT; i++) {
      text[i] = DIGITS[bits >>> (Integer.SIZE - 4 * (i + 1)) & 0xF];
    }
    return new String(text);
  }

  /** The eight upper-case digits at {@code from}, or -1 if any character is something else. */
  static long parseEight(String text, int from) {
    long value = 0;
    for (int i = from; i < from + EIGHT; i++) {
      char c = text.charAt(i);
      int digit;
      if (c >= '0' && c <= '9') {
        digit = c - '0';
      } else if (c >= 'A' && c <= 'F') {
        digit = c - 'A' + 10;
      } else {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
