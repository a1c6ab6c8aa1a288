package org.walfmt.writer.connect;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a connection takes from its surroundings.
 *
 * @param variables environment variables: {@code PGHOST} and its like
 * @param home the home directory, of {@code .pgpass}, {@code .pg_service.conf} and {@code
 *     .postgresql}
 * @param user name of the operating system's user: the role to connect as if nothing names one
 * @param socketDirectories where a local server's Unix-domain socket is looked for, in this order
 * @param systemServiceDirectories where the system's {@code pg_service.conf} is looked for if
 *     {@code PGSYSCONFDIR} is not set, in this order
 */
public record ConnectionEnvironment(
    Map<String, String> variables,
    Path home,
    String user,
    List<Path> socketDirectories,
    List<Path> systemServiceDirectories) {

  /** libpq's {@code DEFAULT_PGSOCKET_DIR}: first as distributions set it, then as upstream. */
  private static final List<Path> SOCKET_DIRECTORIES =
      List.of(Path.of("/var/run/postgresql"), Path.of("/tmp"));

  /** libpq's {@code SYSCONFDIR} on Debian and its relatives, and on Red Hat's. */
  private static final List<Path> SERVICE_DIRECTORIES =
      List.of(Path.of("/etc/postgresql-common"), Path.of("/etc/sysconfig/pgsql"));

  public ConnectionEnvironment {
    variables = Map.copyOf(variables);
    socketDirectories = List.copyOf(socketDirectories);
    systemServiceDirectories = List.copyOf(systemServiceDirectories);
  }

  /** An environment with the usual directories. */
  public static ConnectionEnvironment of(Map<String, String> variables, Path home, String user) {
    return new ConnectionEnvironment(
        variables, home, user, SOCKET_DIRECTORIES, SERVICE_DIRECTORIES);
  }

  /** The environment of this process. As in libpq, {@code HOME} goes before the user database. */
  public static ConnectionEnvironment ofProcess() {
    Map<String, String> variables = System.getenv();
    String home = variables.getOrDefault("HOME", "");
    return of(
        variables,
        Path.of(home.isEmpty() ? System.getProperty("user.home") : home),
        System.getProperty("user.name"));
  }

  /** Leaves out the variables' values, since {@code PGPASSWORD} may be among them. */
  @Override
  public String toString() {
    return "ConnectionEnvironment[variables="
        + Secret.namesOf(variables)
        + ", home="
        + home
        + ", user="
        + user
        + "]";
  }
}
