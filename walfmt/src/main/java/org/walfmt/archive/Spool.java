package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;

/**
 * Where files lie on their way between an archive's commands and us: a private directory that goes
 * away with its process. {@code SPOOL/ARCHIVE/} is for all runs that work with the same archive,
 * {@code SPOOL/ARCHIVE/NUMBER/} for one of them, which holds a lock on {@code
 * SPOOL/ARCHIVE/NUMBER.lock}; what a dead one left is removed by the next.
 */
final class Spool implements Closeable {
  private static final String LOCK = ".lock";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /** The shell would take anything else apart: commands get paths as they are. */
  private static final String PLAIN = "[\\p{L}\\p{N}_./+:@,=-]+";

  private static final int IDENTITY_LENGTH = 12;

  private final Path shared;
  private final Path own;
  private final Path lockFile;
  private final FileChannel lock;
  private final AtomicLong counter = new AtomicLong();

  private Spool(Path shared, Path own, Path lockFile, FileChannel lock) {
    this.shared = shared;
    this.own = own;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Makes a directory for this process.
   *
   * @param wanted empty for one in the system's temporary directory
   * @param archive what tells the archive from others
   */
  static Spool open(Optional<Path> wanted, String archive) throws IOException {
    Path root =
        wanted.orElseGet(
            () ->
                Path.of(
                    System.getProperty("java.io.tmpdir"),
                    "walfmt-spool-" + System.getProperty("user.name")));
    root = root.toAbsolutePath();
    if (!root.toString().matches(PLAIN)) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "spool directory \"" + root + "\" has characters that a shell would not take as they are",
          "",
          "Name another one with --spool-dir.");
    }
    makePrivate(root, wanted.isEmpty());
    Path shared = root.resolve(digest(archive));
    makePrivate(shared, true);
    removeDead(shared);
    return lockOne(shared);
  }

  /** In a directory of others', a backup could be changed on its way. */
  private static void makePrivate(Path directory, boolean mustBePrivate) throws IOException {
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
      return;
    } catch (FileAlreadyExistsException e) {
      // Made by an earlier run, or by somebody else.
    }
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    if (mustBePrivate && !isPrivate(directory)) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "spool directory \"" + directory + "\" is not this user's alone",
          "it must be of this user and have mode 0700",
          "Remove it, or name another one with --spool-dir.");
    }
  }

  private static boolean isPrivate(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
        || !Files.getPosixFilePermissions(directory).equals(PRIVATE)) {
      return false;
    }
    Path probe = Files.createTempFile(directory, ".probe-", "");
    try {
      return Files.getOwner(directory).equals(Files.getOwner(probe));
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  private static String digest(String text) {
    try {
      byte[] bytes =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(bytes).substring(0, IDENTITY_LENGTH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Spool lockOne(Path shared) throws IOException {
    for (long number = ProcessHandle.current().pid(); ; number++) {
      Path file = shared.resolve(number + LOCK);
      FileChannel channel;
      try {
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
      // One that looks for dead processes' files may have been faster.
      FileLock lock = tryLock(channel);
      if (lock != null && Files.exists(file)) {
        Path own = shared.resolve(Long.toString(number));
        Files.createDirectory(own, PosixFilePermissions.asFileAttribute(PRIVATE));
        return new Spool(shared, own, file, channel);
      }
      channel.close();
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void removeDead(Path shared) throws IOException {
    try (DirectoryStream<Path> locks = Files.newDirectoryStream(shared, "*" + LOCK)) {
      for (Path file : locks) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          if (tryLock(channel) != null) {
            String name = String.valueOf(file.getFileName());
            removeAll(shared.resolve(name.substring(0, name.length() - LOCK.length())));
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          // Its process has ended meanwhile.
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void removeAll(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        removeAll(file);
        Files.deleteIfExists(file);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Files.deleteIfExists(directory);
  }

  /** For files that outlive a process. */
  Path shared() {
    return shared;
  }

  /**
   * A new path, whose last part is {@code name} and nothing else: pgBackRest and WAL-G store a file
   * by that. No file is there yet; {@link #remove} must be called in any case.
   */
  Path path(String name) throws IOException {
    Path directory = own.resolve(Long.toString(counter.incrementAndGet()));
    Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    return directory.resolve(name);
  }

  /** A new path for what a command prints. */
  Path output() {
    return own.resolve(counter.incrementAndGet() + ".out");
  }

  /**
   * Removes what {@link #path} has given, and what a command has left beside it.
   *
   * @return whether the file was there
   */
  static boolean remove(Path file) throws IOException {
    boolean existed = Files.deleteIfExists(file);
    Path directory = file.getParent();
    if (directory != null) {
      removeAll(directory);
    }
    return existed;
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      removeAll(own);
      Files.deleteIfExists(lockFile);
    }
  }
}
