package org.walfmt.writer.connect;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;
import org.walfmt.writer.connect.ConnectionFailedException.Reason;

/**
 * Why one attempt failed, in libpq's words.
 *
 * @param hint what to do about it; null if nothing can be said
 * @param last whether no other server is to be tried: as in libpq, after an answer from one
 */
record Failure(
    Reason reason,
    String message,
    @Nullable String hint,
    boolean last,
    boolean passwordMissing,
    Exception cause) {
  private static final String NO_SUCH_DATABASE = "3D000";
  private static final String INVALID_PASSWORD = "28P01";
  private static final String CANNOT_CONNECT_NOW = "57P03";
  private static final String AUTHORIZATION_CLASS = "28";

  /**
   * Describes a failed attempt.
   *
   * @param where the address, as {@link ServerAddress#shown} has it
   * @param timedOut whether the attempt took as long as it may
   */
  static Failure of(
      SQLException e, String where, ServerAddress address, ConnectionPlan plan, boolean timedOut) {
    String prefix = "connection to server " + where + " failed: ";
    if (e instanceof SuppliedPassword.PasswordMissingException) {
      return new Failure(
          Reason.AUTHENTICATION,
          prefix + e.getMessage(),
          "put the password into ~/.pgpass or PGPASSWORD, or let it be asked for on a terminal",
          true,
          true,
          e);
    }
    @Nullable ServerErrorMessage answer =
        e instanceof PSQLException ours ? ours.getServerErrorMessage() : null;
    if (answer != null) {
      return answered(answer, e, prefix, address, plan);
    }
    return unanswered(e, prefix, address, timedOut);
  }

  /** Describes a session that could be had but is not of the kind asked for. */
  static Failure unsuitable(String objection, String where) {
    String message = "connection to server " + where + " failed: " + objection;
    return new Failure(
        Reason.UNSUITABLE_SERVER, message, null, false, false, new SQLException(message));
  }

  /** Describes an attempt that this thread's interruption ended. */
  static Failure interrupted(SQLException e, String where) {
    return new Failure(
        Reason.UNREACHABLE,
        "connection to server " + where + " failed: interrupted",
        null,
        true,
        false,
        e);
  }

  /** Describes a host that has no address. */
  static Failure unknownHost(UnknownHostException e) {
    return new Failure(Reason.UNREACHABLE, String.valueOf(e.getMessage()), null, false, false, e);
  }

  private static Failure answered(
      ServerErrorMessage answer,
      SQLException e,
      String prefix,
      ServerAddress address,
      ConnectionPlan plan) {
    String state = String.valueOf(e.getSQLState());
    String detail = answer.getDetail() == null ? "" : " (" + answer.getDetail() + ")";
    String text = answer.getSeverity() + ":  " + answer.getMessage() + detail;
    @Nullable String hint = answer.getHint();
    boolean authorization = state.startsWith(AUTHORIZATION_CLASS);
    if (state.equals(INVALID_PASSWORD) && plan.passwordComesFromFile(address)) {
      hint = "password retrieved from file \"" + plan.passwordFile().file() + "\"";
    } else if (authorization && address.isSocket() && isAboutPeer(answer)) {
      hint =
          "run as the operating system's user of that name, such as with sudo -u "
              + plan.user()
              + ", or map yours to it in pg_ident.conf";
    } else if (state.equals(NO_SUCH_DATABASE) && hint == null) {
      hint = "name a database that exists with -d";
    }
    return new Failure(
        authorization ? Reason.AUTHENTICATION : Reason.REJECTED,
        prefix + text,
        hint,
        !state.equals(CANNOT_CONNECT_NOW),
        false,
        e);
  }

  private static boolean isAboutPeer(ServerErrorMessage answer) {
    return String.valueOf(answer.getMessage()).toLowerCase(Locale.ROOT).contains("peer");
  }

  private static Failure unanswered(
      SQLException e, String prefix, ServerAddress address, boolean timedOut) {
    String state = String.valueOf(e.getSQLState());
    if (state.equals(PSQLState.INVALID_PARAMETER_VALUE.getState())) {
      return new Failure(
          Reason.INVALID_OPTIONS, String.valueOf(e.getMessage()), null, true, false, e);
    }
    @Nullable Throwable cause = e.getCause();
    boolean lost = cause instanceof EOFException || cause instanceof SocketException;
    // Of these two states is what the driver itself did not like: TLS, certificates, methods.
    boolean untrusted =
        state.equals(PSQLState.CONNECTION_REJECTED.getState())
            || (state.equals(PSQLState.CONNECTION_FAILURE.getState()) && !lost);
    @Nullable String hint = null;
    String text;
    if (cause instanceof SocketTimeoutException || (cause == null && timedOut)) {
      text = "timeout expired";
    } else if (cause instanceof EOFException) {
      text = "server closed the connection unexpectedly";
      hint = "the server's log says why";
    } else if (cause instanceof ConnectException || (cause != null && address.isSocket())) {
      text = systemText(cause);
      hint =
          address.isSocket()
              ? "is the server running locally and accepting connections on that socket?"
              : "is the server running on that host and accepting TCP/IP connections?";
    } else {
      text = cause == null || untrusted ? String.valueOf(e.getMessage()) : systemText(cause);
    }
    return new Failure(
        untrusted ? Reason.AUTHENTICATION : Reason.UNREACHABLE,
        prefix + text,
        hint,
        untrusted,
        false,
        e);
  }

  /** The operating system's text, without what Java and junixsocket put behind it. */
  private static String systemText(Throwable cause) {
    String text = String.valueOf(cause.getMessage());
    int end = text.indexOf(" (");
    return end > 0 ? text.substring(0, end) : text;
  }
}
