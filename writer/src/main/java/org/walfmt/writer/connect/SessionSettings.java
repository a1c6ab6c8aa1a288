package org.walfmt.writer.connect;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** Makes a session fit for work that takes hours, whatever the role's and database's settings. */
final class SessionSettings {
  private static final int IDLE_SESSION_TIMEOUT_SINCE = 140_000;
  private static final int TRANSACTION_TIMEOUT_SINCE = 170_000;

  private SessionSettings() {}

  /**
   * Applies the settings and returns the server's version, as {@code server_version_num} has it.
   */
  static int apply(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int version = version(statement);
      // No schema of a user's may put its functions and operators in the place of the system's.
      StringBuilder settings = new StringBuilder("SET search_path = ''");
      off(settings, "statement_timeout");
      off(settings, "lock_timeout");
      off(settings, "idle_in_transaction_session_timeout");
      if (version >= IDLE_SESSION_TIMEOUT_SINCE) {
        off(settings, "idle_session_timeout");
      }
      if (version >= TRANSACTION_TIMEOUT_SINCE) {
        off(settings, "transaction_timeout");
      }
      settings.append("; SET client_min_messages = notice; SET DateStyle = ISO");
      settings.append("; SET IntervalStyle = postgres; SET bytea_output = hex");
      settings.append("; SET standard_conforming_strings = on");
      statement.execute(settings.toString());
      return version;
    }
  }

  /** Returns why the session is not of the kind asked for; empty if it is. */
  static Optional<String> objection(Connection connection, TargetSession target)
      throws SQLException {
    if (target == TargetSession.ANY) {
      return Optional.empty();
    }
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_catalog.pg_is_in_recovery(),"
                    + " pg_catalog.current_setting('default_transaction_read_only')::bool")) {
      row.next();
      return target.objection(row.getBoolean(1), row.getBoolean(2));
    }
  }

  private static int version(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SHOW server_version_num")) {
      row.next();
      return Integer.parseInt(row.getString(1));
    }
  }

  private static void off(StringBuilder settings, String timeout) {
    settings.append("; SET ").append(timeout).append(" = 0");
  }
}
