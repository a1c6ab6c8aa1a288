package org.walfmt.writer.connect;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** The properties that PgJDBC is driven with. */
final class DriverProperties {
  private DriverProperties() {}

  /** Returns the properties that depend neither on the address nor on its protection. */
  static Map<String, String> common(String applicationName, String options, String requireAuth) {
    Map<String, String> properties = new HashMap<>();
    properties.put(PGProperty.APPLICATION_NAME.getName(), applicationName);
    // With 9.4 or later assumed, the application's name is in the first packet, and so in the log
    // line of a connection refused.
    properties.put(PGProperty.ASSUME_MIN_SERVER_VERSION.getName(), "9.4");
    properties.put(PGProperty.TCP_KEEP_ALIVE.getName(), "true");
    // The session runs few statements, each once or twice: preparing them costs a round trip.
    properties.put(PGProperty.PREPARE_THRESHOLD.getName(), "0");
    properties.put(
        PGProperty.AUTHENTICATION_PLUGIN_CLASS_NAME.getName(), SuppliedPassword.class.getName());
    if (!options.isEmpty()) {
      properties.put(PGProperty.OPTIONS.getName(), options);
    }
    if (!requireAuth.isEmpty()) {
      properties.put(PGProperty.REQUIRE_AUTH.getName(), requireAuth);
    }
    return properties;
  }

  /**
   * Returns all properties for an attempt.
   *
   * @param target what {@link TargetSocketFactory} connects to
   */
  static Properties forAttempt(ConnectionPlan plan, ServerAddress address, String target) {
    Properties properties = new Properties();
    properties.putAll(plan.driverProperties());
    properties.putAll(address.isSocket() ? overSocket(plan) : plan.tlsProperties());
    set(properties, PGProperty.PG_HOST, address.isSocket() ? "localhost" : address.name());
    set(properties, PGProperty.PG_PORT, Integer.toString(address.port()));
    set(properties, PGProperty.PG_DBNAME, plan.database());
    set(properties, PGProperty.USER, plan.user());
    set(properties, PGProperty.SOCKET_FACTORY, TargetSocketFactory.class.getName());
    set(properties, PGProperty.SOCKET_FACTORY_ARG, target);
    set(properties, PGProperty.CONNECT_TIMEOUT, Integer.toString(plan.connectTimeout()));
    set(properties, PGProperty.LOGIN_TIMEOUT, Integer.toString(plan.connectTimeout()));
    @Nullable Secret password = plan.passwordFor(address);
    // Empty, not left out: PgJDBC would go and read a password file in its own way.
    set(properties, PGProperty.PASSWORD, password == null ? "" : password.reveal());
    return properties;
  }

  /**
   * A Unix-domain socket has no TLS, whatever sslmode says, as in libpq; but who requires channel
   * binding or GSSAPI encryption is to see the attempt fail.
   */
  private static Map<String, String> overSocket(ConnectionPlan plan) {
    Map<String, String> properties = new HashMap<>(plan.tlsProperties());
    properties.keySet().removeIf(name -> name.startsWith("ssl"));
    properties.put(PGProperty.SSL_MODE.getName(), "disable");
    String gss = properties.getOrDefault(PGProperty.GSS_ENC_MODE.getName(), "");
    if (!gss.equals("require")) {
      properties.put(PGProperty.GSS_ENC_MODE.getName(), "disable");
    }
    return properties;
  }

  private static void set(Properties properties, PGProperty property, String value) {
    properties.setProperty(property.getName(), value);
  }
}
