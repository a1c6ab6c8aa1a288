package org.walfmt.manifest;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Computes the checksums of files, one after the other, in pieces of any size. */
public final class FileDigest {
  private final ChecksumAlgorithm algorithm;
  private final CRC32C crc = new CRC32C();
  private final MessageDigest digest;

  /** Begins with the first file. */
  public FileDigest(ChecksumAlgorithm algorithm) {
    this.algorithm = algorithm;
    this.digest = digest(algorithm.digestName().isEmpty() ? "SHA-256" : algorithm.digestName());
  }

  static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + name, e);
    }
  }

  /** Takes what is between the piece's position and limit; its position moves there. */
  public void update(ByteBuffer piece) {
    if (algorithm == ChecksumAlgorithm.CRC32C) {
      crc.update(piece);
    } else {
      digest.update(piece);
    }
  }

  /** Returns the checksum of the file that ends here; what follows is the next one's. */
  public FileChecksum finish() {
    if (algorithm == ChecksumAlgorithm.CRC32C) {
      FileChecksum checksum = FileChecksum.ofCrc32c(crc.getValue());
      crc.reset();
      return checksum;
    }
    return new FileChecksum(algorithm, HexFormat.of().formatHex(digest.digest()));
  }
}
