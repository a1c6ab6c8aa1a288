package org.walfmt.replayer.datadir;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.series.PathEntry;

/**
 * The directories that a restore is going to fill, all new or empty, none inside another, nor
 * inside an archive or base backup, nor around one. Finding them out writes nothing.
 *
 * @param walDirectory the directory that {@code pg_wal} will lead to
 * @param tablespaces by path in the inventory
 */
public record TargetPlaces(
    Place target, Optional<Place> walDirectory, Map<String, Place> tablespaces) {
  /**
   * A directory.
   *
   * @param path as far as it exists without symbolic links
   * @param existed whether it was there, empty
   */
  public record Place(Path path, boolean existed) {}

  /**
   * Checks the places.
   *
   * @param mapping old to new directories of tablespaces
   * @param occupied archive and base backup
   * @throws RefusedException if one of them may not be filled
   */
  public static TargetPlaces of(
      Path target,
      Optional<Path> walDirectory,
      Map<Path, Path> mapping,
      List<PathEntry.Tablespace> tablespaces,
      List<Path> occupied)
      throws IOException {
    Place main = place("target directory", target);
    Optional<Place> wal = Optional.empty();
    if (walDirectory.isPresent()) {
      wal = Optional.of(place("WAL directory", absolute("WAL directory", walDirectory.get())));
    }
    Map<String, Place> places = new LinkedHashMap<>();
    Set<Path> unused = new HashSet<>(mapping.keySet());
    for (PathEntry.Tablespace tablespace : tablespaces) {
      Path from = path(tablespace);
      unused.remove(from);
      Path to = mapping.getOrDefault(from, from);
      String what = "directory of tablespace " + tablespace.path();
      places.put(tablespace.path(), place(what, absolute(what, to)));
    }
    if (!unused.isEmpty()) {
      throw new RefusedException(
          Reason.MISMATCH,
          "no tablespace of the backup is in \"" + unused.iterator().next() + "\"",
          tablespaces.isEmpty()
              ? "the backup has no tablespaces"
              : "tablespaces: " + list(tablespaces),
          "");
    }
    TargetPlaces result = new TargetPlaces(main, wal, Map.copyOf(places));
    result.checkApart(occupied);
    return result;
  }

  private static String list(List<PathEntry.Tablespace> tablespaces) {
    return String.join(", ", tablespaces.stream().map(PathEntry.Tablespace::target).toList());
  }

  private static Path path(PathEntry.Tablespace tablespace) throws RefusedException {
    try {
      return Path.of(tablespace.target()).normalize();
    } catch (InvalidPathException e) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "no directory can be named \"" + tablespace.target() + "\" here",
          "the locale has no such characters",
          "");
    }
  }

  private static Path absolute(String what, Path path) throws RefusedException {
    if (!path.isAbsolute()) {
      throw new RefusedException(
          Reason.PRECONDITION, what + " \"" + path + "\" is not an absolute path");
    }
    return path;
  }

  private static Place place(String what, Path path) throws IOException {
    Path real = real(path);
    if (!Files.exists(real, LinkOption.NOFOLLOW_LINKS)) {
      return new Place(real, false);
    }
    if (!Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(
          Reason.PRECONDITION, what + " \"" + path + "\" is not a directory");
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
      if (entries.iterator().hasNext()) {
        throw new RefusedException(
            Reason.PRECONDITION,
            what + " \"" + path + "\" is not empty",
            "",
            "Name a new or an empty directory; nothing is ever overwritten.");
      }
    }
    return new Place(real, true);
  }

  /** The real path of what exists of it. */
  private static Path real(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    List<Path> missing = new ArrayList<>();
    Path existing = absolute;
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      missing.add(0, Objects.requireNonNull(existing.getFileName()));
      existing = Objects.requireNonNull(existing.getParent());
    }
    Path real = existing.toRealPath();
    for (Path part : missing) {
      real = real.resolve(part);
    }
    return real;
  }

  private void checkApart(List<Path> occupied) throws IOException {
    List<Path> all = new ArrayList<>();
    all.add(target.path());
    walDirectory.ifPresent(place -> all.add(place.path()));
    tablespaces.values().forEach(place -> all.add(place.path()));
    for (int i = 0; i < all.size(); i++) {
      for (Path other : occupied) {
        requireApart(all.get(i), other.toRealPath());
      }
      for (int j = 0; j < i; j++) {
        requireApart(all.get(i), all.get(j));
      }
    }
  }

  private static void requireApart(Path place, Path other) throws RefusedException {
    if (place.startsWith(other) || other.startsWith(place)) {
      throw new RefusedException(
          Reason.MISMATCH,
          place.equals(other)
              ? "directory \"" + place + "\" cannot serve two purposes"
              : "directories \"" + place + "\" and \"" + other + "\" are inside each other",
          "",
          "Target, WAL directory, tablespaces, archive and base backup must be apart.");
    }
  }
}
