package org.walfmt.tests.kit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * PostgreSQL's own tools, of the machine's version 15: the judges of what walfmt wrote.
 *
 * <p>They run as the user that runs the tests, since most of what they judge is that user's.
 */
public final class PgTools {
  private final PgInstall install;

  private PgTools(PgInstall install) {
    this.install = install;
  }

  /** The machine's tools; skips or fails the test where there are none. */
  public static PgTools get() {
    return new PgTools(PgInstall.machine15());
  }

  /** A tool about to be run; skips or fails the test where the machine lacks it. */
  public Command command(String tool, List<String> arguments) {
    Path program = install.program(tool);
    Strict.require(Files.isExecutable(program), "no " + program);
    return Command.of(program, arguments.toArray(String[]::new));
  }

  /** A client about to be run, with the options that connect it to a cluster. */
  public Command client(Cluster cluster, String tool, List<String> arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("-h", "127.0.0.1", "-p", Integer.toString(cluster.port()), "-U", "postgres"));
    all.addAll(arguments);
    return command(tool, all);
  }

  public Outcome waldump(String... arguments) {
    return command("pg_waldump", List.of(arguments)).run();
  }

  public Outcome verifyBackup(String... arguments) {
    return command("pg_verifybackup", List.of(arguments)).run();
  }

  /** Of a stopped cluster. */
  public Outcome checksums(String... arguments) {
    return command("pg_checksums", List.of(arguments)).run();
  }

  public Outcome controlData(Path data) {
    return command("pg_controldata", List.of(data.toString())).run();
  }

  /** Of all databases of a running server, which must be of version 14 or later. */
  public Outcome amcheck(Cluster cluster, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--all", "--install-missing"));
    all.addAll(List.of(arguments));
    return client(cluster, "pg_amcheck", all).run();
  }

  /** A plain base backup with a fast checkpoint, from a server of version 15 or earlier. */
  public Outcome baseBackup(Cluster cluster, Path target, String... arguments) {
    List<String> all = new ArrayList<>(List.of("-D", target.toString(), "-c", "fast", "--no-sync"));
    all.addAll(List.of(arguments));
    return client(cluster, "pg_basebackup", all).run();
  }

  /** In the database {@code postgres}. */
  public Outcome pgbench(Cluster cluster, String... arguments) {
    return pgbenchCommand(cluster, arguments).run();
  }

  /** For a load that runs while the test goes on: {@code pgbenchCommand(...).start()}. */
  public Command pgbenchCommand(Cluster cluster, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("postgres");
    return client(cluster, "pgbench", all);
  }

  /** Statements or meta-commands in a database, unaligned and without headers. */
  public Outcome psql(Cluster cluster, String database, String... statements) {
    List<String> all = new ArrayList<>(List.of("-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database));
    for (String statement : statements) {
      all.add("-c");
      all.add(statement);
    }
    return client(cluster, "psql", all).run();
  }
}
