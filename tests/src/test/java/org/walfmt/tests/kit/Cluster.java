package org.walfmt.tests.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.walfmt.Lsn;

/**
 * A cluster and its server, on a free port of 127.0.0.1 and a Unix-domain socket; the superuser is
 * {@code postgres}, without a password. Closing it stops the server and deletes all that the kit
 * made for it.
 */
public final class Cluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How a server is stopped: the modes of {@code pg_ctl stop}. */
  public enum Stop {
    SMART,
    FAST,
    IMMEDIATE
  }

  private final PgInstall install;
  private final Scratch scratch;
  private final Path data;
  private final Path sockets;
  private final Map<String, String> overrides = new LinkedHashMap<>();
  private final Thread atExit = new Thread(this::stopAtExit);
  private int port;
  private boolean running;

  Cluster(PgInstall install, Scratch scratch, Path data) {
    this.install = install;
    this.scratch = scratch;
    this.data = data;
    this.sockets = scratch.serverDirectory("s");
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** A new cluster is made by the builder this returns. */
  public static ClusterBuilder of(PgInstall install) {
    return new ClusterBuilder(install);
  }

  /** See {@link ClusterBuilder#standbyOf}. */
  public static Cluster standbyOf(Cluster primary) {
    return ClusterBuilder.standbyOf(primary);
  }

  /**
   * A cluster of a restored data directory, which is given to the user that runs servers. Not
   * started; it archives nothing unless {@link #override} says otherwise. Closing it leaves the
   * directory.
   */
  public static Cluster adopt(PgInstall install, Path data) {
    ServerUser.get().own(data);
    Scratch scratch = Scratch.create();
    scratch.serverDirectory("archive");
    return new Cluster(install, scratch, data).override("archive_mode", "off");
  }

  public PgInstall install() {
    return install;
  }

  public Path data() {
    return data;
  }

  public int port() {
    return port;
  }

  /** The directory of the Unix-domain socket. */
  public Path sockets() {
    return sockets;
  }

  /**
   * Where {@link ClusterBuilder#archiving} archives to; exists in any case, and is the server's.
   */
  public Path archive() {
    return scratch.resolve("archive");
  }

  /** A directory that lives as long as this cluster, such as for a tablespace. */
  public Path newDirectory(String name) {
    return scratch.serverDirectory(name);
  }

  /** The server's log. */
  public String log() {
    try {
      Path log = scratch.resolve("s/log");
      return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new AssertionError("cannot read the server's log", e);
    }
  }

  /** A connection string for libpq, by TCP. */
  public String conninfo() {
    return "host=127.0.0.1 port=" + port + " user=postgres dbname=postgres";
  }

  /** Adds lines to {@code postgresql.conf}, for the next start or {@link #reload}. */
  public Cluster configure(Map<String, String> settings) {
    StringBuilder lines = new StringBuilder();
    settings.forEach(
        (name, value) ->
            lines.append(name).append(" = '").append(value.replace("'", "''")).append("'\n"));
    append("postgresql.conf", lines.toString());
    return this;
  }

  /**
   * Sets a setting on the server's command line, where it beats every file, from the next start.
   */
  public Cluster override(String name, String value) {
    overrides.put(name, value);
    return this;
  }

  /** Replaces {@code pg_hba.conf}, for the next start or {@link #reload}. */
  public Cluster hba(String... lines) {
    try {
      Files.writeString(data.resolve("pg_hba.conf"), String.join("\n", lines) + "\n");
    } catch (IOException e) {
      throw new AssertionError("cannot write pg_hba.conf", e);
    }
    return this;
  }

  /** Starts the server; returns when it takes connections, or, in recovery, is consistent. */
  public Cluster start() {
    Outcome outcome = tryStart();
    for (int again = 0; outcome.status() != 0 && again < 3 && portTaken(); again++) {
      outcome = tryStart();
    }
    if (outcome.status() != 0) {
      throw new AssertionError(outcome + "-- the server's log\n" + log());
    }
    return this;
  }

  /** Starts the server, or says with its exit status and {@link #log} that it does not start. */
  public Outcome tryStart() {
    port = freePort();
    StringBuilder options = new StringBuilder();
    Map<String, String> settings = new LinkedHashMap<>(overrides);
    settings.put("port", Integer.toString(port));
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("unix_socket_directories", sockets.toString());
    settings.forEach(
        (name, value) ->
            options.append("-c ").append(name).append("='").append(quoted(value)).append("' "));
    Outcome outcome = pgCtl("start", "-l", sockets.resolve("log").toString(), "-o", "" + options);
    running = outcome.status() == 0;
    return outcome;
  }

  /** Stops the server; does nothing if it does not run. */
  public Cluster stop(Stop mode) {
    if (running) {
      pgCtl("stop", "-m", mode.name().toLowerCase(Locale.ROOT)).orFail();
      running = false;
    }
    return this;
  }

  public Cluster restart() {
    return stop(Stop.FAST).start();
  }

  public Cluster reload() {
    pgCtl("reload").orFail();
    return this;
  }

  /** Ends recovery; returns when the server takes writes. */
  public Cluster promote() {
    pgCtl("promote").orFail();
    return this;
  }

  /** Forgets that the server runs: for a test that kills it in its own way. */
  public Cluster presumeDead() {
    running = false;
    return this;
  }

  public Connection connect() throws SQLException {
    return connect("postgres");
  }

  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?sslmode=disable",
        "postgres",
        "");
  }

  /** Statements and queries in the database {@code postgres}. */
  public Sql sql() {
    return sql("postgres");
  }

  /** Statements and queries in a database. */
  public Sql sql(String database) {
    return new Sql(this, database);
  }

  /** Runs statements in the database {@code postgres}, each in its own transaction. */
  public Cluster run(String... statements) {
    sql().run(statements);
    return this;
  }

  /** The first column of the first row of a query in the database {@code postgres}, as text. */
  public String query(String query) {
    return sql().query(query);
  }

  /** Where WAL is written to next, or, in recovery, how far it is replayed. */
  public Lsn lsn() {
    return Lsn.parse(
        query(
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
                + " ELSE pg_current_wal_insert_lsn() END"));
  }

  /** Switches to a new segment and waits until the one left is in the archive; its name. */
  public String archiveWal() {
    run("SELECT pg_logical_emit_message(false, 'kit', 'so that the switch is one')");
    String segment = query("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
    run("SELECT pg_switch_wal()");
    await("segment " + segment + " in the archive", () -> archived(segment));
    return segment;
  }

  /** Waits until this server, in recovery, has replayed all before {@code lsn}. */
  public Cluster awaitReplay(Lsn lsn) {
    await("replay to " + lsn, () -> lsn().compareTo(lsn) >= 0);
    return this;
  }

  /** Waits for a condition, asking every 50 ms; fails the test, with the log, after two minutes. */
  public void await(String what, BooleanSupplier condition) {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError("waited in vain for " + what + "\n-- the server's log\n" + log());
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, e);
      }
    }
  }

  @Override
  public void close() {
    stop(Stop.IMMEDIATE);
    Runtime.getRuntime().removeShutdownHook(atExit);
    scratch.close();
  }

  @Override
  public String toString() {
    return install + " in " + data;
  }

  private void append(String file, String text) {
    try {
      Files.writeString(data.resolve(file), text, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new AssertionError("cannot write " + file, e);
    }
  }

  private boolean archived(String segment) {
    return Files.exists(archive().resolve(segment));
  }

  private void stopAtExit() {
    if (running) {
      var unused = pgCtl("stop", "-m", "immediate");
    }
  }

  private boolean portTaken() {
    return log().contains("could not bind");
  }

  private Outcome pgCtl(String action, String... arguments) {
    Command command =
        Command.of(
            Stream.concat(
                    Stream.of(
                        install.program("pg_ctl").toString(),
                        action,
                        "-D",
                        data.toString(),
                        "-w",
                        "-t",
                        Long.toString(PATIENCE.toSeconds())),
                    Stream.of(arguments))
                .toList());
    return command.asServerUser().run();
  }

  private static String quoted(String value) {
    return value.replace("'", "'\\''");
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError("no free port", e);
    }
  }
}
