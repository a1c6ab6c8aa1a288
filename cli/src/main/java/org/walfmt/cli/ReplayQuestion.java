package org.walfmt.cli;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.function.Consumer;
import org.walfmt.Lsn;
import org.walfmt.replayer.start.PidFile;
import org.walfmt.replayer.start.ReplayProbe;
import org.walfmt.writer.connect.ConnectionEnvironment;
import org.walfmt.writer.connect.ConnectionFailedException;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPolicy;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.connect.ServerConnection;

/** Asks a server that was just started how far it is; as {@code PGUSER}, never for a password. */
final class ReplayQuestion implements ReplayProbe {
  private static final String QUERY =
      "SELECT r, CASE WHEN r THEN pg_is_wal_replay_paused() ELSE false END,"
          + " pg_last_wal_replay_lsn()::text, pg_last_xact_replay_timestamp()::text"
          + " FROM pg_is_in_recovery() AS r";

  private final Consumer<String> warnings;

  ReplayQuestion(Consumer<String> warnings) {
    this.warnings = warnings;
  }

  @Override
  public Optional<Answer> ask(PidFile server) {
    String host = server.socketDirectory();
    if (host.isEmpty()) {
      host = server.listenAddress().equals("*") ? "localhost" : server.listenAddress();
    }
    ConnectionOptions options =
        ConnectionOptions.builder(ConnectionEnvironment.ofProcess())
            .host(host)
            .port(server.port())
            .dbname("postgres")
            .applicationName("walfmt")
            .passwordPolicy(PasswordPolicy.NEVER_PROMPT)
            .build();
    try (ServerConnection connection = ServerConnection.open(options, PasswordPrompt.none());
        Statement statement = connection.jdbc().createStatement();
        ResultSet row = statement.executeQuery(QUERY)) {
      row.next();
      return Optional.of(
          new Answer(
              row.getBoolean(1),
              row.getBoolean(2),
              Optional.ofNullable(row.getString(3)).map(Lsn::parse),
              Optional.ofNullable(row.getString(4))));
    } catch (ConnectionFailedException | SQLException e) {
      warnings.accept("the server could not be asked how far it is: " + e.getMessage());
      return Optional.empty();
    }
  }
}
