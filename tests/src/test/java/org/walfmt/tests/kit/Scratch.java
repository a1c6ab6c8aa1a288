package org.walfmt.tests.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.io.file.PathUtils;

/**
 * A directory for one test, deleted when closed.
 *
 * <p>Unlike JUnit's, its path is short enough for a socket and the user that runs servers may enter
 * it.
 */
public final class Scratch implements AutoCloseable {
  private final Path path;

  private Scratch(Path path) {
    this.path = path;
  }

  public static Scratch create() {
    try {
      Path path = Files.createTempDirectory("walfmt-");
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
      return new Scratch(path);
    } catch (IOException e) {
      throw new AssertionError("cannot create a temporary directory", e);
    }
  }

  public Path path() {
    return path;
  }

  /** A path in the directory, which need not exist. */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /** A new directory in this one, of the user that runs servers, with mode 0700. */
  public Path serverDirectory(String name) {
    try {
      Path directory =
          Files.createDirectory(
              path.resolve(name),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      ServerUser.get().own(directory);
      return directory;
    } catch (IOException e) {
      throw new AssertionError("cannot create " + path.resolve(name), e);
    }
  }

  @Override
  public void close() {
    try {
      PathUtils.deleteDirectory(path);
    } catch (IOException e) {
      throw new AssertionError("cannot delete " + path, e);
    }
  }
}
