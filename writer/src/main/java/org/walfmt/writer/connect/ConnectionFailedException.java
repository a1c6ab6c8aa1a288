package org.walfmt.writer.connect;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * No session could be had. The message is shaped like libpq's and never holds a password; of
 * several servers tried, it names each with its failure, in the order of the attempts.
 */
public final class ConnectionFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure: decides the exit status, and what the user can do. */
  public enum Reason {
    /** An option, connection string, service file or variable that cannot be used. */
    INVALID_OPTIONS,
    /** No server answered, or it stopped answering. */
    UNREACHABLE,
    /** The server did not accept who we say we are, or we did not accept the server. */
    AUTHENTICATION,
    /** The server answered with another error: no such database, starting up, too many clients. */
    REJECTED,
    /** Sessions could be had, but none was of the kind that target_session_attrs asks for. */
    UNSUITABLE_SERVER
  }

  private final Reason reason;
  private final @Nullable String hint;
  private final List<String> warnings;

  ConnectionFailedException(
      Reason reason,
      String message,
      @Nullable String hint,
      List<String> warnings,
      @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.hint = hint;
    this.warnings = List.copyOf(warnings);
  }

  static ConnectionFailedException invalid(String message) {
    return invalid(message, null);
  }

  static ConnectionFailedException invalid(String message, @Nullable Throwable cause) {
    return new ConnectionFailedException(Reason.INVALID_OPTIONS, message, null, List.of(), cause);
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }

  /** What the user may do about it. */
  public Optional<String> hint() {
    return Optional.ofNullable(hint);
  }

  /** What was passed over on the way, such as a password file with loose permissions. */
  public List<String> warnings() {
    return warnings;
  }
}
