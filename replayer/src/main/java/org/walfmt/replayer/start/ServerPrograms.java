package org.walfmt.replayer.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;

/** Where the server's programs are. */
public final class ServerPrograms {
  private static final int ROOT = 0;
  private static final Pattern COLON = Pattern.compile(":");

  private ServerPrograms() {}

  /**
   * Refuses root, as the server does.
   *
   * @param target the directory to be, whose owner will be the server's
   */
  public static void requireUser(Path target) throws IOException {
    if (!isRoot()) {
      return;
    }
    Path existing = target.toAbsolutePath().normalize();
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    String owner = Files.getOwner(existing).getName();
    throw new RefusedException(
        Reason.PRECONDITION,
        "root cannot start a server",
        "\"" + existing + "\" is " + owner + "'s",
        owner.equals("root")
            ? "Give the directory to the user that the server runs as, and restore as that user."
            : "Run this as " + owner + " (su " + owner + " -c ...), or leave out --start.");
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(ROOT);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return System.getProperty("user.name").equals("root");
    }
  }

  /**
   * The directory with {@code pg_ctl} and {@code postgres} of a major version.
   *
   * @param wanted the only one to be looked at, if given
   * @param path the value of {@code PATH}
   */
  public static Path find(Optional<Path> wanted, PgVersion version, String path)
      throws IOException {
    List<String> seen = new ArrayList<>();
    for (Path directory : wanted.isPresent() ? List.of(wanted.get()) : usual(version, path)) {
      Path program = directory.resolve("pg_ctl");
      if (!Files.isExecutable(program)) {
        continue;
      }
      String stated = ServerCommand.run(List.of(program.toString(), "--version")).output().strip();
      if (stated.matches(".* " + version + "(\\D.*)?")) {
        return directory.toAbsolutePath();
      }
      seen.add("\"" + program + "\" is " + stated);
    }
    throw new RefusedException(
        Reason.PRECONDITION,
        "pg_ctl of PostgreSQL "
            + version
            + " is not "
            + (wanted.isPresent() ? "in \"" + wanted.get() + "\"" : "where it is looked for"),
        seen.isEmpty() ? "" : String.join("; ", seen),
        "Name the directory of the server's programs with --bindir.");
  }

  private static List<Path> usual(PgVersion version, String path) {
    List<Path> directories = new ArrayList<>();
    for (String each : COLON.splitAsStream(path).toList()) {
      if (each.startsWith("/")) {
        directories.add(Path.of(each));
      }
    }
    directories.add(Path.of("/usr/lib/postgresql/" + version + "/bin"));
    directories.add(Path.of("/usr/pgsql-" + version + "/bin"));
    return directories;
  }
}
