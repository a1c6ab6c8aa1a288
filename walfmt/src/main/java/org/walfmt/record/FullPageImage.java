package org.walfmt.record;

import org.walfmt.PgVersion;

/**
 * Flags of a block reference and of the page image in it. Source: PostgreSQL 13 and 18, {@code
 * access/xlogrecord.h}; {@code bimg_info} changed its bits with 15.
 */
public final class FullPageImage {
  /** {@code BKPBLOCK_FORK_MASK}. */
  public static final int FORK_MASK = 0x0F;

  /** {@code BKPBLOCK_HAS_IMAGE}. */
  public static final int HAS_IMAGE = 0x10;

  /** {@code BKPBLOCK_HAS_DATA}. */
  public static final int HAS_DATA = 0x20;

  /** {@code BKPBLOCK_WILL_INIT}. */
  public static final int WILL_INIT = 0x40;

  /** {@code BKPBLOCK_SAME_REL}. */
  public static final int SAME_REL = 0x80;

  /** {@code BKPIMAGE_HAS_HOLE}. */
  public static final int HAS_HOLE = 0x01;

  private static final int OLD_IS_COMPRESSED = 0x02;
  private static final int OLD_APPLY = 0x04;
  private static final int APPLY = 0x02;
  private static final int COMPRESS_PGLZ = 0x04;
  private static final int COMPRESS_LZ4 = 0x08;
  private static final int COMPRESS_ZSTD = 0x10;

  private FullPageImage() {}

  /** The bit of {@code bimg_info} that tells replay to restore the image. */
  public static int apply(PgVersion version) {
    return version.isAtLeast(PgVersion.V15) ? APPLY : OLD_APPLY;
  }

  /** The bits of {@code bimg_info} for images compressed with PGLZ. */
  public static int pglz(PgVersion version) {
    return version.isAtLeast(PgVersion.V15) ? COMPRESS_PGLZ : OLD_IS_COMPRESSED;
  }

  /** The bits of {@code bimg_info} for images compressed with LZ4, from 15 on. */
  public static int lz4() {
    return COMPRESS_LZ4;
  }

  /** The bits of {@code bimg_info} for images compressed with Zstandard, from 15 on. */
  public static int zstd() {
    return COMPRESS_ZSTD;
  }

  /** All bits of {@code bimg_info} that tell a compression method in {@code version}. */
  public static int compressionMask(PgVersion version) {
    return version.isAtLeast(PgVersion.V15)
        ? COMPRESS_PGLZ | COMPRESS_LZ4 | COMPRESS_ZSTD
        : OLD_IS_COMPRESSED;
  }

  /** All bits of {@code bimg_info} that {@code version} knows. */
  public static int knownBits(PgVersion version) {
    return HAS_HOLE | apply(version) | compressionMask(version);
  }
}
