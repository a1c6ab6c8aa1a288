package org.walfmt.writer.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathOrder;

/**
 * Walks over everything in a data directory but relation files, in {@link PathOrder}: directories,
 * tablespaces, other files; {@code global/pg_control} is left to the caller.
 */
public final class PathWalk {
  private static final int PERMISSIONS = 0777;
  private static final int TYPE = 0170000;
  private static final int TYPE_DIRECTORY = 0040000;
  private static final int TYPE_FILE = 0100000;
  private static final int TYPE_LINK = 0120000;
  private static final int PRIVATE = 0700;

  /** What Java makes of bytes that are not in the locale's encoding. */
  private static final char UNDECODABLE = '\uFFFD';

  private static final String TABLESPACES = "pg_tblspc";
  private static final Pattern TABLESPACE = Pattern.compile(TABLESPACES + "/[1-9][0-9]{0,9}");
  private static final String WAL = "pg_wal";

  /** Takes what the walk finds. */
  public interface Visitor {
    /** A directory; the data directory itself is the first. */
    void directory(String path, int mode) throws IOException;

    /** A tablespace and where its link leads; what is in it follows. */
    void tablespace(String path, int mode, String target) throws IOException;

    /** A regular file. */
    void file(String path, Path file, int mode) throws IOException;
  }

  private final DataDirectory source;
  private final ScannedDirectories scanned;
  private final Consumer<String> warnings;
  private final Visitor visitor;
  private final Set<Path> tablespaceTargets = new HashSet<>();

  /**
   * A walk.
   *
   * @param scanned directories that are visited even if they are gone
   * @param warnings hears of oddities, one line each
   */
  public PathWalk(
      DataDirectory source,
      ScannedDirectories scanned,
      Consumer<String> warnings,
      Visitor visitor) {
    this.source = source;
    this.scanned = scanned;
    this.warnings = warnings;
    this.visitor = visitor;
  }

  /** Goes through all of it. */
  public void run() throws IOException {
    findTablespaces();
    int mode = mode(source.root(), true); // the path of the data directory may be a link
    visitor.directory(PathEntry.ROOT, mode & PERMISSIONS);
    walk(source.root(), "");
  }

  /** A tablespace located inside the data directory must not be walked twice. */
  private void findTablespaces() throws IOException {
    Path directory = source.root().resolve(TABLESPACES);
    for (String name : DataDirectory.names(directory)) {
      Path link = directory.resolve(name);
      if (Files.isSymbolicLink(link) && Files.exists(link)) {
        tablespaceTargets.add(link.toRealPath());
      }
    }
  }

  private void walk(Path directory, String prefix) throws IOException {
    NavigableSet<String> names = new TreeSet<>(PathOrder.COMPARATOR);
    names.addAll(scanned.names(prefix));
    boolean amongRelations = isDatabaseDirectory(prefix);
    names.addAll(DataDirectory.names(directory, name -> !(amongRelations && isOfARelation(name))));
    for (String name : names) {
      String path = prefix + name;
      if (Exclusions.isExcludedName(name) || path.equals(PathEntry.CONTROL_FILE)) {
        continue;
      }
      if (!PathOrder.isSafe(path) || name.indexOf(UNDECODABLE) >= 0) {
        throw new RefusedException(
            Reason.UNSUPPORTED,
            "file name \"" + path + "\" cannot be kept in a series",
            "it is not UTF-8, or the locale that walfmt runs in is not",
            "Rename the file, or set LC_ALL to a UTF-8 locale.");
      }
      Path file = directory.resolve(name);
      int mode = mode(file, false);
      switch (mode & TYPE) {
        case TYPE_DIRECTORY -> directory(file, path, mode);
        case TYPE_FILE -> visitor.file(path, file, mode & PERMISSIONS);
        case TYPE_LINK -> link(file, path);
        case 0 -> vanished(path);
        default -> warnings.accept("skipping special file \"" + path + "\"");
      }
    }
  }

  /**
   * What relation files were read from is in the backup all the same. Two tablespaces cannot be
   * restored to one place: one whose place another has taken becomes a plain directory, which
   * replay removes just as well ({@code destroy_tablespace_directories} in tablespace.c).
   */
  private void vanished(String path) throws IOException {
    Optional<ScannedDirectories.Scanned> before = scanned.find(path);
    if (before.isPresent()) {
      Optional<String> target = before.get().target();
      if (target.isPresent() && !isTablespaceTarget(Path.of(target.get()))) {
        visitor.tablespace(path, before.get().mode(), target.get());
      } else {
        visitor.directory(path, before.get().mode());
      }
      for (String name : scanned.names(path + "/")) {
        vanished(path + "/" + name);
      }
    }
  }

  private void directory(Path directory, String path, int mode) throws IOException {
    visitor.directory(path, mode & PERMISSIONS);
    if (!path.startsWith(TABLESPACES + "/") && isTablespaceTarget(directory)) {
      return; // its contents come under pg_tblspc
    }
    if (path.equals(WAL)) {
      walData(directory);
    } else if (!Exclusions.isKeptEmpty(path)) {
      if (TABLESPACE.matcher(path).matches()) {
        tablespaceContents(directory, path);
      } else {
        walk(directory, path + "/");
      }
    }
  }

  private boolean isTablespaceTarget(Path directory) throws IOException {
    return !tablespaceTargets.isEmpty()
        && Files.exists(directory)
        && tablespaceTargets.contains(directory.toRealPath());
  }

  /** Of {@code pg_wal} only the directories that a server does not make by itself. */
  private void walData(Path directory) throws IOException {
    for (String name : List.of("archive_status", "summaries")) {
      int mode = mode(directory.resolve(name), false);
      if ((mode & TYPE) == TYPE_DIRECTORY) {
        visitor.directory(WAL + "/" + name, mode & PERMISSIONS);
      }
    }
  }

  /** Of a tablespace only the directory of this major. */
  private void tablespaceContents(Path directory, String path) throws IOException {
    String name = source.version().tablespaceVersionDirectory();
    int mode = mode(directory.resolve(name), false);
    if ((mode & TYPE) == TYPE_DIRECTORY) {
      directory(directory.resolve(name), path + "/" + name, mode);
    } else {
      vanished(path + "/" + name);
    }
  }

  /** There may be a million of them, whose names are never kept. */
  private static boolean isOfARelation(String name) {
    return RelationFileName.parse(name) != RelationFileName.NONE
        || Exclusions.isTemporaryRelation(name);
  }

  private boolean isDatabaseDirectory(String prefix) {
    return prefix.equals("global/")
        || prefix.matches("base/[0-9]+/")
        || prefix.matches(
            TABLESPACES + "/[0-9]+/" + source.version().tablespaceVersionDirectory() + "/[0-9]+/");
  }

  private void link(Path link, String path) throws IOException {
    boolean leadsToDirectory = Files.isDirectory(link);
    if (TABLESPACE.matcher(path).matches()) {
      tablespace(link, path);
    } else if (leadsToDirectory && (path.equals(WAL) || Exclusions.isKeptEmpty(path))) {
      directory(link, path, mode(link, true));
    } else {
      warnings.accept("skipping symbolic link \"" + path + "\"");
    }
  }

  private void tablespace(Path link, String path) throws IOException {
    String target;
    try {
      target = Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException | NotLinkException e) {
      vanished(path);
      return;
    }
    if (!target.startsWith("/") || target.indexOf(UNDECODABLE) >= 0) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "tablespace link \"" + path + "\" leads to \"" + target + "\"",
          "only absolute paths in UTF-8 can be kept in a series",
          "");
    }
    int mode = mode(link, true);
    if (mode == 0) {
      warnings.accept("tablespace \"" + path + "\" leads to nothing at \"" + target + "\"");
    }
    visitor.tablespace(path, mode == 0 ? PRIVATE : mode & PERMISSIONS, target);
    tablespaceContents(link, path);
  }

  /** Permission bits of a file. */
  public static int permissions(Path file) throws IOException {
    return mode(file, true) & PERMISSIONS;
  }

  /** {@code st_mode}; 0 if the file is gone. */
  private static int mode(Path file, boolean follow) throws IOException {
    LinkOption[] options =
        follow ? new LinkOption[0] : new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
    try {
      Map<String, Object> attributes = Files.readAttributes(file, "unix:mode", options);
      return attributes.get("mode") instanceof Integer mode ? mode : 0;
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
