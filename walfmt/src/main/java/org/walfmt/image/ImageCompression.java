package org.walfmt.image;

import java.util.Optional;
import org.walfmt.PgVersion;

/**
 * How the bytes of an image are compressed: {@code WalCompression} in PostgreSQL, {@code
 * wal_compression} in its configuration.
 */
public enum ImageCompression {
  /** Not at all. */
  NONE("none", PgVersion.V13),
  /** PostgreSQL's own format, a bare stream of literals and matches. */
  PGLZ("pglz", PgVersion.V13),
  /** One raw LZ4 block, not a frame. */
  LZ4("lz4", PgVersion.V15),
  /** One Zstandard frame. */
  ZSTD("zstd", PgVersion.V15);

  private final String text;
  private final PgVersion since;

  ImageCompression(String text, PgVersion since) {
    this.text = text;
    this.since = since;
  }

  /** Returns the method that {@link #toString} calls so; empty if there is none. */
  public static Optional<ImageCompression> parse(String text) {
    for (ImageCompression method : values()) {
      if (method.text.equals(text)) {
        return Optional.of(method);
      }
    }
    return Optional.empty();
  }

  /** Returns whether images in the WAL of this major may be compressed so. */
  public boolean isAvailableIn(PgVersion version) {
    return version.isAtLeast(since);
  }

  /** Returns the name, in lower case. */
  @Override
  public String toString() {
    return text;
  }
}
