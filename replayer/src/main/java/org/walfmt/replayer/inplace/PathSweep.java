package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.block.RelationFile;
import org.walfmt.control.ControlFile;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.PathOrder;
import org.walfmt.series.Series;

/**
 * Removes what the backup does not have of the server's directories: those of dropped databases and
 * tablespaces, files that are no relation's, and what a backup leaves out and a server makes anew.
 * Walks through the target in the order of the inventory, and through that in step. What is the
 * target's own, WAL and replication slots are let alone.
 */
final class PathSweep {
  private final Places places;
  private final Removal removal;
  private final Set<String> sweptRelations;
  private @Nullable PathEntry expected;

  /**
   * @param sweptRelations directories whose relations {@link RelationSweep} has looked at
   */
  PathSweep(Places places, Removal removal, Set<String> sweptRelations) {
    this.places = places;
    this.removal = removal;
    this.sweptRelations = sweptRelations;
  }

  /** Walks through it all. */
  void run(Series newest) throws IOException {
    try (PathInventory inventory = new PathInventory(newest)) {
      expected = inventory.next();
      for (String name : names(places.target(), "")) {
        Path file = places.target().resolve(name);
        if (TargetNames.isOutdated(name)) {
          removal.remove(file);
        } else if (TargetNames.isOldLabel(name)) {
          if (!(find(inventory, name) instanceof PathEntry.RegularFile)) {
            removal.remove(file);
          }
        } else if (TargetNames.isServers(name) && !name.equals("PG_VERSION")) {
          sweep(inventory, name, file);
        }
      }
    }
  }

  private @Nullable PathEntry find(PathInventory inventory, String path) throws IOException {
    while (expected != null && PathOrder.compareFiles(expected.path(), path) < 0) {
      expected = inventory.next();
    }
    return expected != null && expected.path().equals(path) ? expected : null;
  }

  private List<String> names(Path directory, String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    boolean skipRelations = sweptRelations.contains(prefix);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = Objects.requireNonNull(entry.getFileName()).toString();
        if (!skipRelations || RelationFile.parse(prefix + "/" + name, places.version()).isEmpty()) {
          names.add(name);
        }
      }
    }
    names.sort(PathOrder.COMPARATOR);
    return names;
  }

  private void sweep(PathInventory inventory, String path, Path file) throws IOException {
    if (path.startsWith(ControlFile.PATH)) {
      return;
    }
    PathEntry entry = find(inventory, path);
    Path link = places.links().get(path);
    if (link != null) {
      sweepTablespace(inventory, path, file, link, entry != null);
    } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      sweepDirectory(inventory, path, file, entry);
    } else if (Files.isSymbolicLink(file) && entry instanceof PathEntry.Directory) {
      return; // pg_wal, or one that the server empties by itself; what is there is not followed
    } else if (!(entry instanceof PathEntry.RegularFile)
        || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      removal.remove(file);
    }
  }

  private void sweepTablespace(
      PathInventory inventory, String path, Path file, Path place, boolean isKept)
      throws IOException {
    String name = places.version().tablespaceVersionDirectory();
    Path contents = place.resolve(name);
    if (!isKept) {
      if (Files.exists(contents, LinkOption.NOFOLLOW_LINKS)) {
        removal.remove(contents);
      }
      removal.remove(file);
    } else if (Files.exists(contents, LinkOption.NOFOLLOW_LINKS)) {
      sweep(inventory, path + "/" + name, contents);
    }
  }

  private void sweepDirectory(
      PathInventory inventory, String path, Path directory, @Nullable PathEntry entry)
      throws IOException {
    if (path.equals("pg_wal") || path.equals("pg_replslot")) {
      return;
    }
    boolean isKept = entry instanceof PathEntry.Directory || entry instanceof PathEntry.Tablespace;
    if (!isKept) {
      removal.remove(directory);
    } else if (TargetNames.isKeptEmpty(path)) {
      removal.removeContents(directory);
    } else {
      for (String name : names(directory, path)) {
        sweep(inventory, path + "/" + name, directory.resolve(name));
      }
    }
  }
}
