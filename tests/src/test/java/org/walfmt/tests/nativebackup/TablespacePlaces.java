package org.walfmt.tests.nativebackup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a backup has its tablespaces: the one of OID 16384 of {@code full} in {@code full.16384}.
 */
final class TablespacePlaces {
  private static final String LINKS = "pg_tblspc";

  private TablespacePlaces() {}

  /** Whether a path in a data directory is that of a tablespace's link. */
  static boolean isLink(Path relative) {
    return relative.getNameCount() == 2 && relative.startsWith(LINKS);
  }

  /** The directory of a tablespace. */
  static Path of(Path directory, String oid) {
    return directory.resolveSibling(directory.getFileName() + "." + oid);
  }

  /** Makes the link of a tablespace, which need not exist yet. */
  static void link(Path directory, String oid) throws IOException {
    Files.createSymbolicLink(
        directory.resolve(LINKS).resolve(oid), of(directory, oid).toAbsolutePath());
  }
}
