package org.walfmt.writer.source;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;

/** The files of a cluster, as a base backup sees them. Nothing is ever written. */
public final class DataDirectory {
  private static final int FIRST_CAPACITY = 1024;

  private final Path root;
  private final PgVersion version;

  /**
   * @param root the data directory
   */
  public DataDirectory(Path root, PgVersion version) {
    this.root = root;
    this.version = version;
  }

  /** The data directory's path. */
  public Path root() {
    return root;
  }

  /** The server's major. */
  public PgVersion version() {
    return version;
  }

  /** All directories of relation files, sorted by tablespace and database. */
  public List<DatabaseDirectory> databaseDirectories() throws IOException {
    List<DatabaseDirectory> found = new ArrayList<>();
    found.add(
        new DatabaseDirectory(
            RelFileLocator.GLOBAL_TABLESPACE, 0, root.resolve("global"), "global"));
    addDatabases(RelFileLocator.DEFAULT_TABLESPACE, "base", found);
    for (String name : names(root.resolve("pg_tblspc"))) {
      long tablespace = oid(name);
      if (tablespace > 0) {
        addDatabases(
            tablespace, "pg_tblspc/" + name + "/" + version.tablespaceVersionDirectory(), found);
      }
    }
    Collections.sort(found);
    return found;
  }

  private void addDatabases(long tablespace, String parent, List<DatabaseDirectory> to)
      throws IOException {
    for (String name : names(root.resolve(parent))) {
      long database = oid(name);
      Path path = root.resolve(parent).resolve(name);
      if (database > 0 && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        to.add(new DatabaseDirectory(tablespace, database, path, parent + "/" + name));
      }
    }
  }

  /** An OID in decimal; -1 for other names. */
  private static long oid(String name) {
    long packed = RelationFileName.parse(name);
    return packed != RelationFileName.NONE && packed << 46 == 0
        ? RelationFileName.relation(packed)
        : -1;
  }

  /** Names in a directory, in no order; none if it is gone. */
  static List<String> names(Path directory) throws IOException {
    return names(directory, name -> true);
  }

  /** Names in a directory that are {@code wanted}, in no order; none if it is gone. */
  static List<String> names(Path directory, Predicate<String> wanted) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (wanted.test(name)) {
          names.add(name);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new ArrayList<>();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /**
   * The relation files of a directory, packed as {@link RelationFileName} does and sorted. Left out
   * is what an unlogged relation has besides its init fork: recovery makes it anew from that.
   */
  public long[] relationFiles(DatabaseDirectory directory) throws IOException {
    long[] files = new long[FIRST_CAPACITY];
    int count = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.path())) {
      for (Path entry : entries) {
        long packed = RelationFileName.parse(String.valueOf(entry.getFileName()));
        if (packed != RelationFileName.NONE) {
          if (count == files.length) {
            files = Arrays.copyOf(files, 2 * count);
          }
          files[count++] = packed;
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new long[0];
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Arrays.sort(files, 0, count);
    return withoutUnlogged(files, count);
  }

  private static long[] withoutUnlogged(long[] sorted, int count) {
    long[] kept = new long[count];
    int size = 0;
    int at = 0;
    while (at < count) {
      int end = at;
      boolean unlogged = false;
      long relation = RelationFileName.relation(sorted[at]);
      while (end < count && RelationFileName.relation(sorted[end]) == relation) {
        unlogged |= isInit(sorted[end]);
        end++;
      }
      for (; at < end; at++) {
        if (!unlogged || isInit(sorted[at])) {
          kept[size++] = sorted[at];
        }
      }
    }
    return Arrays.copyOf(kept, size);
  }

  private static boolean isInit(long packed) {
    return RelationFileName.fork(packed) == ForkNumber.INIT.number();
  }
}
