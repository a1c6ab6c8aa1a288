package org.walfmt.writer.connect;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked for on the command line; everything left open is found as libpq finds it.
 *
 * <p>Each parameter is taken from the first of these that has it: these options, the connection
 * string given as {@code dbname}, the service file, the environment variable, the default. That is
 * the order of {@code pg_basebackup}; in {@code psql} the connection string beats the options.
 */
public final class ConnectionOptions {
  private final ConnectionEnvironment environment;
  private final Map<Keyword, String> given;
  private final PasswordPolicy passwordPolicy;
  private final @Nullable String database;

  private ConnectionOptions(Builder builder) {
    this.environment = builder.environment;
    this.given = new EnumMap<>(builder.given);
    this.passwordPolicy = builder.passwordPolicy;
    this.database = builder.database;
  }

  /** Starts with nothing asked for. */
  public static Builder builder(ConnectionEnvironment environment) {
    return new Builder(environment);
  }

  ConnectionEnvironment environment() {
    return environment;
  }

  PasswordPolicy passwordPolicy() {
    return passwordPolicy;
  }

  /** Returns the database that no source may change, or null if they decide. */
  @Nullable String database() {
    return database;
  }

  /** Returns the option as given, or null if it was left open. */
  @Nullable String given(Keyword keyword) {
    return given.get(keyword);
  }

  /** Names what was given, without values: a connection string may hold a password. */
  @Override
  public String toString() {
    return "ConnectionOptions[given=" + given.keySet() + ", passwordPolicy=" + passwordPolicy + "]";
  }

  /** Collects options. As in libpq, null and empty text mean "not given". */
  public static final class Builder {
    private final ConnectionEnvironment environment;
    private final Map<Keyword, String> given = new EnumMap<>(Keyword.class);
    private PasswordPolicy passwordPolicy = PasswordPolicy.PROMPT_IF_NEEDED;
    private @Nullable String database;

    private Builder(ConnectionEnvironment environment) {
      this.environment = environment;
    }

    /** Host name, address or socket directory, or a list of them with commas between. */
    public Builder host(@Nullable String host) {
      return put(Keyword.HOST, host);
    }

    /** Port number, or a list of them with commas between, one for each host. */
    public Builder port(@Nullable String port) {
      return put(Keyword.PORT, port);
    }

    /** Port number. */
    public Builder port(int port) {
      return put(Keyword.PORT, Integer.toString(port));
    }

    /** Role to connect as. */
    public Builder user(@Nullable String user) {
      return put(Keyword.USER, user);
    }

    /** Database, or a connection string: {@code key=value ...} or {@code postgresql://...}. */
    public Builder dbname(@Nullable String dbname) {
      return put(Keyword.DBNAME, dbname);
    }

    /** Database, taken as it is, whatever a connection string or any other source says. */
    public Builder database(String name) {
      this.database = name;
      return this;
    }

    /** When to ask for a password. */
    public Builder passwordPolicy(PasswordPolicy policy) {
      this.passwordPolicy = policy;
      return this;
    }

    /** disable, allow, prefer, require, verify-ca or verify-full. */
    public Builder sslmode(@Nullable String sslmode) {
      return put(Keyword.SSLMODE, sslmode);
    }

    /** Seconds for each address tried; 0 waits for ever. */
    public Builder connectTimeout(@Nullable String seconds) {
      return put(Keyword.CONNECT_TIMEOUT, seconds);
    }

    /** Name that the session shows in {@code pg_stat_activity}. */
    public Builder applicationName(@Nullable String name) {
      return put(Keyword.APPLICATION_NAME, name);
    }

    /** Command-line options for the session, such as {@code -c work_mem=64MB}. */
    public Builder options(@Nullable String options) {
      return put(Keyword.OPTIONS, options);
    }

    /** any, read-write, read-only, primary, standby or prefer-standby. */
    public Builder targetSessionAttrs(@Nullable String attributes) {
      return put(Keyword.TARGET_SESSION_ATTRS, attributes);
    }

    /** Password file instead of {@code ~/.pgpass}. */
    public Builder passfile(@Nullable String passfile) {
      return put(Keyword.PASSFILE, passfile);
    }

    /** Section of the service file. */
    public Builder service(@Nullable String service) {
      return put(Keyword.SERVICE, service);
    }

    /** Returns the options collected so far. */
    public ConnectionOptions build() {
      return new ConnectionOptions(this);
    }

    private Builder put(Keyword keyword, @Nullable String value) {
      if (value == null || value.isEmpty()) {
        given.remove(keyword);
      } else {
        given.put(keyword, value);
      }
      return this;
    }
  }
}
