package org.walfmt.manifest;

import java.util.HexFormat;

/**
 * The checksum of a file's contents, as a manifest gives it.
 *
 * @param hex lower-case hexadecimal digits of its bytes; those of a CRC32C in little-endian order
 */
public record FileChecksum(ChecksumAlgorithm algorithm, String hex) {
  /** Checks the number and the form of the digits. */
  public FileChecksum {
    if (!isHex(hex) || hex.length() != 2 * algorithm.length()) {
      throw new IllegalArgumentException("no checksum of " + algorithm + ": \"" + hex + "\"");
    }
  }

  /** Returns the checksum that {@link java.util.zip.CRC32C#getValue} gives. */
  public static FileChecksum ofCrc32c(long value) {
    String hex = HexFormat.of().toHexDigits(Integer.reverseBytes((int) value));
    return new FileChecksum(ChecksumAlgorithm.CRC32C, hex);
  }

  static boolean isHex(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }
}
