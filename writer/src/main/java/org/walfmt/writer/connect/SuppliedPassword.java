package org.walfmt.writer.connect;

import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.plugin.AuthenticationPlugin;
import org.postgresql.plugin.AuthenticationRequestType;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * Gives PgJDBC the password from its properties, and tells a missing one apart from a wrong one.
 *
 * <p>Public because PgJDBC makes it by name.
 */
public final class SuppliedPassword implements AuthenticationPlugin {
  private final @Nullable String password;

  /**
   * Makes a supplier.
   *
   * @param properties the connection's properties
   */
  public SuppliedPassword(Properties properties) {
    this.password = PGProperty.PASSWORD.getOrDefault(properties);
  }

  @Override
  public char @Nullable [] getPassword(AuthenticationRequestType type) throws PSQLException {
    if (password != null && !password.isEmpty()) {
      return password.toCharArray();
    }
    if (type == AuthenticationRequestType.GSS) { // a ticket does as well
      return null;
    }
    throw new PasswordMissingException();
  }

  /** The server wants a password and there is none; the words are libpq's. */
  static final class PasswordMissingException extends PSQLException {
    private static final long serialVersionUID = 1L;

    PasswordMissingException() {
      super("fe_sendauth: no password supplied", PSQLState.CONNECTION_REJECTED);
    }
  }
}
