package org.walfmt.tests.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.walfmt.tests.connect.ConnectedCluster.PASSWORD;
import static org.walfmt.tests.connect.ConnectedCluster.me;
import static org.walfmt.tests.connect.ConnectedCluster.options;
import static org.walfmt.tests.connect.ConnectedCluster.writePasswordFile;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.writer.connect.ConnectionEnvironment;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.Notice;
import org.walfmt.writer.connect.PasswordPolicy;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.connect.ServerConnection;

class ServerConnectionTest {
  private static ConnectedCluster server;

  @TempDir private Path home;
  private final List<String> prompts = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    server = ConnectedCluster.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void peerAuthenticationKnowsTheOperatingSystemsUser() throws Exception {
    try (ServerConnection connection = open(server.bySocket(home))) {
      assertThat(query(connection, "SELECT current_user")).isEqualTo(me());
      assertThat(query(connection, "SELECT inet_server_addr() IS NULL")).isEqualTo("t");
      assertThat(connection.overUnixSocket()).isTrue();
      assertThat(connection.where()).isEqualTo(server.socket());
      assertThat(connection.user()).isEqualTo(me());
      assertThat(connection.database()).isEqualTo("postgres");
      assertThat(connection.serverVersion()).isBetween(150_000, 159_999);
    }
  }

  @Test
  void peerAuthenticationTakesAMap() throws Exception {
    try (ServerConnection connection = open(server.bySocket(home).user("mapped"))) {
      assertThat(query(connection, "SELECT current_user")).isEqualTo("mapped");
    }
  }

  @Test
  void theSocketIsFoundInTheDefaultDirectory() throws Exception {
    ConnectionEnvironment environment =
        new ConnectionEnvironment(
            Map.of(), home, me(), List.of(home, server.cluster().sockets()), List.of());
    try (ServerConnection connection =
        open(ConnectionOptions.builder(environment).port(server.port()))) {
      assertThat(connection.where()).isEqualTo(server.socket());
    }
  }

  @Test
  void aPasswordFileOpensASocketAndAPort() throws Exception {
    writePasswordFile(home, "*:" + server.port() + ":postgres:scram:it's a\\:b\\\\c");
    try (ServerConnection tcp = open(server.byTcp(home).user("scram"));
        ServerConnection socket = open(server.bySocket(home).user("scram"))) {
      assertThat(query(tcp, "SELECT current_user")).isEqualTo("scram");
      assertThat(query(socket, "SELECT current_user")).isEqualTo("scram");
      assertThat(tcp.overUnixSocket()).isFalse();
      assertThat(tcp.where()).isEqualTo("at \"127.0.0.1\", port " + server.port());
    }
    assertThat(prompts).isEmpty();
  }

  @Test
  void theEnvironmentOpensAPort() throws Exception {
    Map<String, String> variables =
        Map.of(
            "PGHOST", "localhost",
            "PGPORT", Integer.toString(server.port()),
            "PGUSER", "scram",
            "PGPASSWORD", PASSWORD,
            "PGDATABASE", "template1",
            "PGAPPNAME", "nightly",
            "PGOPTIONS", "-c work_mem=12345kB");
    try (ServerConnection connection = open(options(home, variables))) {
      assertThat(query(connection, "SELECT current_user || current_database()"))
          .isEqualTo("scramtemplate1");
      assertThat(query(connection, "SHOW application_name")).isEqualTo("nightly");
      assertThat(query(connection, "SHOW work_mem")).isEqualTo("12345kB");
      assertThat(connection.where())
          .isEqualTo("at \"localhost\" (127.0.0.1), port " + server.port());
    }
  }

  @Test
  void aServiceOpensAPort() throws Exception {
    Files.writeString(
        home.resolve(".pg_service.conf"),
        "[backup]\nhost=127.0.0.1\nport=" + server.port() + "\nuser=scram\npassword=" + PASSWORD);
    try (ServerConnection byVariable = open(options(home, Map.of("PGSERVICE", "backup")));
        ServerConnection byString = open(options(home, Map.of()).dbname("service=backup"))) {
      assertThat(query(byVariable, "SELECT current_user")).isEqualTo("scram");
      assertThat(query(byString, "SHOW application_name")).isEqualTo("walfmt");
    }
  }

  @Test
  void aUriOpensAPort() throws Exception {
    String uri = "postgresql://scram:it's%20a%3Ab%5Cc@127.0.0.1:" + server.port() + "/template1";
    try (ServerConnection connection = open(options(home, Map.of()).dbname(uri))) {
      assertThat(query(connection, "SELECT current_user || current_database()"))
          .isEqualTo("scramtemplate1");
    }
  }

  @Test
  void aPasswordIsAskedForOnceAndOnlyIfNeeded() throws Exception {
    try (ServerConnection trusted = open(server.byTcp(home).user("postgres"))) {
      assertThat(trusted.warnings()).isEmpty();
      assertThat(prompts).isEmpty();
    }
    try (ServerConnection first = open(server.byTcp(home).user("scram"));
        ServerConnection second = first.openAnother()) {
      assertThat(query(first, "SELECT pg_backend_pid()"))
          .isNotEqualTo(query(second, "SELECT pg_backend_pid()"));
      assertThat(prompts).containsExactly("Password for user scram: ");
    }
  }

  @Test
  void aForcedPromptAsksBeforeAnyAttempt() throws Exception {
    try (ServerConnection trusted =
        open(server.byTcp(home).user("postgres").passwordPolicy(PasswordPolicy.FORCE_PROMPT))) {
      assertThat(trusted.user()).isEqualTo("postgres");
      assertThat(prompts).containsExactly("Password for user postgres: ");
    }
  }

  @Test
  void noTimeoutOfARoleEndsTheSession() throws Exception {
    try (ServerConnection connection = open(server.byTcp(home).user("hasty"))) {
      for (String timeout :
          List.of(
              "statement_timeout",
              "lock_timeout",
              "idle_in_transaction_session_timeout",
              "idle_session_timeout")) {
        assertThat(query(connection, "SHOW " + timeout)).as(timeout).isEqualTo("0");
      }
      assertThat(query(connection, "SHOW search_path")).isEqualTo("\"\"");
      assertThat(connection.jdbc().getAutoCommit()).isTrue();
    }
  }

  @Test
  void noticesReachTheCaller() throws Exception {
    try (ServerConnection connection = open(server.byTcp(home).user("hasty"));
        Statement statement = connection.jdbc().createStatement()) {
      statement.execute("DO $$ BEGIN RAISE NOTICE 'one' USING HINT = 'do'; END $$");
      assertThat(Notice.of(statement.getWarnings()))
          .containsExactly(new Notice("NOTICE", "one", null, "do"));
      assertThat(connection.takeNotices()).isEmpty();
    }
  }

  @Test
  void theNextServerIsTriedIfOneIsDown() throws Exception {
    ConnectionOptions.Builder options =
        options(home, Map.of())
            .host("/no/such/directory,127.0.0.1,127.0.0.1")
            .port("1,1," + server.port())
            .user("postgres");
    try (ServerConnection connection = open(options)) {
      assertThat(connection.where()).isEqualTo("at \"127.0.0.1\", port " + server.port());
    }
  }

  @Test
  void anAddressSparesLookingUpTheHost() throws Exception {
    String string = "host=no-such.invalid hostaddr=127.0.0.1 user=postgres port=" + server.port();
    try (ServerConnection connection = open(options(home, Map.of()).dbname(string))) {
      assertThat(connection.where())
          .isEqualTo("at \"no-such.invalid\" (127.0.0.1), port " + server.port());
    }
  }

  @Test
  void aPrimaryDoesWhereAStandbyIsOnlyPreferred() throws Exception {
    ConnectionOptions.Builder options =
        server.byTcp(home).user("postgres").targetSessionAttrs("prefer-standby");
    try (ServerConnection connection = open(options)) {
      assertThat(query(connection, "SELECT pg_is_in_recovery()")).isEqualTo("f");
    }
  }

  private ServerConnection open(ConnectionOptions.Builder options) throws Exception {
    PasswordPrompt prompt =
        text -> {
          prompts.add(text);
          return PASSWORD;
        };
    return ServerConnection.open(options.build(), prompt);
  }

  private static String query(ServerConnection connection, String query) throws SQLException {
    try (Statement statement = connection.jdbc().createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
