package org.walfmt.replayer.datadir;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.walfmt.CorruptWalException;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathOrder;

/**
 * Where the paths of an inventory are on disk: below the target, or below the directory that a
 * tablespace or {@code pg_wal} was put in. Symbolic links are never part of such a place, and every
 * place lies in a directory that the restore itself has made.
 */
public final class TargetLayout {
  private static final String TABLESPACES = "pg_tblspc/";
  private static final String WAL = "pg_wal";

  private final Path target;
  private final Optional<Path> walDirectory;
  private final Map<String, Path> tablespaces = new HashMap<>();
  private final Set<String> directories = new HashSet<>();

  /**
   * @param target real path of the data directory
   * @param walDirectory real path of the directory that is to be {@code pg_wal}
   */
  public TargetLayout(Path target, Optional<Path> walDirectory) {
    this.target = target;
    this.walDirectory = walDirectory;
  }

  Path target() {
    return target;
  }

  /** The directory of a tablespace is {@code place}. */
  public void addTablespace(String path, Path place) {
    tablespaces.put(path, place);
    directories.add(path);
  }

  /** A directory was made. */
  public void addDirectory(String path) {
    directories.add(path);
  }

  /** Whether a directory was added. */
  public boolean hasDirectory(String path) {
    return directories.contains(path);
  }

  /** Directories made so far, in no order. */
  public Set<String> directories() {
    return directories;
  }

  /**
   * Where {@code path} is.
   *
   * @throws CorruptWalException if it is unsafe or lies in no directory of the inventory
   */
  public Path place(String path) throws CorruptWalException {
    if (path.equals(PathEntry.ROOT)) {
      return target;
    }
    int slash = path.lastIndexOf('/');
    String parent = slash < 0 ? PathEntry.ROOT : path.substring(0, slash);
    if (!PathOrder.isSafe(path) || !directories.contains(parent)) {
      throw new CorruptWalException("\"" + path + "\" lies in no directory of the inventory");
    }
    try {
      return resolve(path);
    } catch (InvalidPathException e) {
      CorruptWalException failure =
          new CorruptWalException(
              "no file can be named \"" + path + "\" here: the locale has no such characters");
      failure.initCause(e);
      throw failure;
    }
  }

  /** Where a directory that was made is. */
  public Path placeOfDirectory(String path) {
    return path.equals(PathEntry.ROOT) ? target : resolve(path);
  }

  private Path resolve(String path) {
    if (path.startsWith(TABLESPACES)) {
      int end = path.indexOf('/', TABLESPACES.length());
      Path place = tablespaces.get(end < 0 ? path : path.substring(0, end));
      if (place != null) {
        return end < 0 ? place : place.resolve(path.substring(end + 1));
      }
    }
    if (walDirectory.isPresent() && (path.equals(WAL) || path.startsWith(WAL + "/"))) {
      return path.equals(WAL)
          ? walDirectory.get()
          : walDirectory.get().resolve(path.substring(WAL.length() + 1));
    }
    return target.resolve(path);
  }
}
