package org.walfmt.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.tests.kit.WalfmtCli;

/** {@code restore --start}, and {@code --plan} of the same restore, as a user runs them. */
class StartServerTest {
  private static Scratch scratch;
  private static Path classes;
  private static Cluster source;
  private static String xidOfThree;
  private final int port = freePort();

  @BeforeAll
  static void makeHistory() throws IOException {
    scratch = Scratch.create();
    classes = scratch.serverDirectory("classes");
    source = Cluster.of(PgInstall.machine15()).segmentMegabytes(1).archiving().start();
    source.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)");
    Backups backups = new Backups(source, source.archive());
    backups.full();
    backups.incremental("latest");
    source.run("INSERT INTO t VALUES (2)", "SELECT pg_create_restore_point('here')");
    xidOfThree = source.query("INSERT INTO t VALUES (3) RETURNING pg_current_xact_id()::text");
    source.archiveWal();
  }

  @AfterAll
  static void stop() {
    if (source != null) {
      source.close();
    }
    scratch.close();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError("no free port", e);
    }
  }

  private Command restore(Path target, String... more) {
    return restore(target, 60, source.install().bin(), more);
  }

  private Command restore(Path target, int seconds, Path programs, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "restore",
                "-A",
                source.archive().toString(),
                "-D",
                target.toString(),
                "--no-sync",
                "--start",
                "--bindir=" + programs,
                "--start-timeout=" + seconds,
                "--server-options=-p "
                    + port
                    + " -c archive_mode=off -c fsync=off -c listen_addresses=127.0.0.1"
                    + " -c unix_socket_directories="
                    + source.sockets()));
    words.addAll(List.of(more));
    return WalfmtCli.commandOfServerUser(classes, words.toArray(String[]::new))
        .env("PGUSER", "postgres");
  }

  private String query(String query) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?sslmode=disable",
                "postgres",
                "");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void stopServer(Path data) {
    Command.of(
            source.install().program("pg_ctl"),
            "stop",
            "-w",
            "-m",
            "immediate",
            "-D",
            data.toString())
        .asServerUser()
        .run()
        .orFail();
  }

  @Test
  void promotesAtTheTarget() throws SQLException {
    Path target = scratch.serverDirectory("promoted");
    Outcome outcome =
        restore(target, "--target-name=here", "--target-action=promote").run().orFail();
    try {
      assertThat(outcome.out())
          .contains("Server:                   open for writing\n")
          .containsPattern("Replayed up to: +0/[0-9A-F]+, timeline 2\n")
          .containsPattern("Last transaction: +20\\d\\d-")
          .contains(
              "recovery stopping at restore point \"here\"", "Port:                     " + port);
      assertThat(outcome.err())
          .startsWith("walfmt: restore point \"here\" is at 0/")
          .contains(", after the end of backup 8")
          .hasLineCount(1);
      assertThat(query("SELECT max(a) FROM t WHERE NOT pg_is_in_recovery()")).isEqualTo("2");
    } finally {
      stopServer(target);
    }
  }

  @Test
  void pausesAtTheTarget() throws SQLException {
    Path target = scratch.serverDirectory("paused");
    Outcome outcome = restore(target, "--target-xid=" + xidOfThree, "--json").run().orFail();
    try {
      assertThat(outcome.out())
          .contains("\"state\": \"paused\"", "\"certain\": true", "\"timeline\": 1");
      assertThat(query("SELECT max(a) FROM t WHERE pg_is_wal_replay_paused()")).isEqualTo("3");
    } finally {
      stopServer(target);
    }
  }

  @Test
  void shutsDownAtTheTarget() {
    Path target = scratch.serverDirectory("down");
    Outcome outcome =
        restore(target, "--target-immediate", "--target-action=shutdown").run().orFail();
    assertThat(outcome.out())
        .contains("Server:                   shut down at the target\n")
        .containsPattern("Replayed up to: +0/[0-9A-F]+, timeline 1\n")
        .doesNotContain("Port:");
    assertThat(target.resolve("postmaster.pid")).doesNotExist();
  }

  @Test
  void aStandbyIsConsistent() throws SQLException {
    Path target = scratch.serverDirectory("standby");
    Outcome outcome = restore(target, "-R", source.conninfo()).run().orFail();
    try {
      assertThat(outcome.out()).contains("Server:                   consistent, goes on replaying");
      assertThat(query("SELECT pg_is_in_recovery()::text")).isEqualTo("true");
    } finally {
      stopServer(target);
    }
  }

  /** A server that asks for a password cannot be asked; it is consistent, more is not known. */
  @Test
  void saysWhatItCannotTell() {
    Path target = scratch.serverDirectory("unasked");
    Outcome outcome =
        restore(target, "--target-name=here").env("PGUSER", "nobody_of_this_name").run().orFail();
    try {
      assertThat(outcome.out()).contains("Server:                   replaying\n");
      assertThat(outcome.err())
          .contains("walfmt: warning: the server could not be asked how far it is: ");
    } finally {
      stopServer(target);
    }
  }

  @Test
  void showsTheLogOfAServerThatDoesNotStart() {
    Path target = scratch.serverDirectory("failing");
    Outcome outcome =
        restore(target, "--target-time=2099-01-01 00:00:00+00", "--target-action=promote").run();
    assertThat(outcome.status()).isEqualTo(7);
    assertThat(outcome.out()).startsWith("Restored:").doesNotContain("Server:");
    assertThat(outcome.err())
        .contains("FATAL:  recovery ended before configured recovery target was reached")
        .contains("walfmt: error: the server does not run\n")
        .contains("walfmt: detail: the end of its log \"" + target + "/walfmt-restore.log\"");
  }

  @Test
  void waitsNoLongerThanItIsTold() {
    Path target = scratch.serverDirectory("late");
    Outcome outcome =
        restore(target, 1, source.install().bin(), "--restore-command=sleep 3; exit 1").run();
    try {
      assertThat(outcome.status()).isEqualTo(4);
      assertThat(outcome.err()).contains("the server is not where it should be after 1 s");
    } finally {
      stopServer(target);
    }
  }

  @Test
  void findsNoProgramsOfAnotherMajor() {
    Path target = scratch.serverDirectory("other");
    Outcome outcome = restore(target, 60, PgInstall.embedded(16).bin()).run();
    assertThat(outcome.status()).isEqualTo(8);
    assertThat(outcome.err())
        .contains("pg_ctl of PostgreSQL 15 is not in ")
        .contains("walfmt: hint: Name the directory of the server's programs with --bindir.");
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void rootIsToldWhoShouldStartIt() {
    assumeTrue(ServerUser.root(), "not root");
    Path target = scratch.serverDirectory("root");
    Outcome outcome =
        WalfmtCli.run(
            "restore", "-A", source.archive().toString(), "-D", target.toString(), "--start");
    assertThat(outcome.status()).isEqualTo(8);
    assertThat(outcome.err())
        .startsWith("walfmt: error: root cannot start a server\n")
        .contains("walfmt: hint: Run this as " + ServerUser.get().name());
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void aPlanTellsHowMuchWalLiesBeforeTheTarget() throws IOException {
    Path target = scratch.resolve("planned");
    long before = Files.getLastModifiedTime(source.archive()).toMillis();
    Outcome outcome =
        WalfmtCli.run(
                "restore",
                "-A",
                source.archive().toString(),
                "-D",
                target.toString(),
                "--target-name=here",
                "--plan")
            .orFail();
    assertThat(outcome.out())
        .startsWith("Would restore:            8")
        .containsPattern("\nTarget at: +0/")
        .containsPattern("\nWAL replayed: +[1-9][0-9]* segments? \\([0-9]+ MB\\), to 0/")
        .containsPattern("\nTime of the merge: +[0-9.]+ s, as the first ");
    assertThat(target).doesNotExist();
    assertThat(Files.getLastModifiedTime(source.archive()).toMillis()).isEqualTo(before);
  }
}
