package org.walfmt.tests.nativebackup;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.walfmt.control.BackupLabel;
import org.walfmt.manifest.BackupManifestReader;

/**
 * Makes a data directory of a full native backup and its incrementals, as {@code pg_combinebackup}
 * of 17 and 18 does, which no embedded server has. No manifest is written.
 */
public final class NativeCombine {
  private final List<Path> backups;
  private final Path newest;
  private final Path target;

  private NativeCombine(List<Path> backups, Path target) {
    this.backups = backups;
    this.newest = backups.get(backups.size() - 1);
    this.target = target;
  }

  /**
   * Combines backups into a directory that does not exist; returns it.
   *
   * @param backups the full backup and then each incremental, oldest first
   */
  public static Path combine(List<Path> backups, Path target) throws IOException {
    checkLinks(backups);
    NativeCombine combine = new NativeCombine(backups, target);
    combine.copyTree(combine.newest, target, Path.of(""));
    Files.writeString(
        target.resolve(BackupLabel.NAME), withoutIncremental(label(combine.newest)).toString());
    return target;
  }

  /** Each incremental must begin where the backup before it did. */
  private static void checkLinks(List<Path> backups) throws IOException {
    Optional<BackupLabel.IncrementalFrom> expected = Optional.empty();
    for (Path backup : backups) {
      BackupLabel label = label(backup);
      if (!label.incrementalFrom().equals(expected)) {
        throw new IOException(
            backup + " builds on " + label.incrementalFrom() + ", expected " + expected);
      }
      expected =
          Optional.of(new BackupLabel.IncrementalFrom(label.startLsn(), label.startTimeline()));
    }
  }

  private static BackupLabel label(Path backup) throws IOException {
    return BackupLabel.parse(Files.readString(backup.resolve(BackupLabel.NAME)));
  }

  private static BackupLabel withoutIncremental(BackupLabel label) {
    return new BackupLabel(
        label.startLsn(),
        label.startFile(),
        label.checkpointLsn(),
        label.method(),
        label.from(),
        label.startTime(),
        label.label(),
        label.startTimeline(),
        Optional.empty());
  }

  /**
   * Copies a directory with its modes.
   *
   * @param prefix path of the directory in the data directory
   */
  private void copyTree(Path from, Path to, Path prefix) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Path copy = to.resolve(from.relativize(directory).toString());
            Files.createDirectory(copy);
            Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(directory));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path relative = from.relativize(file);
            copyFile(file, to.resolve(relative), prefix.resolve(relative));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void copyFile(Path file, Path copy, Path relative) throws IOException {
    String name = file.getFileName().toString();
    if (Files.isSymbolicLink(file) && TablespacePlaces.isLink(relative)) {
      TablespacePlaces.link(target, name);
      copyTree(file.toRealPath(), TablespacePlaces.of(target, name), relative);
    } else if (name.startsWith(IncrementalFile.PREFIX)) {
      String whole = name.substring(IncrementalFile.PREFIX.length());
      try (FileChain chain = new FileChain(backups, relative.resolveSibling(whole))) {
        chain.writeTo(copy.resolveSibling(whole));
      }
      Files.setPosixFilePermissions(
          copy.resolveSibling(whole), Files.getPosixFilePermissions(file));
    } else if (!relative.equals(Path.of(BackupManifestReader.NAME))
        && !relative.equals(Path.of(BackupLabel.NAME))) {
      Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }
}
