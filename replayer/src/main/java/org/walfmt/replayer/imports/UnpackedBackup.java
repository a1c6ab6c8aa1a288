package org.walfmt.replayer.imports;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.manifest.BackupManifestReader;

/**
 * A native backup as a plain directory. One that consists of tars is unpacked into a temporary
 * directory first, which is removed in the end: its files are wanted in another order than that of
 * a tar.
 *
 * <p>The tars are those of {@code pg_basebackup --format=tar}: {@code base.tar}, one named by its
 * OID for each tablespace, {@code pg_wal.tar}, with the manifest in {@code base.tar} or beside it.
 */
public final class UnpackedBackup implements Closeable {
  private static final String BASE = "base.tar";
  private static final String WAL = "pg_wal.tar";
  private static final String TABLESPACE = "[1-9][0-9]{0,9}\\.tar";

  private final Path directory;
  private final boolean isTemporary;

  private UnpackedBackup(Path directory, boolean isTemporary) {
    this.directory = directory;
    this.isTemporary = isTemporary;
  }

  /**
   * Opens a backup.
   *
   * @param place the plain directory, the directory of the tars, or the base tar
   * @param temporary where tars are unpacked; empty for the system's place for temporary files
   */
  public static UnpackedBackup open(Path place, Optional<Path> temporary, Monitor monitor)
      throws IOException {
    Optional<Path> base = baseTar(place);
    if (base.isEmpty()) {
      return new UnpackedBackup(place, false);
    }
    Path target =
        temporary.isPresent()
            ? Files.createTempDirectory(temporary.get(), "walfmt-import")
            : Files.createTempDirectory("walfmt-import");
    UnpackedBackup unpacked = new UnpackedBackup(target, true);
    try {
      monitor.info("unpacking \"" + base.get() + "\" into \"" + target + "\"");
      unpacked.unpack(base.get());
      return unpacked;
    } catch (IOException | RuntimeException e) {
      unpacked.close();
      throw e;
    }
  }

  private static Optional<Path> baseTar(Path place) throws IOException {
    if (Files.isRegularFile(place)) {
      return Optional.of(place);
    }
    if (!Files.isDirectory(place) || Files.exists(place.resolve("PG_VERSION"))) {
      return Optional.empty();
    }
    return tars(place).stream().filter(each -> name(each).equals(BASE)).findFirst();
  }

  private static List<Path> tars(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> name(file).endsWith(".tar")).sorted().toList();
    }
  }

  private static String name(Path file) {
    return NativeTar.plainName(String.valueOf(file.getFileName()));
  }

  private void unpack(Path base) throws IOException {
    NativeTar.unpack(base, directory);
    Path beside = base.toAbsolutePath().getParent();
    if (beside == null) {
      return;
    }
    Path manifest = beside.resolve(BackupManifestReader.NAME);
    if (!Files.exists(directory.resolve(BackupManifestReader.NAME)) && Files.exists(manifest)) {
      Files.copy(manifest, directory.resolve(BackupManifestReader.NAME));
    }
    List<String> unpacked = new ArrayList<>();
    for (Path tar : tars(beside)) {
      String name = name(tar);
      if (name.equals(WAL)) {
        NativeTar.unpack(tar, Files.createDirectories(directory.resolve("pg_wal")));
      } else if (name.matches(TABLESPACE)) {
        String oid = name.substring(0, name.length() - ".tar".length());
        if (unpacked.contains(oid)) {
          throw new RefusedException(
              Reason.MISMATCH, "tablespace " + oid + " has more than one tar", "", "");
        }
        unpacked.add(oid);
        Path place = directory.resolve("pg_tblspc").resolve(oid);
        NativeTar.unpack(tar, Files.createDirectories(place));
      }
    }
  }

  /** The plain directory; tablespaces may be directories in it instead of links. */
  public Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    if (!isTemporary || !Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path place, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(place);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
