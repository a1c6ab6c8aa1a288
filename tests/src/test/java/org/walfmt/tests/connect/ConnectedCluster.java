package org.walfmt.tests.connect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.writer.connect.ConnectionEnvironment;
import org.walfmt.writer.connect.ConnectionOptions;

/**
 * A server that asks {@code scram} for a password, {@code peer_only} and {@code mapped} for an
 * operating system's user, and nobody else for anything; and the home directory of who connects.
 */
final class ConnectedCluster implements AutoCloseable {
  /** Password of the role {@code scram}. */
  static final String PASSWORD = "it's a:b\\c";

  private static final String ME = System.getProperty("user.name");

  private final Cluster cluster;

  private ConnectedCluster(Cluster cluster) {
    this.cluster = cluster;
  }

  static ConnectedCluster start() throws IOException {
    Cluster cluster = Cluster.of(PgInstall.machine15()).create();
    cluster.hba(
        "local all scram scram-sha-256",
        "host all scram 127.0.0.1/32 scram-sha-256",
        "local all peer_only peer",
        "local all mapped peer map=m",
        "local all postgres trust",
        "local all all peer",
        "host all all 127.0.0.1/32 trust");
    Files.writeString(cluster.data().resolve("pg_ident.conf"), "m " + ME + " mapped\n");
    cluster.start();
    cluster.run(
        "CREATE ROLE scram LOGIN PASSWORD 'it''s a:b\\c'",
        "CREATE ROLE peer_only LOGIN",
        "CREATE ROLE mapped LOGIN",
        "CREATE ROLE hasty LOGIN",
        "ALTER ROLE hasty SET statement_timeout = 60000",
        "ALTER ROLE hasty SET lock_timeout = 60000",
        "ALTER ROLE hasty SET idle_in_transaction_session_timeout = 60000",
        "ALTER ROLE hasty SET idle_session_timeout = 60000",
        "ALTER ROLE hasty SET search_path = public",
        "ALTER ROLE hasty SET client_min_messages = error",
        "CREATE ROLE reader LOGIN",
        "ALTER ROLE reader SET default_transaction_read_only = on");
    if (!ME.equals("postgres")) {
      cluster.run("CREATE ROLE \"" + ME + "\" LOGIN");
    }
    return new ConnectedCluster(cluster);
  }

  Cluster cluster() {
    return cluster;
  }

  int port() {
    return cluster.port();
  }

  /** The name of the operating system's user that the tests run as, and of a role. */
  static String me() {
    return ME;
  }

  /** The message's name of the socket. */
  String socket() {
    return "on socket \"" + cluster.sockets() + "/.s.PGSQL." + cluster.port() + "\"";
  }

  /** Options to connect over the socket, with nothing else taken from the machine. */
  ConnectionOptions.Builder bySocket(Path home) {
    return options(home, Map.of()).host(cluster.sockets().toString()).port(cluster.port());
  }

  /** Options to connect by TCP, with nothing else taken from the machine. */
  ConnectionOptions.Builder byTcp(Path home) {
    return options(home, Map.of()).host("127.0.0.1").port(cluster.port());
  }

  /** Options with these variables and this home directory, and nothing else of the machine's. */
  static ConnectionOptions.Builder options(Path home, Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(variables);
    all.put("PGSYSCONFDIR", home.toString());
    return ConnectionOptions.builder(
        new ConnectionEnvironment(all, home, ME, List.of(home), List.of()));
  }

  /** Writes {@code .pgpass} with the permissions that it must have. */
  static void writePasswordFile(Path home, String line) {
    Path file = home.resolve(".pgpass");
    try {
      Files.writeString(file, line + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    cluster.close();
  }
}
