package org.walfmt.writer.connect;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kind of session asked for with {@code target_session_attrs}. */
enum TargetSession {
  ANY("any"),
  READ_WRITE("read-write"),
  READ_ONLY("read-only"),
  PRIMARY("primary"),
  STANDBY("standby"),
  PREFER_STANDBY("prefer-standby");

  private final String text;

  TargetSession(String text) {
    this.text = text;
  }

  static TargetSession parse(String text) throws ConnectionFailedException {
    for (TargetSession target : values()) {
      if (target.text.equals(text)) {
        return target;
      }
    }
    throw ConnectionFailedException.invalid("invalid target_session_attrs value: \"" + text + "\"");
  }

  /**
   * Returns why a session is not of this kind, in libpq's words; empty if it is.
   *
   * @param standby the server is in recovery
   * @param readOnly transactions of the session are read-only
   */
  Optional<String> objection(boolean standby, boolean readOnly) {
    @Nullable String objection =
        switch (this) {
          case ANY -> null;
          case READ_WRITE -> standby || readOnly ? "session is read-only" : null;
          case READ_ONLY -> standby || readOnly ? null : "session is not read-only";
          case PRIMARY -> standby ? "server is in hot standby mode" : null;
          case STANDBY, PREFER_STANDBY -> standby ? null : "server is not in hot standby mode";
        };
    return Optional.ofNullable(objection);
  }
}
