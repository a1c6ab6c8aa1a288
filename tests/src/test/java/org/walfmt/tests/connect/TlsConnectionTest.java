package org.walfmt.tests.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.walfmt.tests.connect.ConnectedCluster.options;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.writer.connect.ConnectionFailedException;
import org.walfmt.writer.connect.ConnectionFailedException.Reason;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.connect.ServerConnection;

/** A server with TLS; certificates and keys where libpq looks for them. */
class TlsConnectionTest {
  @TempDir private static Path certificates;
  private static Cluster server;

  @TempDir private Path home;
  private Path directory;

  @BeforeAll
  static void start() throws Exception {
    Certificates.make(certificates, "server", "localhost", "RSA");
    Certificates.make(certificates, "client", "certified", "EC");
    server = Cluster.of(PgInstall.machine15()).setting("ssl", "on").create();
    Files.copy(certificates.resolve("server.crt"), server.data().resolve("server.crt"));
    Files.copy(certificates.resolve("server.key"), server.data().resolve("server.key"));
    Files.copy(certificates.resolve("client.crt"), server.data().resolve("clients.crt"));
    ServerUser.get().own(server.data());
    server.configure(Map.of("ssl_ca_file", "clients.crt"));
    server.hba(
        "hostssl all certified 127.0.0.1/32 cert",
        "host all scram 127.0.0.1/32 scram-sha-256",
        "host all all 127.0.0.1/32 trust");
    server.start();
    server.run("CREATE ROLE certified LOGIN", "CREATE ROLE scram LOGIN PASSWORD 'secret'");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void makeTheDirectoryOfCertificates() throws Exception {
    directory = Files.createDirectory(home.resolve(".postgresql"));
  }

  @Test
  void tlsIsUsedWhereTheServerHasIt() throws Exception {
    assertThat(encrypted(connect("user=postgres"))).isTrue();
    assertThat(encrypted(connect("user=postgres sslmode=disable"))).isFalse();
  }

  @Test
  void theServersCertificateIsCheckedAgainstTheRoot() throws Exception {
    Files.copy(certificates.resolve("server.crt"), directory.resolve("root.crt"));
    assertThat(encrypted(connect("user=postgres sslmode=verify-full"))).isTrue();
  }

  @Test
  void theServersNameIsCheckedEvenIfItsAddressIsGiven() throws Exception {
    Files.copy(certificates.resolve("server.crt"), directory.resolve("root.crt"));
    String byAddress = "hostaddr=127.0.0.1 user=postgres sslmode=verify-full host=";
    assertThat(encrypted(connect(byAddress + "localhost"))).isTrue();
    assertThat(refused(byAddress + "other.example").reason()).isEqualTo(Reason.AUTHENTICATION);
  }

  @Test
  void aServerOfAnotherRootIsRefused() throws Exception {
    Files.copy(certificates.resolve("client.crt"), directory.resolve("root.crt"));
    ConnectionFailedException e = refused("user=postgres sslmode=require");
    assertThat(e).hasMessageContaining("failed: SSL error: ");
    assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION);
  }

  @Test
  void aRootThatIsMissingIsTold() {
    assertThat(refused("user=postgres sslmode=verify-ca"))
        .hasMessageContaining(directory.resolve("root.crt").toString());
  }

  @Test
  void aClientsCertificateOpensThePort() throws Exception {
    Files.copy(certificates.resolve("client.crt"), directory.resolve("postgresql.crt"));
    Files.copy(certificates.resolve("client.key"), directory.resolve("postgresql.key"));
    assertThat(encrypted(connect("user=certified"))).isTrue();
  }

  @Test
  void noCertificateIsToldInTheServersWords() {
    assertThat(refused("user=certified sslmode=require"))
        .hasMessageContaining("connection requires a valid client certificate");
  }

  @Test
  void aPasswordIsBoundToTheChannel() throws Exception {
    assertThat(encrypted(connect("user=scram password=secret channel_binding=require"))).isTrue();
    assertThat(
            refused("user=scram password=secret channel_binding=require sslmode=disable").reason())
        .isEqualTo(Reason.AUTHENTICATION);
  }

  private ServerConnection connect(String string) throws ConnectionFailedException {
    String host = string.contains("host=") ? "" : "host=localhost ";
    ConnectionOptions options =
        options(home, Map.of()).dbname(host + string).port(server.port()).build();
    return ServerConnection.open(options, PasswordPrompt.none());
  }

  private ConnectionFailedException refused(String string) {
    return catchThrowableOfType(ConnectionFailedException.class, () -> connect(string).close());
  }

  private static boolean encrypted(ServerConnection opened) throws Exception {
    try (ServerConnection connection = opened;
        Statement statement = connection.jdbc().createStatement();
        ResultSet row =
            statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
      row.next();
      return row.getBoolean(1);
    }
  }
}
