package org.walfmt.tests.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.walfmt.tests.connect.ConnectedCluster.PASSWORD;
import static org.walfmt.tests.connect.ConnectedCluster.options;
import static org.walfmt.tests.connect.ConnectedCluster.writePasswordFile;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.writer.connect.ConnectionFailedException;
import org.walfmt.writer.connect.ConnectionFailedException.Reason;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPolicy;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.connect.ServerConnection;

class ConnectionRefusedTest {
  private static ConnectedCluster server;

  @TempDir private Path home;

  @BeforeAll
  static void start() throws Exception {
    server = ConnectedCluster.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aWrongPasswordIsToldWithoutShowingIt() {
    writePasswordFile(home, "*:*:*:*:wrong-password");
    ConnectionFailedException e = refused(server.byTcp(home).user("scram"));
    assertThat(e)
        .hasMessage(
            "connection to server at \"127.0.0.1\", port "
                + server.port()
                + " failed: FATAL:  password authentication failed for user \"scram\"");
    assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION);
    assertThat(e.hint())
        .contains("password retrieved from file \"" + home.resolve(".pgpass") + "\"");
    assertThat(trace(e)).doesNotContain("wrong-password");
  }

  @Test
  void aMissingPasswordIsToldAsSuch() {
    ConnectionFailedException e =
        refused(server.byTcp(home).user("scram").passwordPolicy(PasswordPolicy.NEVER_PROMPT));
    assertThat(e)
        .hasMessage(
            "connection to server at \"127.0.0.1\", port "
                + server.port()
                + " failed: fe_sendauth: no password supplied");
    assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION);
    assertThat(e.hint().orElseThrow()).contains("~/.pgpass");
  }

  @Test
  void aPasswordFileThatOthersMayReadIsNotUsed() throws Exception {
    writePasswordFile(home, "*:*:*:*:it's a\\:b\\\\c");
    Files.setPosixFilePermissions(
        home.resolve(".pgpass"), PosixFilePermissions.fromString("rw-r--r--"));
    ConnectionFailedException e = refused(server.byTcp(home).user("scram"));
    assertThat(e).hasMessageEndingWith("fe_sendauth: no password supplied");
    assertThat(e.warnings())
        .singleElement()
        .asString()
        .contains("has group or world access; permissions should be u=rw (0600) or less");
  }

  @Test
  void aForcedPromptWithoutATerminalIsRefused() {
    ConnectionFailedException e =
        refused(server.byTcp(home).passwordPolicy(PasswordPolicy.FORCE_PROMPT));
    assertThat(e).hasMessage("a password is to be asked for, but there is no terminal");
    assertThat(e.reason()).isEqualTo(Reason.INVALID_OPTIONS);
  }

  @Test
  void aPeerOfAnotherNameIsToldWhatToDo() {
    ConnectionFailedException e = refused(server.bySocket(home).user("peer_only"));
    assertThat(e)
        .hasMessage(
            "connection to server "
                + server.socket()
                + " failed: FATAL:  Peer authentication failed for user \"peer_only\"");
    assertThat(e.hint().orElseThrow()).contains("sudo -u peer_only", "pg_ident.conf");
    assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION);
  }

  @Test
  void aMissingDatabaseIsToldInTheServersWords() {
    ConnectionFailedException e = refused(server.byTcp(home).user("postgres").dbname("shop"));
    assertThat(e)
        .hasMessageEndingWith(
            "port " + server.port() + " failed: FATAL:  database \"shop\" does not exist");
    assertThat(e.reason()).isEqualTo(Reason.REJECTED);
    assertThat(e.hint()).contains("name a database that exists with -d");
  }

  @Test
  void aMissingRoleIsToldInTheServersWords() {
    ConnectionFailedException e = refused(server.byTcp(home).user("nobody_at_all"));
    assertThat(e).hasMessageEndingWith("FATAL:  role \"nobody_at_all\" does not exist");
  }

  @Test
  void aPortWithNobodyBehindItIsToldWithEachAddress() throws Exception {
    int port = closedPort();
    ConnectionFailedException e = refused(options(home, Map.of()).host("127.0.0.1").port(port));
    assertThat(e)
        .hasMessage(
            "connection to server at \"127.0.0.1\", port " + port + " failed: Connection refused");
    assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(e.hint())
        .contains("is the server running on that host and accepting TCP/IP connections?");
  }

  @Test
  void aSocketThatIsNotThereIsToldWithItsPath() {
    ConnectionFailedException e = refused(options(home, Map.of()).port(5433));
    assertThat(e)
        .hasMessage(
            "connection to server on socket \""
                + home
                + "/.s.PGSQL.5433\" failed: No such file or directory");
    assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(e.hint())
        .contains("is the server running locally and accepting connections on that socket?");
  }

  @Test
  void everyServerTriedIsNamed() throws Exception {
    int port = closedPort();
    ConnectionFailedException e =
        refused(options(home, Map.of()).host("no-such.invalid,127.0.0.1").port(port));
    assertThat(e)
        .hasMessage(
            "could not translate host name \"no-such.invalid\" to address:"
                + " Name or service not known; connection to server at \"127.0.0.1\", port "
                + port
                + " failed: Connection refused");
  }

  @Test
  void aServerThatAnswersIsTheLastOneTried() throws Exception {
    ConnectionFailedException e =
        refused(
            options(home, Map.of())
                .host("127.0.0.1,127.0.0.1")
                .port(server.port() + "," + closedPort())
                .user("postgres")
                .dbname("shop"));
    assertThat(e).hasMessageEndingWith("FATAL:  database \"shop\" does not exist");
  }

  @Test
  void aServerThatKeepsSilentIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Instant start = Instant.now();
      ConnectionFailedException e =
          refused(
              options(home, Map.of())
                  .host("127.0.0.1")
                  .port(silent.getLocalPort())
                  .sslmode("disable")
                  .connectTimeout("2"));
      assertThat(e).hasMessageEndingWith("failed: timeout expired");
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(20));
      assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE);
    }
  }

  @Test
  void aServerThatHangsUpIsToldAsSuch() throws Exception {
    try (ServerSocket rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread hangsUp =
          new Thread(
              () -> {
                try (Socket socket = rude.accept()) {
                  socket.getInputStream().readNBytes(8);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      hangsUp.start();
      ConnectionFailedException e =
          refused(options(home, Map.of()).host("127.0.0.1").port(rude.getLocalPort()));
      hangsUp.join();
      assertThat(e).hasMessageEndingWith("failed: server closed the connection unexpectedly");
      assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE);
    }
  }

  @Test
  void aSessionOfTheWrongKindIsRefused() {
    ConnectionFailedException standby =
        refused(server.byTcp(home).user("postgres").targetSessionAttrs("standby"));
    assertThat(standby).hasMessageEndingWith("failed: server is not in hot standby mode");
    assertThat(standby.reason()).isEqualTo(Reason.UNSUITABLE_SERVER);
    assertThat(refused(server.byTcp(home).user("reader").targetSessionAttrs("read-write")))
        .hasMessageEndingWith("failed: session is read-only");
  }

  @Test
  void tlsThatTheServerDoesNotHaveIsNotGivenUpSilently() {
    ConnectionFailedException e = refused(server.byTcp(home).user("postgres").sslmode("require"));
    assertThat(e).hasMessageEndingWith("failed: The server does not support SSL.");
    assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION);
  }

  @Test
  void anAuthenticationMethodNotAskedForIsRefused() {
    ConnectionFailedException e =
        refused(server.byTcp(home).user("postgres").dbname("require_auth=scram-sha-256"));
    assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION);
  }

  @Test
  void aValueThatTheDriverDoesNotKnowIsAnInvalidOption() {
    ConnectionFailedException e =
        refused(server.byTcp(home).user("postgres").dbname("require_auth=maybe"));
    assertThat(e.reason()).isEqualTo(Reason.INVALID_OPTIONS);
  }

  @Test
  void anInterruptedThreadGetsNoSession() {
    Thread.currentThread().interrupt();
    ConnectionFailedException e = refused(server.byTcp(home).user("postgres").connectTimeout("60"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(e).hasMessageEndingWith("failed: interrupted");
  }

  @Test
  void noPasswordIsInAnyTraceOfAFailure() {
    String uri = "postgresql://scram:" + "hush-hush@127.0.0.1:" + server.port() + "/shop";
    ConnectionFailedException e = refused(options(home, Map.of()).dbname(uri));
    assertThat(trace(e)).doesNotContain("hush-hush").doesNotContain(PASSWORD);
  }

  private static ConnectionFailedException refused(ConnectionOptions.Builder options) {
    return catchThrowableOfType(
        ConnectionFailedException.class,
        () -> ServerConnection.open(options.build(), PasswordPrompt.none()).close());
  }

  private static int closedPort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String trace(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
