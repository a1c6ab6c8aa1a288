package org.walfmt.replayer.imports;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.walfmt.PgVersion;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.series.PathEntry;

/**
 * The directories and tablespaces of a plain backup, which no manifest lists; what is in {@code
 * pg_wal} is no part of a backup.
 */
final class DirectoryTree {
  private static final Pattern TABLESPACE = Pattern.compile("pg_tblspc/[1-9][0-9]{0,9}");

  private final List<PathEntry> entries = new ArrayList<>();
  private final Map<String, String> targets;
  private final String directoryOfVersion;

  private DirectoryTree(Map<String, String> targets, PgVersion version) {
    this.targets = targets;
    this.directoryOfVersion = version.tablespaceVersionDirectory();
  }

  /**
   * Looks through a backup.
   *
   * @param targets where tablespaces are, by path, as the backup's map tells; of others the link
   *     does
   */
  static List<PathEntry> read(Path root, Map<String, String> targets, PgVersion version)
      throws IOException {
    DirectoryTree tree = new DirectoryTree(targets, version);
    tree.entries.add(new PathEntry.Directory(PathEntry.ROOT, mode(root)));
    tree.walk(root, "");
    return tree.entries;
  }

  private void walk(Path directory, String prefix) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path each : all) {
        String path = prefix + each.getFileName();
        if (TABLESPACE.matcher(path).matches() && Files.isDirectory(each)) {
          entries.add(new PathEntry.Tablespace(path, mode(each), target(each, path)));
          own(each.resolve(directoryOfVersion), path + "/" + directoryOfVersion);
        } else if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
          entries.add(new PathEntry.Directory(path, mode(each)));
          if (!path.equals("pg_wal")) {
            walk(each, path + "/");
          }
        }
      }
    }
  }

  /** What else is where a tablespace's link leads is no part of the backup. */
  private void own(Path directory, String path) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      entries.add(new PathEntry.Directory(path, mode(directory)));
      walk(directory, path + "/");
    }
  }

  private String target(Path link, String path) throws IOException {
    String known = targets.get(path);
    if (known != null) {
      return known;
    }
    return Files.isSymbolicLink(link)
        ? link.resolveSibling(Files.readSymbolicLink(link)).toAbsolutePath().toString()
        : link.toAbsolutePath().toString();
  }

  static int mode(Path path) throws IOException {
    return BaseBackup.mode(path);
  }
}
