package org.walfmt.tests.nativebackup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** A backup's directory, written out of the archives that a server sends. */
final class TarDirectory {
  private static final String SUFFIX = ".tar";
  private static final String BASE = "base";

  private final Path directory;

  private TarDirectory(Path directory) {
    this.directory = directory;
  }

  /** Creates the directory, with the mode that servers want. */
  static TarDirectory create(Path directory) throws IOException {
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return new TarDirectory(directory);
  }

  /**
   * Writes out an archive, reading it to its end.
   *
   * @param name {@code base.tar}, or a tablespace's OID and {@code .tar}
   */
  void extract(String name, InputStream archive) throws IOException {
    if (!name.endsWith(SUFFIX)) {
      throw new IOException("an archive named " + name);
    }
    String stem = name.substring(0, name.length() - SUFFIX.length());
    Path place = directory;
    if (!stem.equals(BASE)) {
      place = create(TablespacePlaces.of(directory, stem)).directory;
    }
    TarArchiveInputStream entries = new TarArchiveInputStream(archive);
    for (TarArchiveEntry entry = entries.getNextEntry();
        entry != null;
        entry = entries.getNextEntry()) {
      write(entry, entries, place);
    }
    archive.transferTo(OutputStream.nullOutputStream());
  }

  private void write(TarArchiveEntry entry, InputStream contents, Path place) throws IOException {
    Path path = place.resolve(entry.getName()).normalize();
    if (!path.startsWith(place)) {
      throw new IOException("a path that leaves the archive: " + entry.getName());
    }
    if (entry.isSymbolicLink()) {
      Path relative = place.relativize(path);
      if (!TablespacePlaces.isLink(relative)) {
        throw new IOException("a link that is no tablespace's: " + entry.getName());
      }
      TablespacePlaces.link(directory, relative.getFileName().toString());
      return;
    }
    if (entry.isDirectory()) {
      Files.createDirectories(path);
    } else {
      Files.copy(contents, path);
    }
    Files.setAttribute(path, "unix:mode", entry.getMode() & 0777);
  }
}
