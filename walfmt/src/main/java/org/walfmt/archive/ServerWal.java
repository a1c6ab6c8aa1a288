package org.walfmt.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.walfmt.SegmentName;

/**
 * Our files in a running server's {@code pg_wal}, and what {@code archive_status} says of them
 * ({@code xlogarchive.c}): {@code .ready} until the archiver has stored the file, {@code .done}
 * from then on. Only names on series timelines are touched.
 */
final class ServerWal {
  /** The server removes files of this prefix when it starts ({@code RemoveTempXlogFiles}). */
  private static final String TEMPORARY = "xlogtemp.walfmt.";

  private static final int TIMELINE_DIGITS = 8;
  private static final String READY = ".ready";
  private static final String DONE = ".done";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> GROUP_MAY_READ =
      PosixFilePermissions.fromString("rw-r-----");

  private final Path dataDirectory;
  private final Path wal;
  private final Path status;

  ServerWal(Path dataDirectory) {
    this.dataDirectory = dataDirectory;
    this.wal = dataDirectory.resolve("pg_wal");
    this.status = wal.resolve("archive_status");
  }

  Path directory() {
    return wal;
  }

  Path file(String name) {
    return wal.resolve(name);
  }

  /** Name of a file on its way: of a run, with a number. */
  Path temporary(String tag, long number) {
    return wal.resolve(TEMPORARY + tag + "." + number);
  }

  boolean isReady(String name) {
    return Files.exists(status.resolve(name + READY));
  }

  boolean isDone(String name) {
    return Files.exists(status.resolve(name + DONE));
  }

  /** Whether the archiver has still to store the commit of a series timeline. */
  boolean isCommitReady(String timelineHex) throws IOException {
    return !files(status, timelineHex + "*" + Archive.COMMIT_SUFFIX + READY).isEmpty();
  }

  /**
   * Whether the server has removed a segment of ordinary WAL, and so had archived it: there is none
   * of this name, and one after it.
   */
  boolean isRecycled(String name) throws IOException {
    if (!SegmentName.matches(name) || Files.exists(file(name))) {
      return false;
    }
    String number = name.substring(TIMELINE_DIGITS);
    for (Path file : files(wal, "[0-7]*")) {
      String other = String.valueOf(file.getFileName());
      if (SegmentName.matches(other)
          && other.substring(TIMELINE_DIGITS).compareTo(number) > 0
          && !Files.exists(file(name))) {
        return true;
      }
    }
    return false;
  }

  /** Whether anything of this name is there. */
  boolean isTaken(String name) {
    return Files.exists(file(name)) || isReady(name) || isDone(name);
  }

  /** Gives a whole file its name; it is the server's own then, by owner and mode. */
  void place(Path temporary, String name) throws IOException {
    own(temporary);
    if (isTaken(name)) {
      throw new FileAlreadyExistsException(file(name).toString());
    }
    Files.move(temporary, file(name), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(wal, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /**
   * Tells the archiver that a file is there for it. From the moment of its name on, the mark is the
   * archiver's.
   *
   * @param temporary a name that is free
   */
  void markReady(String name, Path temporary) throws IOException {
    Files.createFile(temporary, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try {
      own(temporary);
      Files.move(temporary, status.resolve(name + READY), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** As the server makes its files: {@code pg_file_create_mode}, by that of the data directory. */
  private void own(Path file) throws IOException {
    PosixFileAttributes directory = Files.readAttributes(dataDirectory, PosixFileAttributes.class);
    PosixFileAttributes now = Files.readAttributes(file, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    boolean groupMayRead = directory.permissions().contains(PosixFilePermission.GROUP_READ);
    view.setPermissions(groupMayRead ? GROUP_MAY_READ : OWNER_ONLY);
    if (!now.group().equals(directory.group())) {
      view.setGroup(directory.group());
    }
    if (!now.owner().equals(directory.owner())) {
      view.setOwner(directory.owner());
    }
  }

  /**
   * Takes a file of a series away. The mark of a file that is to be archived goes before it, that
   * of one which is archived after it: without one, the server would archive it again.
   */
  void remove(String name) throws IOException {
    requireOfSeries(name);
    Files.deleteIfExists(status.resolve(name + READY));
    Files.deleteIfExists(file(name));
    Files.deleteIfExists(status.resolve(name + DONE));
  }

  private static void requireOfSeries(String name) {
    if (name.length() < SegmentName.LENGTH
        || !SegmentName.matches(name.substring(0, SegmentName.LENGTH))
        || name.charAt(0) < '8') {
      throw new IllegalArgumentException("\"" + name + "\" is no file of a series");
    }
  }

  /** Takes away all files of a series timeline and all that a run with this tag has not placed. */
  void removeLeft(String timelineHex, String tag) throws IOException {
    for (Path file : files(status, timelineHex + "*{" + READY + "," + DONE + "}")) {
      String marked = String.valueOf(file.getFileName());
      remove(marked.substring(0, marked.lastIndexOf('.')));
    }
    for (Path file : files(wal, timelineHex + "*")) {
      remove(String.valueOf(file.getFileName()));
    }
    if (!tag.isEmpty()) {
      for (Path file : files(wal, TEMPORARY + tag + ".*")) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static List<Path> files(Path directory, String glob) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
      stream.forEach(files::add);
    } catch (NoSuchFileException e) {
      return files;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return files;
  }
}
