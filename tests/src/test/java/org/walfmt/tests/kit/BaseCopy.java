package org.walfmt.tests.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/**
 * A base backup of a running server by copying its files, WAL included; for any major, whose own
 * {@code pg_basebackup} the machine need not have.
 */
final class BaseCopy {
  private static final Set<String> LEFT_OUT = Set.of("postmaster.pid", "postmaster.opts");

  private BaseCopy() {}

  static void of(Cluster cluster, Path target) throws IOException {
    boolean old = cluster.install().major() < 15;
    String start = old ? "pg_start_backup('copy', true, false)" : "pg_backup_start('copy', true)";
    String stop = old ? "pg_stop_backup(false, false)" : "pg_backup_stop(false)";
    Path wal = cluster.data().resolve("pg_wal");
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT " + start);
      copy(cluster.data(), target, wal);
      try (ResultSet row = statement.executeQuery("SELECT labelfile FROM " + stop)) {
        row.next();
        Files.write(
            target.resolve("backup_label"), row.getString(1).getBytes(StandardCharsets.UTF_8));
      }
      copy(wal, target.resolve("pg_wal"), wal.resolve("archive_status"));
    } catch (SQLException e) {
      throw new AssertionError("cannot back up " + cluster, e);
    }
  }

  /** Copies a tree with its modes; of {@code empty}, the directory alone. */
  private static void copy(Path source, Path target, Path empty) throws IOException {
    Files.walkFileTree(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Path copy = target.resolve(source.relativize(directory));
            Files.createDirectories(copy);
            Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(directory));
            return directory.equals(empty)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!LEFT_OUT.contains(file.getFileName().toString())) {
              try {
                Files.copy(
                    file,
                    target.resolve(source.relativize(file)),
                    StandardCopyOption.COPY_ATTRIBUTES,
                    StandardCopyOption.REPLACE_EXISTING);
              } catch (NoSuchFileException e) {
                return FileVisitResult.CONTINUE; // dropped while the copy went on
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // dropped while the copy went on
            }
            throw e;
          }
        });
  }
}
