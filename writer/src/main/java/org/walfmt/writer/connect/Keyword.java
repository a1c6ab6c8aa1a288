package org.walfmt.writer.connect;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A parameter of a connection, as connection strings and service files name it.
 *
 * <p>Source: PostgreSQL 18, {@code fe-connect.c}, {@code PQconninfoOptions}.
 */
enum Keyword {
  SERVICE("PGSERVICE"),
  USER("PGUSER"),
  PASSWORD("PGPASSWORD"),
  PASSFILE("PGPASSFILE"),
  CHANNEL_BINDING("PGCHANNELBINDING"),
  CONNECT_TIMEOUT("PGCONNECT_TIMEOUT"),
  DBNAME("PGDATABASE"),
  HOST("PGHOST"),
  HOSTADDR("PGHOSTADDR"),
  PORT("PGPORT"),
  OPTIONS("PGOPTIONS"),
  APPLICATION_NAME("PGAPPNAME"),
  FALLBACK_APPLICATION_NAME(null),
  SSLMODE("PGSSLMODE"),
  SSLNEGOTIATION("PGSSLNEGOTIATION"),
  SSLCERT("PGSSLCERT"),
  SSLKEY("PGSSLKEY"),
  SSLPASSWORD(null),
  SSLROOTCERT("PGSSLROOTCERT"),
  REQUIRE_AUTH("PGREQUIREAUTH"),
  GSSENCMODE("PGGSSENCMODE"),
  KRBSRVNAME("PGKRBSRVNAME"),
  GSSLIB("PGGSSLIB"),
  TARGET_SESSION_ATTRS("PGTARGETSESSIONATTRS"),

  // Tuning that PgJDBC does its own way; a session without it is as correct and as safe.
  CLIENT_ENCODING("PGCLIENTENCODING", Support.IGNORED),
  KEEPALIVES(null, Support.IGNORED),
  KEEPALIVES_IDLE(null, Support.IGNORED),
  KEEPALIVES_INTERVAL(null, Support.IGNORED),
  KEEPALIVES_COUNT(null, Support.IGNORED),
  TCP_USER_TIMEOUT(null, Support.IGNORED),
  SSLCOMPRESSION("PGSSLCOMPRESSION", Support.IGNORED),
  SSLSNI("PGSSLSNI", Support.IGNORED),
  GSSDELEGATION("PGGSSDELEGATION", Support.IGNORED),
  LOAD_BALANCE_HOSTS("PGLOADBALANCEHOSTS", Support.IGNORED),
  MIN_PROTOCOL_VERSION("PGMINPROTOCOLVERSION", Support.IGNORED),
  MAX_PROTOCOL_VERSION("PGMAXPROTOCOLVERSION", Support.IGNORED),
  SSLKEYLOGFILE(null, Support.IGNORED),

  // Who sets these relies on them; to go on without would be less safe than was asked for.
  SSLCERTMODE("PGSSLCERTMODE", Support.REFUSED),
  SSLCRL("PGSSLCRL", Support.REFUSED),
  SSLCRLDIR("PGSSLCRLDIR", Support.REFUSED),
  SSL_MIN_PROTOCOL_VERSION("PGSSLMINPROTOCOLVERSION", Support.REFUSED),
  SSL_MAX_PROTOCOL_VERSION("PGSSLMAXPROTOCOLVERSION", Support.REFUSED),
  REQUIREPEER("PGREQUIREPEER", Support.REFUSED),
  REPLICATION(null, Support.REFUSED),
  SCRAM_CLIENT_KEY(null, Support.REFUSED),
  SCRAM_SERVER_KEY(null, Support.REFUSED),
  OAUTH_ISSUER(null, Support.REFUSED),
  OAUTH_CLIENT_ID(null, Support.REFUSED),
  OAUTH_CLIENT_SECRET(null, Support.REFUSED),
  OAUTH_SCOPE(null, Support.REFUSED);

  /** What becomes of a parameter's value. */
  enum Support {
    USED,
    IGNORED,
    REFUSED
  }

  private static final Map<String, Keyword> BY_TEXT = byText();

  private final String text = name().toLowerCase(Locale.ROOT);
  private final @Nullable String variable;
  private final Support support;

  Keyword(@Nullable String variable) {
    this(variable, Support.USED);
  }

  Keyword(@Nullable String variable, Support support) {
    this.variable = variable;
    this.support = support;
  }

  /** Returns the keyword of this spelling; libpq knows lower case only. */
  static Optional<Keyword> of(String text) {
    return Optional.ofNullable(BY_TEXT.get(text));
  }

  /** The keyword as written in connection strings. */
  String text() {
    return text;
  }

  /** The environment variable that gives its value; null if there is none. */
  @Nullable String variable() {
    return variable;
  }

  Support support() {
    return support;
  }

  private static Map<String, Keyword> byText() {
    Map<String, Keyword> keywords = new HashMap<>();
    for (Keyword keyword : values()) {
      keywords.put(keyword.text, keyword);
    }
    return Map.copyOf(keywords);
  }
}
