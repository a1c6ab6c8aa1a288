package org.walfmt.tests.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The operating system's user that runs servers.
 *
 * <p>PostgreSQL refuses to run as root. Where the tests do, its servers run as {@code postgres}, or
 * as {@code nobody} on a machine without that user; elsewhere as the tests' own user.
 */
public final class ServerUser {
  private final String name;
  private final boolean other;

  private ServerUser(String name, boolean other) {
    this.name = name;
    this.other = other;
  }

  public static ServerUser get() {
    if (!root()) {
      return new ServerUser(System.getProperty("user.name"), false);
    }
    return new ServerUser(exists("postgres") ? "postgres" : "nobody", true);
  }

  /** Whether the tests run as root. */
  public static boolean root() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String name() {
    return name;
  }

  /** The command line that runs {@code words} as this user. */
  List<String> wrap(List<String> words) {
    if (!other) {
      return words;
    }
    List<String> wrapped = new ArrayList<>();
    wrapped.addAll(List.of("setpriv", "--reuid", name, "--regid", group(), "--init-groups", "--"));
    wrapped.addAll(words);
    return wrapped;
  }

  /**
   * Gives a directory, with its tablespaces and its WAL wherever they are, to this user, and lets
   * it pass through the directories above.
   */
  public void own(Path directory) {
    if (!other) {
      return;
    }
    try {
      chown(directory);
      for (Path link : links(directory)) {
        chown(link.toRealPath());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void chown(Path directory) throws IOException {
    Command.of(Path.of("/bin/chown"), "-Rh", name + ":" + group(), directory.toString())
        .run()
        .orFail();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    Path above = directory.toRealPath().getParent();
    while (above != null && above.startsWith(temporary) && !above.equals(temporary)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(above);
      if (permissions.add(PosixFilePermission.OTHERS_EXECUTE)) {
        Files.setPosixFilePermissions(above, permissions);
      }
      above = above.getParent();
    }
  }

  private static List<Path> links(Path directory) throws IOException {
    List<Path> links = new ArrayList<>();
    Path wal = directory.resolve("pg_wal");
    if (Files.isSymbolicLink(wal)) {
      links.add(wal);
    }
    Path tablespaces = directory.resolve("pg_tblspc");
    if (Files.isDirectory(tablespaces)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(tablespaces)) {
        for (Path link : all) {
          if (Files.isSymbolicLink(link)) {
            links.add(link);
          }
        }
      }
    }
    return links;
  }

  private String group() {
    return Command.of(Path.of("/usr/bin/id"), "-gn", name).run().orFail().out().strip();
  }

  private static boolean exists(String user) {
    return Command.of(Path.of("/usr/bin/id"), "-u", user).run().status() == 0;
  }
}
