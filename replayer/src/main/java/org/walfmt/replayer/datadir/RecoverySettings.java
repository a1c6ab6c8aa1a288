package org.walfmt.replayer.datadir;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the restored server is told about its recovery: a signal file, and settings appended to
 * {@code postgresql.auto.conf}.
 *
 * @param restoreCommand {@code restore_command}; empty for one that copies from the archive
 *     directory
 * @param target where to stop; empty for the end of the archived WAL
 * @param action {@code recovery_target_action}: pause, promote or shutdown
 * @param timeline {@code recovery_target_timeline}: latest, current or a number
 * @param primaryConninfo {@code primary_conninfo}: where a standby streams WAL from
 * @param primarySlot {@code primary_slot_name}: the replication slot it uses there
 */
public record RecoverySettings(
    Mode mode,
    Optional<String> restoreCommand,
    Optional<RecoveryTarget> target,
    Optional<String> action,
    Optional<String> timeline,
    Optional<String> primaryConninfo,
    Optional<String> primarySlot) {
  /** Which signal file is made. */
  public enum Mode {
    /** {@code recovery.signal}: replays the archive, then opens a timeline of its own. */
    RECOVERY,
    /** {@code standby.signal}: goes on replaying. */
    STANDBY,
    /** Neither, and no settings: the server replays only what is in its {@code pg_wal}. */
    NONE
  }

  /** The same without an upstream. */
  public RecoverySettings(
      Mode mode,
      Optional<String> restoreCommand,
      Optional<RecoveryTarget> target,
      Optional<String> action,
      Optional<String> timeline) {
    this(mode, restoreCommand, target, action, timeline, Optional.empty(), Optional.empty());
  }

  /** Recovery to the end of the archived WAL. */
  public static RecoverySettings archive() {
    return new RecoverySettings(
        Mode.RECOVERY, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Whether the server recovers along the newest timeline that it finds, as it does unasked. */
  public boolean followsNewestTimeline() {
    return mode != Mode.NONE && timeline.map("latest"::equals).orElse(true);
  }

  /** A {@code restore_command} that copies from a directory; its path may hold any character. */
  public static String copyFrom(Path archive) {
    return RecoveryConfiguration.copyFrom(archive);
  }
}
