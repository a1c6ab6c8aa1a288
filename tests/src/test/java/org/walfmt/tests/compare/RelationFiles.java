package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;

/** The relation files of a data directory, by the paths that they have in any data directory. */
final class RelationFiles {
  private final PgVersion version;
  private final Path root;
  private final SortedMap<String, RelationFile> files = new TreeMap<>();
  private final Set<RelFileLocator> unlogged = new HashSet<>();

  private RelationFiles(Path root, PgVersion version) {
    this.root = root;
    this.version = version;
  }

  /** Lists {@code global}, {@code base/*} and {@code pg_tblspc/*}, following the links there. */
  static RelationFiles of(Path root, PgVersion version) throws IOException {
    RelationFiles listed = new RelationFiles(root, version);
    listed.addDirectory("global");
    listed.addDatabases("base");
    try (DirectoryStream<Path> tablespaces = Files.newDirectoryStream(root.resolve("pg_tblspc"))) {
      for (Path tablespace : tablespaces) {
        String path =
            "pg_tblspc/" + tablespace.getFileName() + "/" + version.tablespaceVersionDirectory();
        if (Files.isDirectory(root.resolve(path))) {
          listed.addDatabases(path);
        }
      }
    }
    return listed;
  }

  private void addDatabases(String parent) throws IOException {
    try (DirectoryStream<Path> databases = Files.newDirectoryStream(root.resolve(parent))) {
      for (Path database : databases) {
        if (Files.isDirectory(database)) {
          addDirectory(parent + "/" + database.getFileName());
        }
      }
    }
  }

  private void addDirectory(String directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve(directory))) {
      for (Path entry : entries) {
        String path = directory + "/" + entry.getFileName();
        RelationFile.parse(path, version).ifPresent(file -> add(path, file));
      }
    }
  }

  private void add(String path, RelationFile file) {
    files.put(path, file);
    if (file.fork() == ForkNumber.INIT) {
      unlogged.add(file.locator());
    }
  }

  /** All files by path. */
  SortedMap<String, RelationFile> files() {
    return files;
  }

  /** Relations with an init fork: their other forks are not in the WAL. */
  Set<RelFileLocator> unlogged() {
    return unlogged;
  }

  /** Where this file lies, or would lie. */
  Path resolve(RelationFile file) {
    return resolve(file.path(version));
  }

  /** Where the file with this path lies, or would lie. */
  Path resolve(String path) {
    return root.resolve(path);
  }
}
