package org.walfmt.manifest;

import java.util.Optional;

/** How a file's checksum in a manifest is computed: {@code pg_checksum_type}, less NONE. */
public enum ChecksumAlgorithm {
  CRC32C(4, ""),
  SHA224(28, "SHA-224"),
  SHA256(32, "SHA-256"),
  SHA384(48, "SHA-384"),
  SHA512(64, "SHA-512");

  private final int length;
  private final String digestName;

  ChecksumAlgorithm(int length, String digestName) {
    this.length = length;
    this.digestName = digestName;
  }

  /** Returns the algorithm that manifests call so; empty if there is none. */
  static Optional<ChecksumAlgorithm> parse(String text) {
    for (ChecksumAlgorithm algorithm : values()) {
      if (algorithm.name().equals(text)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /** Returns the length of a checksum in bytes. */
  public int length() {
    return length;
  }

  /** Returns the name of the {@link java.security.MessageDigest}; empty for CRC32C. */
  String digestName() {
    return digestName;
  }
}
