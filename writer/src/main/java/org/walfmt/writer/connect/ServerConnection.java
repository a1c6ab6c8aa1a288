package org.walfmt.writer.connect;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.walfmt.writer.connect.ConnectionFailedException.Reason;

/**
 * A session on a server, kept open for as long as a backup takes.
 *
 * <p>Autocommit is on, no time-out ends a statement or an idle session, {@code search_path} is
 * empty. For one thread at a time.
 */
public final class ServerConnection implements AutoCloseable {
  private final Connection connection;
  private final ConnectionPlan plan;
  private final String where;
  private final int serverVersion;

  /**
   * Takes over an open session.
   *
   * @param plan how to open another one: this address only, with this password
   */
  ServerConnection(Connection connection, ConnectionPlan plan, String where, int serverVersion) {
    this.connection = connection;
    this.plan = plan;
    this.where = where;
    this.serverVersion = serverVersion;
  }

  /**
   * Opens a session.
   *
   * @param prompt asked for a password as the options' policy has it
   */
  public static ServerConnection open(ConnectionOptions options, PasswordPrompt prompt)
      throws ConnectionFailedException {
    ConnectionPlan plan = ConnectionResolver.resolve(options);
    if (options.passwordPolicy() == PasswordPolicy.FORCE_PROMPT) {
      @Nullable String typed = ask(prompt, plan);
      if (typed == null) {
        throw ConnectionFailedException.invalid(
            "a password is to be asked for, but there is no terminal");
      }
      return new ConnectionAttempts(plan.withPassword(Secret.of(typed))).open();
    }
    ConnectionAttempts attempts = new ConnectionAttempts(plan);
    try {
      return attempts.open();
    } catch (ConnectionFailedException e) {
      if (!attempts.passwordMissing() || options.passwordPolicy() == PasswordPolicy.NEVER_PROMPT) {
        throw e;
      }
      @Nullable String typed = ask(prompt, plan);
      if (typed == null) {
        throw e;
      }
      return new ConnectionAttempts(plan.withPassword(Secret.of(typed))).open();
    }
  }

  private static @Nullable String ask(PasswordPrompt prompt, ConnectionPlan plan)
      throws ConnectionFailedException {
    try {
      return prompt.ask("Password for user " + plan.user() + ": ");
    } catch (IOException e) {
      throw new ConnectionFailedException(
          Reason.AUTHENTICATION,
          "could not read the password: " + e.getMessage(),
          null,
          plan.warnings(),
          e);
    }
  }

  /**
   * Opens a further session on the same address, as the same role and with the same password,
   * without asking for anything. Whether the same server still listens there is for the caller to
   * check.
   */
  public ServerConnection openAnother() throws ConnectionFailedException {
    return new ConnectionAttempts(plan).open();
  }

  /** The session itself; closed by {@link #close}. */
  public Connection jdbc() {
    return connection;
  }

  /** The server's version, as {@code server_version_num} has it: 150013 is 15.13. */
  public int serverVersion() {
    return serverVersion;
  }

  /** The role that was connected as. */
  public String user() {
    return plan.user();
  }

  /** The database that was connected to. */
  public String database() {
    return plan.database();
  }

  /** Where the server listens, for messages: {@code at "localhost" (127.0.0.1), port 5432}. */
  public String where() {
    return where;
  }

  /** Tells whether the server was reached over a Unix-domain socket, so on this machine. */
  public boolean overUnixSocket() {
    return plan.addresses().get(0).isSocket();
  }

  /** What was passed over on the way, such as a password file with loose permissions. */
  public List<String> warnings() {
    return plan.warnings();
  }

  /**
   * Returns the messages that the server sent outside of statements since the last call. Those of a
   * statement are had with {@link Notice#of} from its {@code getWarnings()}.
   */
  public List<Notice> takeNotices() throws SQLException {
    List<Notice> notices = Notice.of(connection.getWarnings());
    connection.clearWarnings();
    return notices;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  @Override
  public String toString() {
    return "ServerConnection[" + where + "]";
  }
}
