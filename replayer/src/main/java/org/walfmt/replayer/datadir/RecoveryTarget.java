package org.walfmt.replayer.datadir;

import java.util.Optional;

/**
 * Where recovery is to stop: one of the server's {@code recovery_target_*} settings.
 *
 * @param value as the server reads it; without meaning for {@link Kind#IMMEDIATE}
 * @param inclusive {@code recovery_target_inclusive}; empty leaves the server's default
 */
public record RecoveryTarget(Kind kind, String value, Optional<Boolean> inclusive) {
  /** What tells the place. */
  public enum Kind {
    /** As soon as the backup is consistent. */
    IMMEDIATE("recovery_target"),
    /** A time stamp. */
    TIME("recovery_target_time"),
    /** A position in the WAL. */
    LSN("recovery_target_lsn"),
    /** A transaction id. */
    XID("recovery_target_xid"),
    /** A restore point made with {@code pg_create_restore_point}. */
    NAME("recovery_target_name");

    private final String setting;

    Kind(String setting) {
      this.setting = setting;
    }

    /** The server's setting. */
    public String setting() {
      return setting;
    }
  }

  /** Recovery stops as soon as the backup is consistent. */
  public static RecoveryTarget immediate() {
    return new RecoveryTarget(Kind.IMMEDIATE, "immediate", Optional.empty());
  }
}
