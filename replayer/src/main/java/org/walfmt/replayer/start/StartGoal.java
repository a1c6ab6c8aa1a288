package org.walfmt.replayer.start;

import org.walfmt.replayer.datadir.RecoverySettings;

/** What a restored server does when it is where it was told to go. */
public enum StartGoal {
  /** It opens a timeline of its own and takes writes. */
  OPEN,
  /** It takes queries and goes on replaying. */
  CONSISTENT,
  /** It takes queries and has stopped replaying. */
  PAUSED,
  /** It has shut itself down. */
  SHUT_DOWN;

  /** What settings lead to. */
  public static StartGoal of(RecoverySettings settings) {
    if (settings.target().isEmpty()) {
      return settings.mode() == RecoverySettings.Mode.STANDBY ? CONSISTENT : OPEN;
    }
    return switch (settings.action().orElse("pause")) {
      case "promote" -> OPEN;
      case "shutdown" -> SHUT_DOWN;
      default -> PAUSED;
    };
  }
}
