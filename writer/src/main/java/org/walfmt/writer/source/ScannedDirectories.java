package org.walfmt.writer.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The directories that relation files were read from, and those above them. If a database or a
 * tablespace is dropped after that, they stay in the backup, since its blocks are in it: replay
 * removes them as it does on a standby.
 *
 * <p>Filled by one thread, and read when that has ended.
 */
public final class ScannedDirectories {
  /**
   * A directory as it was.
   *
   * @param target where it led, if it was a tablespace's link
   */
  record Scanned(int mode, Optional<String> target) {}

  private final TreeMap<String, Scanned> byPath = new TreeMap<>();
  private final Map<String, String> identities = new HashMap<>();

  /**
   * Keeps a directory that is going to be read, and what is above it.
   *
   * @return false if it is gone already
   */
  public boolean add(DatabaseDirectory directory, Path root) throws IOException {
    Map<String, Scanned> found = new TreeMap<>();
    String name = directory.name();
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      int end = name.indexOf('/', slash + 1);
      String path = end < 0 ? name : name.substring(0, end);
      Path file = root.resolve(path);
      int mode = PathWalk.permissions(file);
      if (mode == 0) {
        return false;
      }
      try {
        boolean link = Files.isSymbolicLink(file);
        found.put(
            path,
            new Scanned(
                mode,
                link ? Optional.of(Files.readSymbolicLink(file).toString()) : Optional.empty()));
      } catch (NoSuchFileException e) {
        return false;
      }
    }
    byPath.putAll(found);
    return true;
  }

  /** Keeps the identity of a directory. */
  public void identify(DatabaseDirectory directory, DirectoryIdentity identity) {
    identities.put(directory.name(), identity.text());
  }

  /** Identities of the databases' directories, by path, as they were before they were read. */
  public Map<String, String> identities() {
    return Map.copyOf(identities);
  }

  Optional<Scanned> find(String path) {
    return Optional.ofNullable(byPath.get(path));
  }

  /** Names of the directories in {@code prefix}, which ends with a slash. */
  List<String> names(String prefix) {
    List<String> names = new ArrayList<>();
    for (String path : byPath.tailMap(prefix, false).keySet()) {
      if (!path.startsWith(prefix)) {
        break;
      }
      if (path.indexOf('/', prefix.length()) < 0) {
        names.add(path.substring(prefix.length()));
      }
    }
    return names;
  }
}
