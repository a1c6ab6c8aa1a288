package org.walfmt.writer.connect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Completes options from every source that libpq has, in its order. */
final class ConnectionResolver {
  /** The database for work that concerns the whole cluster, as in PostgreSQL's own tools. */
  private static final String DEFAULT_DATABASE = "postgres";

  private static final String DEFAULT_APPLICATION_NAME = "walfmt";

  /** libpq waits no less, since one second may be none after rounding. */
  private static final int MIN_CONNECT_TIMEOUT = 2;

  private final ConnectionOptions options;
  private final ConnectionEnvironment environment;
  private final Map<Keyword, String> values = new EnumMap<>(Keyword.class);

  private ConnectionResolver(ConnectionOptions options) {
    this.options = options;
    this.environment = options.environment();
  }

  /** Returns the plan that these options and their environment amount to. */
  static ConnectionPlan resolve(ConnectionOptions options) throws ConnectionFailedException {
    return new ConnectionResolver(options).plan();
  }

  private ConnectionPlan plan() throws ConnectionFailedException {
    collectGiven();
    collectService();
    collectVariables();
    refuseUnsupported();
    List<String> warnings = new ArrayList<>();
    String passfile = value(Keyword.PASSFILE);
    PasswordFile passwordFile =
        PasswordFile.read(
            passfile.isEmpty() ? environment.home().resolve(".pgpass") : Path.of(passfile),
            warnings);
    return new ConnectionPlan(
        ServerAddresses.of(
            value(Keyword.HOST),
            value(Keyword.HOSTADDR),
            value(Keyword.PORT),
            environment.socketDirectories()),
        orElse(Keyword.USER, environment.user()),
        database(),
        Secret.of(value(Keyword.PASSWORD)),
        passwordFile,
        environment.socketDirectories(),
        connectTimeout(),
        TargetSession.parse(orElse(Keyword.TARGET_SESSION_ATTRS, "any")),
        driverProperties(),
        new TlsParameters(values, environment).toDriverProperties(),
        warnings);
  }

  private String database() {
    @Nullable String fixed = options.database();
    return fixed == null ? orElse(Keyword.DBNAME, DEFAULT_DATABASE) : fixed;
  }

  /** Takes options first and then the connection string that may stand in the database's place. */
  private void collectGiven() throws ConnectionFailedException {
    String database = options.given(Keyword.DBNAME);
    for (Keyword keyword : Keyword.values()) {
      @Nullable String given = options.given(keyword);
      if (given != null && keyword != Keyword.DBNAME) {
        values.put(keyword, given);
      }
    }
    if (database == null) {
      return;
    }
    if (ConnectionUri.isUri(database)) {
      ConnectionUri.parse(database).forEach(values::putIfAbsent);
    } else if (database.contains("=")) {
      ConninfoString.parse(database).forEach(values::putIfAbsent);
    } else {
      values.put(Keyword.DBNAME, database);
    }
  }

  private void collectService() throws ConnectionFailedException {
    @Nullable String service =
        values.getOrDefault(Keyword.SERVICE, environment.variables().get("PGSERVICE"));
    if (service != null) {
      ServiceFile.find(service, environment).forEach(values::putIfAbsent);
    }
  }

  private void collectVariables() {
    for (Keyword keyword : Keyword.values()) {
      @Nullable String variable = keyword.variable();
      @Nullable String value = variable == null ? null : environment.variables().get(variable);
      if (value != null) {
        values.putIfAbsent(keyword, value);
      }
    }
  }

  private void refuseUnsupported() throws ConnectionFailedException {
    for (Map.Entry<Keyword, String> entry : values.entrySet()) {
      if (entry.getKey().support() == Keyword.Support.REFUSED && !entry.getValue().isEmpty()) {
        throw ConnectionFailedException.invalid(
            "connection option \"" + entry.getKey().text() + "\" is not supported");
      }
    }
  }

  private int connectTimeout() throws ConnectionFailedException {
    String text = value(Keyword.CONNECT_TIMEOUT);
    int seconds = text.isEmpty() ? 0 : Integers.parse("connect_timeout", text);
    return seconds <= 0 ? 0 : Math.max(seconds, MIN_CONNECT_TIMEOUT);
  }

  private Map<String, String> driverProperties() {
    String fallback = orElse(Keyword.FALLBACK_APPLICATION_NAME, DEFAULT_APPLICATION_NAME);
    return DriverProperties.common(
        orElse(Keyword.APPLICATION_NAME, fallback),
        value(Keyword.OPTIONS),
        value(Keyword.REQUIRE_AUTH));
  }

  /** Returns a value, or empty text if no source has one; libpq sees no difference. */
  private String value(Keyword keyword) {
    return values.getOrDefault(keyword, "");
  }

  private String orElse(Keyword keyword, String fallback) {
    String value = value(keyword);
    return value.isEmpty() ? fallback : value;
  }
}
