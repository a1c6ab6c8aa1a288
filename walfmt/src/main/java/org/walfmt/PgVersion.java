package org.walfmt;

import java.util.Optional;

/**
 * The supported majors of PostgreSQL, and the only place that knows what differs between them in
 * WAL and in the control file. Each number was read from a real server; section 2 of spec/format.md
 * has them, too.
 */
public enum PgVersion {
  V13(13, 0xD106, 1300, 202007201),
  V14(14, 0xD10D, 1300, 202107181),
  V15(15, 0xD110, 1300, 202209061),
  V16(16, 0xD113, 1300, 202307071),
  V17(17, 0xD116, 1700, 202406281),
  V18(18, 0xD118, 1800, 202506291);

  /** What messages say after "supported are". */
  public static final String SUPPORTED = "PostgreSQL 13 to 18";

  private final int major;
  private final int walMagic;
  private final int controlVersion;
  private final int catalogVersion;

  PgVersion(int major, int walMagic, int controlVersion, int catalogVersion) {
    this.major = major;
    this.walMagic = walMagic;
    this.controlVersion = controlVersion;
    this.catalogVersion = catalogVersion;
  }

  /** The version with this major number, if supported. */
  public static Optional<PgVersion> ofMajor(int major) {
    for (PgVersion version : values()) {
      if (version.major == major) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /** The version whose WAL pages carry {@code magic} ({@code XLOG_PAGE_MAGIC}), if supported. */
  public static Optional<PgVersion> ofWalMagic(int magic) {
    for (PgVersion version : values()) {
      if (version.walMagic == magic) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /** The version with this {@code CATALOG_VERSION_NO}, if supported. */
  public static Optional<PgVersion> ofCatalogVersion(long catalogVersion) {
    for (PgVersion version : values()) {
      if (version.catalogVersion == catalogVersion) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /** 13 to 18. */
  public int major() {
    return major;
  }

  /** {@code XLOG_PAGE_MAGIC}, 16 bits. */
  public int walMagic() {
    return walMagic;
  }

  /** {@code PG_CONTROL_VERSION}. */
  public int controlVersion() {
    return controlVersion;
  }

  /** {@code CATALOG_VERSION_NO}. */
  public int catalogVersion() {
    return catalogVersion;
  }

  /** The directory that this major makes in each tablespace, {@code PG_15_202209061}. */
  public String tablespaceVersionDirectory() {
    return "PG_" + major + "_" + catalogVersion;
  }

  /** Whether {@code major} of this is at least {@code other}'s. */
  public boolean isAtLeast(PgVersion other) {
    return compareTo(other) >= 0;
  }

  @Override
  public String toString() {
    return Integer.toString(major);
  }
}
