package org.walfmt.writer.server;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.walfmt.RefusedException;

/** Turns what the driver throws into words. */
final class ServerFailure {
  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  /** {@code ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE}: also what a promotion in between gives. */
  private static final String WRONG_STATE = "55000";

  private ServerFailure() {}

  static IOException of(String attempted, SQLException e) {
    ServerErrorMessage sent = e instanceof PSQLException ours ? ours.getServerErrorMessage() : null;
    if (sent == null) {
      return new IOException(attempted + " failed: " + oneLine(String.valueOf(e.getMessage())), e);
    }
    String detail = Optional.ofNullable(sent.getDetail()).orElse("");
    String hint = Optional.ofNullable(sent.getHint()).orElse("");
    String message = attempted + " failed: " + sent.getMessage();
    String state = String.valueOf(sent.getSQLState());
    if (state.equals(INSUFFICIENT_PRIVILEGE) || state.equals(WRONG_STATE)) {
      return new RefusedException(RefusedException.Reason.PRECONDITION, message, detail, hint);
    }
    return new IOException(detail.isEmpty() ? message : message + ": " + detail, e);
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\n\\s*", " ");
  }
}
