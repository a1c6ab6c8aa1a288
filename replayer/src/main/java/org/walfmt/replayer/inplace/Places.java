package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.replayer.datadir.TargetLayout;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.Series;

/**
 * Where the directories of a backup's inventory are in the target, found out without a change:
 * tablespaces where their links lead, new ones where the user wants them, {@code pg_wal} where its
 * link leads. No other symbolic link is followed.
 */
public final class Places {
  private static final String WAL = "pg_wal";
  private static final String TABLESPACES = "pg_tblspc";

  private final Path target;
  private final PgVersion version;
  private final boolean configuration;
  private final TargetLayout layout;
  private final Map<String, Path> links = new HashMap<>();
  private final Map<String, Path> tablespaces = new HashMap<>();
  private final Set<Path> used = new HashSet<>();

  private Places(Path target, PgVersion version, boolean configuration) throws IOException {
    this.target = target;
    this.version = version;
    this.configuration = configuration;
    Path wal = target.resolve(WAL);
    this.layout =
        new TargetLayout(
            target, Files.isSymbolicLink(wal) ? Optional.of(real(WAL, wal)) : Optional.empty());
    layout.addDirectory(PathEntry.ROOT);
    findLinks();
  }

  /**
   * Looks at the target.
   *
   * @param target its real path
   * @param mapping old to new directories of tablespaces that the target does not have
   * @param configuration whether what is not the server's is taken from the backup, too
   * @param occupied directories that must stay as they are
   * @throws RefusedException if something of the backup has no place
   */
  public static Places find(
      Path target,
      Series newest,
      Map<Path, Path> mapping,
      boolean configuration,
      List<Path> occupied)
      throws IOException {
    Places places = new Places(target, newest.begin().version(), configuration);
    Set<Path> unused = new HashSet<>(mapping.keySet());
    try (PathInventory inventory = new PathInventory(newest)) {
      for (PathEntry entry = inventory.next(); entry != null; entry = inventory.next()) {
        if (entry instanceof PathEntry.Directory directory) {
          places.add(directory);
        } else if (entry instanceof PathEntry.Tablespace tablespace) {
          unused.remove(path(tablespace.target()));
          places.add(tablespace, mapping);
        }
      }
    }
    if (!unused.isEmpty()) {
      throw new RefusedException(
          Reason.MISMATCH,
          "no tablespace of the backup is in \"" + unused.iterator().next() + "\"");
    }
    for (Path each : occupied) {
      places.requireApart(each.toRealPath());
    }
    return places;
  }

  /** Where the target's own tablespaces are. */
  private void findLinks() throws IOException {
    Path directory = target.resolve(TABLESPACES);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String path = TABLESPACES + "/" + entry.getFileName();
        if (TargetNames.isTablespace(path) && Files.isSymbolicLink(entry)) {
          links.put(path, real(path, entry));
        }
      }
    }
  }

  private static Path real(String path, Path link) throws IOException {
    if (!Files.isDirectory(link)) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "symbolic link \"" + link + "\" leads to no directory",
          "it leads to \"" + Files.readSymbolicLink(link) + "\"",
          path.equals(WAL) ? "" : "Make that directory, or remove the link.");
    }
    return link.toRealPath();
  }

  private void add(PathEntry.Directory directory) throws IOException {
    String path = directory.path();
    if (path.equals(PathEntry.ROOT) || !isTaken(path)) {
      return;
    }
    Path link = links.get(path);
    if (link != null) {
      used.add(link);
      layout.addTablespace(path, link);
      return;
    }
    Path place = layout.place(path);
    boolean isLink = Files.isSymbolicLink(place);
    if (isLink && !path.equals(WAL) && !TargetNames.isKeptEmpty(path)) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "directory \"" + place + "\" is a symbolic link",
          "only those of pg_wal and of tablespaces are followed",
          "Restore into a new directory instead.");
    }
    layout.addDirectory(path);
  }

  private void add(PathEntry.Tablespace tablespace, Map<Path, Path> mapping) throws IOException {
    String path = tablespace.path();
    Path from = path(tablespace.target());
    Path here = links.get(path);
    Path inside = layout.place(path);
    if (here == null && Files.isDirectory(inside, LinkOption.NOFOLLOW_LINKS)) {
      here = inside; // made with allow_in_place_tablespaces
    }
    Path wanted = mapping.get(from);
    if (here == null) {
      here = newPlace(path, wanted == null ? from : wanted);
    } else if (wanted != null && !here.equals(resolved(wanted))) {
      throw new RefusedException(
          Reason.MISMATCH,
          "the data directory has tablespace " + path + " in \"" + here + "\"",
          "",
          "Leave it there: a tablespace is moved only while the server is down, by its link.");
    }
    if (!used.add(here)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "directory \"" + here + "\" cannot serve two tablespaces",
          "",
          "Give one of them another place with --tablespace-mapping.");
    }
    tablespaces.put(path, here);
    layout.addTablespace(path, here);
  }

  private Path newPlace(String path, Path place) throws IOException {
    if (!place.isAbsolute()) {
      throw new RefusedException(
          Reason.PRECONDITION, "directory \"" + place + "\" is not an absolute path");
    }
    Path real = resolved(place);
    if (real.startsWith(target) || target.startsWith(real)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "directories \"" + real + "\" and \"" + target + "\" are inside each other");
    }
    boolean isFree = !Files.exists(real, LinkOption.NOFOLLOW_LINKS);
    if (!isFree && Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
        isFree = !entries.iterator().hasNext() || links.containsValue(real);
      }
    }
    if (!isFree) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "directory \"" + real + "\" of the new tablespace " + path + " is not empty",
          "",
          "Name a new or an empty directory with --tablespace-mapping.");
    }
    return real;
  }

  /** Without symbolic links, as far as it exists. */
  private static Path resolved(Path place) throws IOException {
    Path absolute = place.normalize();
    Path parent = absolute.getParent();
    if (Files.exists(absolute)) {
      return absolute.toRealPath();
    }
    Path name = absolute.getFileName();
    return parent == null || name == null ? absolute : resolved(parent).resolve(name);
  }

  private static Path path(String text) throws RefusedException {
    try {
      return Path.of(text).normalize();
    } catch (InvalidPathException e) {
      RefusedException refusal =
          new RefusedException(
              Reason.PRECONDITION, "no directory can be named \"" + text + "\" here");
      refusal.initCause(e);
      throw refusal;
    }
  }

  private void requireApart(Path other) throws RefusedException {
    Set<Path> mine = new HashSet<>(used);
    mine.add(target);
    mine.add(layout.placeOfDirectory(WAL));
    for (Path place : mine) {
      if (place.startsWith(other) || other.startsWith(place)) {
        throw new RefusedException(
            Reason.MISMATCH,
            "directories \"" + place + "\" and \"" + other + "\" are inside each other",
            "",
            "Data directory, tablespaces, archive and base backup must be apart.");
      }
    }
  }

  /** Whether a path of the inventory is taken from the backup. */
  boolean isTaken(String path) {
    return configuration || TargetNames.isServers(path);
  }

  Path target() {
    return target;
  }

  PgVersion version() {
    return version;
  }

  TargetLayout layout() {
    return layout;
  }

  /** Tablespaces of the target before, by path, where their links lead. */
  Map<String, Path> links() {
    return links;
  }

  /** Tablespaces of the backup, by path, where they are or will be. */
  public Map<String, Path> tablespaces() {
    return tablespaces;
  }
}
