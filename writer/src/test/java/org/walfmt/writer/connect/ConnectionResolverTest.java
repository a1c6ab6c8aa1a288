package org.walfmt.writer.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionResolverTest {
  @TempDir private Path home;
  @TempDir private Path sockets;
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void keepTheMachinesServiceFileOut() {
    variables.put("PGSYSCONFDIR", home.toString());
  }

  @Test
  void nothingGivenMeansTheDefaults() throws Exception {
    ConnectionPlan plan = ConnectionResolver.resolve(options().build());
    assertThat(plan.addresses()).containsExactly(new ServerAddress(sockets.toString(), "", 5432));
    assertThat(plan.user()).isEqualTo("me");
    assertThat(plan.database()).isEqualTo("postgres");
    assertThat(plan.password()).isNull();
    assertThat(plan.connectTimeout()).isZero();
    assertThat(plan.target()).isEqualTo(TargetSession.ANY);
    assertThat(plan.driverProperties()).containsEntry("ApplicationName", "walfmt");
    assertThat(plan.tlsProperties()).containsEntry("sslmode", "prefer");
    assertThat(plan.warnings()).isEmpty();
  }

  @Test
  void aFixedDatabaseBeatsEverySource() throws Exception {
    variables.put("PGDATABASE", "d");
    ConnectionPlan plan =
        ConnectionResolver.resolve(options().dbname("host=h dbname=other").database("a=b").build());
    assertThat(plan.database()).isEqualTo("a=b");
    assertThat(plan.addresses()).containsExactly(new ServerAddress("h", "", 5432));
  }

  @Test
  void everyVariableIsTaken() throws Exception {
    variables.putAll(
        Map.of(
            "PGHOST", "h",
            "PGHOSTADDR", "10.0.0.1",
            "PGPORT", "5433",
            "PGUSER", "u",
            "PGDATABASE", "d",
            "PGPASSWORD", "hush",
            "PGCONNECT_TIMEOUT", "7",
            "PGAPPNAME", "app",
            "PGOPTIONS", "-c work_mem=1MB",
            "PGTARGETSESSIONATTRS", "standby"));
    variables.putAll(
        Map.of(
            "PGSSLMODE", "verify-full",
            "PGSSLROOTCERT", "/r.crt",
            "PGSSLCERT", "/c.crt",
            "PGSSLKEY", "/c.key",
            "PGCHANNELBINDING", "require",
            "PGREQUIREAUTH", "scram-sha-256"));
    ConnectionPlan plan = ConnectionResolver.resolve(options().build());
    assertThat(plan.addresses()).containsExactly(new ServerAddress("h", "10.0.0.1", 5433));
    assertThat(plan.user()).isEqualTo("u");
    assertThat(plan.database()).isEqualTo("d");
    assertThat(revealed(plan.password())).isEqualTo("hush");
    assertThat(plan.connectTimeout()).isEqualTo(7);
    assertThat(plan.target()).isEqualTo(TargetSession.STANDBY);
    assertThat(plan.driverProperties())
        .containsEntry("ApplicationName", "app")
        .containsEntry("options", "-c work_mem=1MB")
        .containsEntry("requireAuth", "scram-sha-256");
    assertThat(plan.tlsProperties())
        .containsEntry("sslmode", "verify-full")
        .containsEntry("sslrootcert", "/r.crt")
        .containsEntry("sslcert", "/c.crt")
        .containsEntry("sslkey", "/c.key")
        .containsEntry("channelBinding", "require");
  }

  @Test
  void eachSourceGoesBeforeTheNext() throws Exception {
    variables.putAll(Map.of("PGHOST", "env", "PGPORT", "4", "PGUSER", "env", "PGDATABASE", "env"));
    variables.put("PGSERVICE", "s");
    Files.writeString(home.resolve(".pg_service.conf"), "[s]\nhost=file\nport=3\nuser=file\n");
    ConnectionOptions options =
        options().host("given").dbname("host=string port=2 passfile=/none").build();
    ConnectionPlan plan = ConnectionResolver.resolve(options);
    assertThat(plan.addresses()).containsExactly(new ServerAddress("given", "", 2));
    assertThat(plan.user()).isEqualTo("file");
    assertThat(plan.database()).isEqualTo("env");
  }

  @Test
  void theServiceMayComeFromAnOptionOrTheConnectionString() throws Exception {
    Files.writeString(home.resolve(".pg_service.conf"), "[a]\nuser=a\n[b]\nuser=b\n");
    assertThat(ConnectionResolver.resolve(options().service("a").build()).user()).isEqualTo("a");
    assertThat(ConnectionResolver.resolve(options().dbname("service=b").build()).user())
        .isEqualTo("b");
    assertThat(
            ConnectionResolver.resolve(options().service("a").dbname("service=b").build()).user())
        .isEqualTo("a");
  }

  @Test
  void theDatabaseMayBeAUri() throws Exception {
    ConnectionPlan plan =
        ConnectionResolver.resolve(
            options().dbname("postgresql://alice:hush@[::1]:5433/shop").build());
    assertThat(plan.addresses()).containsExactly(new ServerAddress("::1", "", 5433));
    assertThat(plan.user()).isEqualTo("alice");
    assertThat(plan.database()).isEqualTo("shop");
    assertThat(revealed(plan.password())).isEqualTo("hush");
  }

  @Test
  void anEmptyOptionIsNotGivenAndAnEmptyVariableIsTheDefault() throws Exception {
    variables.put("PGPORT", "");
    variables.put("PGUSER", "");
    variables.put("PGPASSWORD", "");
    ConnectionPlan plan = ConnectionResolver.resolve(options().host("").user("").build());
    assertThat(plan.addresses()).containsExactly(new ServerAddress(sockets.toString(), "", 5432));
    assertThat(plan.user()).isEqualTo("me");
    assertThat(plan.password()).isNull();
  }

  @Test
  void anEmptyValueInAStringKeepsTheVariableOut() throws Exception {
    variables.put("PGHOST", "env");
    assertThat(ConnectionResolver.resolve(options().dbname("host='' port=1").build()).addresses())
        .containsExactly(new ServerAddress(sockets.toString(), "", 1));
  }

  @Test
  void hostsAndPortsArePaired() throws Exception {
    assertThat(addresses("a,b", null, null))
        .containsExactly(new ServerAddress("a", "", 5432), new ServerAddress("b", "", 5432));
    assertThat(addresses("a,b", null, "1"))
        .containsExactly(new ServerAddress("a", "", 1), new ServerAddress("b", "", 1));
    assertThat(addresses("a,,/run", null, "1,2,"))
        .containsExactly(
            new ServerAddress("a", "", 1),
            new ServerAddress(sockets.toString(), "", 2),
            new ServerAddress("/run", "", 5432));
    assertThat(addresses("a,", "10.0.0.1,10.0.0.2", "1"))
        .containsExactly(
            new ServerAddress("a", "10.0.0.1", 1), new ServerAddress("", "10.0.0.2", 1));
    assertThat(addresses(null, "10.0.0.1", null))
        .containsExactly(new ServerAddress("", "10.0.0.1", 5432));
  }

  @Test
  void listsOfUnlikeLengthAreRefused() {
    assertInvalid(options().host("a,b").port("1,2,3"), "could not match 3 port numbers to 2 hosts");
    assertInvalid(
        options().dbname("host=a,b hostaddr=10.0.0.1"),
        "could not match 2 host names to 1 hostaddr values");
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertInvalid(options().port("0"), "invalid port number: \"0\"");
    assertInvalid(options().port("65536"), "invalid port number: \"65536\"");
    assertInvalid(
        options().port("5432x"), "invalid integer value \"5432x\" for connection option \"port\"");
    assertInvalid(
        options().connectTimeout("1s"),
        "invalid integer value \"1s\" for connection option \"connect_timeout\"");
    assertInvalid(options().sslmode("yes"), "invalid sslmode value: \"yes\"");
    assertInvalid(
        options().dbname("channel_binding=maybe"), "invalid channel_binding value: \"maybe\"");
    assertInvalid(options().dbname("gssencmode=allow"), "invalid gssencmode value: \"allow\"");
    assertInvalid(options().dbname("sslnegotiation=x"), "invalid sslnegotiation value: \"x\"");
    assertInvalid(
        options().targetSessionAttrs("master"), "invalid target_session_attrs value: \"master\"");
    assertInvalid(
        options().dbname("sslrootcert=system sslmode=require"),
        "weak sslmode \"require\" may not be used with sslrootcert=system (use \"verify-full\")");
    assertInvalid(
        options().dbname("requirepeer=postgres"),
        "connection option \"requirepeer\" is not supported");
  }

  @Test
  void aTimeoutOfOneSecondIsTwoAndOneBelowZeroIsNone() throws Exception {
    assertThat(ConnectionResolver.resolve(options().connectTimeout("1").build()).connectTimeout())
        .isEqualTo(2);
    assertThat(ConnectionResolver.resolve(options().connectTimeout("-5").build()).connectTimeout())
        .isZero();
  }

  @Test
  void aServerThatListensInALaterDirectoryIsFoundThere() throws Exception {
    Path later = Files.createDirectory(home.resolve("later"));
    Files.createFile(later.resolve(".s.PGSQL.5433"));
    ConnectionEnvironment environment =
        new ConnectionEnvironment(variables, home, "me", List.of(sockets, later), List.of());
    assertThat(
            ConnectionResolver.resolve(ConnectionOptions.builder(environment).port(5433).build())
                .addresses())
        .containsExactly(new ServerAddress(later.toString(), "", 5433));
    assertThat(
            ConnectionResolver.resolve(ConnectionOptions.builder(environment).port(5434).build())
                .addresses())
        .containsExactly(new ServerAddress(sockets.toString(), "", 5434));
  }

  @Test
  void thePasswordFileIsAskedForEachHost() throws Exception {
    Path file = home.resolve("passwords");
    Files.writeString(file, "localhost:1:d:u:one\nh:2:d:u:two\n10.0.0.3:3:d:u:three\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    ConnectionPlan plan =
        ConnectionResolver.resolve(
            options()
                .dbname("host=,h,,/other hostaddr='' port=1,2,3,1 user=u dbname=d")
                .passfile(file.toString())
                .build());
    assertThat(
            plan.addresses().stream().map(plan::passwordFor).map(ConnectionResolverTest::revealed))
        .containsExactly("one", "two", "", "");
    ConnectionPlan byAddress =
        ConnectionResolver.resolve(
            options()
                .dbname("hostaddr=10.0.0.3 port=3 user=u dbname=d")
                .passfile(file.toString())
                .build());
    assertThat(revealed(byAddress.passwordFor(byAddress.addresses().get(0)))).isEqualTo("three");
  }

  @Test
  void aPasswordGivenGoesBeforeTheFile() throws Exception {
    Path file = home.resolve(".pgpass");
    Files.writeString(file, "*:*:*:*:file\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    variables.put("PGPASSWORD", "variable");
    ConnectionPlan plan = ConnectionResolver.resolve(options().build());
    assertThat(revealed(plan.passwordFor(plan.addresses().get(0)))).isEqualTo("variable");
    assertThat(plan.passwordComesFromFile(plan.addresses().get(0))).isFalse();
  }

  @Test
  void aSocketHasNoTlsWhateverIsAsked() throws Exception {
    ConnectionPlan plan =
        ConnectionResolver.resolve(
            options().sslmode("require").dbname("channel_binding=require").build());
    Properties properties =
        DriverProperties.forAttempt(plan, plan.addresses().get(0), "/s/.s.PGSQL.5432");
    assertThat(properties)
        .containsEntry("sslmode", "disable")
        .containsEntry("gssEncMode", "disable")
        .containsEntry("channelBinding", "require")
        .containsEntry("PGHOST", "localhost")
        .containsEntry("socketFactoryArg", "/s/.s.PGSQL.5432")
        .doesNotContainKey("sslrootcert");
  }

  @Test
  void aMissingPasswordIsEmptySoThatTheDriverDoesNotLookForOne() throws Exception {
    ConnectionPlan plan = ConnectionResolver.resolve(options().host("h").build());
    assertThat(DriverProperties.forAttempt(plan, plan.addresses().get(0), "10.0.0.1"))
        .containsEntry("password", "")
        .containsEntry("tcpKeepAlive", "true")
        .containsEntry("PGHOST", "h")
        .containsEntry("socketFactoryArg", "10.0.0.1");
  }

  @Test
  void aRootCertificateTurnsRequireIntoVerify() throws Exception {
    assertThat(ConnectionResolver.resolve(options().sslmode("require").build()).tlsProperties())
        .containsEntry("sslmode", "require");
    Files.createDirectory(home.resolve(".postgresql"));
    Files.createFile(home.resolve(".postgresql/root.crt"));
    assertThat(ConnectionResolver.resolve(options().sslmode("require").build()).tlsProperties())
        .containsEntry("sslmode", "verify-ca")
        .containsEntry("sslrootcert", home.resolve(".postgresql/root.crt").toString());
  }

  @Test
  void theSystemsRootsMeanVerifyFull() throws Exception {
    variables.put("PGSSLROOTCERT", "system");
    assertThat(ConnectionResolver.resolve(options().build()).tlsProperties())
        .containsEntry("sslmode", "verify-full")
        .containsEntry("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory")
        .doesNotContainKey("sslrootcert");
  }

  @Test
  void noTextShowsAPassword() throws Exception {
    variables.put("PGPASSWORD", "hush");
    ConnectionOptions options = options().dbname("password=hush sslpassword=hush").build();
    ConnectionPlan plan = ConnectionResolver.resolve(options);
    assertThat(options.toString()).doesNotContain("hush");
    assertThat(options.environment().toString()).doesNotContain("hush");
    assertThat(plan.toString()).doesNotContain("hush");
    assertThat(plan.password()).hasToString("********");
  }

  private ConnectionOptions.Builder options() {
    return ConnectionOptions.builder(
        new ConnectionEnvironment(variables, home, "me", List.of(sockets), List.of()));
  }

  private List<ServerAddress> addresses(
      @Nullable String host, @Nullable String hostaddr, @Nullable String port)
      throws ConnectionFailedException {
    String string = hostaddr == null ? "user=x" : "hostaddr=" + hostaddr;
    return ConnectionResolver.resolve(options().host(host).port(port).dbname(string).build())
        .addresses();
  }

  private static void assertInvalid(ConnectionOptions.Builder options, String message) {
    assertThatThrownBy(() -> ConnectionResolver.resolve(options.build()))
        .isInstanceOfSatisfying(
            ConnectionFailedException.class,
            e -> assertThat(e.reason()).isEqualTo(ConnectionFailedException.Reason.INVALID_OPTIONS))
        .hasMessage(message);
  }

  private static String revealed(@Nullable Secret secret) {
    return secret == null ? "" : secret.reveal();
  }
}
