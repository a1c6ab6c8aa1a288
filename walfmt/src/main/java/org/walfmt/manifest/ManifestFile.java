package org.walfmt.manifest;

import java.util.Optional;

/**
 * One file of a backup, as a manifest lists it.
 *
 * @param path relative to the data directory, with {@code /} between its parts; never leads out of
 *     it
 * @param size in bytes
 * @param checksum empty if the manifest has none for it
 */
public record ManifestFile(String path, long size, Optional<FileChecksum> checksum) {
  /** What the name of a file begins with that holds only some blocks of a relation's. */
  public static final String INCREMENTAL = "INCREMENTAL.";

  /** Whether it is such a file. */
  public boolean isIncremental() {
    return path.startsWith(INCREMENTAL, path.lastIndexOf('/') + 1);
  }
}
