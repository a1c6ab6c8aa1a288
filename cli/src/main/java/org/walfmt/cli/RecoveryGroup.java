package org.walfmt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoverySettings.Mode;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.datadir.RecoveryTarget.Kind;
import org.walfmt.writer.connect.ConnectionFailedException;
import org.walfmt.writer.connect.ConninfoCheck;
import picocli.CommandLine.Option;

/** What the restored server is told about its recovery, in the words of its own settings. */
final class RecoveryGroup {
  private static final long MAX_TIMELINE = 0xFFFF_FFFFL;

  @Option(
      names = "--target-time",
      paramLabel = "TIME",
      description = "Recover up to this time: recovery_target_time.",
      order = 201)
  @Nullable String time;

  @Option(
      names = "--target-lsn",
      paramLabel = "LSN",
      converter = LsnConverter.class,
      description = "Recover up to this position: recovery_target_lsn.",
      order = 202)
  @Nullable Lsn lsn;

  @Option(
      names = "--target-xid",
      paramLabel = "XID",
      converter = Uint32Converter.class,
      description = "Recover up to this transaction: recovery_target_xid.",
      order = 203)
  @Nullable Long xid;

  @Option(
      names = "--target-name",
      paramLabel = "NAME",
      description = "Recover up to this restore point: recovery_target_name.",
      order = 204)
  @Nullable String name;

  @Option(
      names = "--target-immediate",
      description = "Stop as soon as the backup is consistent: recovery_target = immediate.",
      order = 205)
  boolean immediate;

  @Option(
      names = "--target-inclusive",
      arity = "1",
      paramLabel = "true|false",
      description = "Whether the target itself is recovered: recovery_target_inclusive.",
      order = 206)
  @Nullable Boolean inclusive;

  @Option(
      names = "--target-action",
      paramLabel = "pause|promote|shutdown",
      description = "What the server does at the target: recovery_target_action.",
      order = 207)
  @Nullable Action action;

  @Option(
      names = "--target-timeline",
      paramLabel = "TIMELINE",
      description = "latest, current or a number: recovery_target_timeline.",
      order = 208)
  @Nullable String timeline;

  @Option(
      names = "--server-restore-command",
      paramLabel = "COMMAND",
      description =
          "The server's restore_command, if it is not --restore-command, or one that copies from the"
              + " archive directory.",
      order = 209)
  @Nullable String serverRestoreCommand;

  @Option(
      names = "--standby",
      description = "Make a standby: standby.signal instead of recovery.signal.",
      order = 210)
  boolean standby;

  @Option(
      names = {"-R", "--primary-conninfo"},
      paramLabel = "CONNINFO",
      description =
          "Make a standby that streams from this server: primary_conninfo. Implies --standby.",
      order = 211)
  @Nullable String primaryConninfo;

  @Option(
      names = {"-S", "--slot"},
      paramLabel = "NAME",
      description = "Replication slot that the standby uses there: primary_slot_name.",
      order = 212)
  @Nullable String slot;

  /** What the server does at the target. */
  enum Action {
    PAUSE,
    PROMOTE,
    SHUTDOWN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is wrong with the options; empty if nothing is. */
  Optional<String> problem() {
    List<RecoveryTarget> targets = targets();
    if (targets.size() > 1) {
      return Optional.of("only one recovery target can be given");
    } else if (targets.isEmpty() && inclusive != null) {
      return Optional.of("--target-inclusive needs a recovery target");
    } else if (targets.isEmpty() && action != null) {
      return Optional.of("--target-action needs a recovery target");
    } else if (timeline != null && !isTimeline(timeline)) {
      return Optional.of(
          "\""
              + timeline
              + "\" is no timeline: latest, current or a decimal number from 1 to 4294967295"
              + (timeline.startsWith("0") ? " without a zero before it" : ""));
    } else if (slot != null && !slot.matches("[a-z0-9_]{1,63}")) {
      return Optional.of(
          "\"" + slot + "\" is no name of a slot: up to 63 small letters, digits and underscores");
    } else if (slot != null && !isStandby()) {
      return Optional.of("--slot needs --primary-conninfo or --standby");
    }
    return Optional.empty();
  }

  /**
   * The server reads a number by {@code strtoul} with the base 0 ({@code
   * check_recovery_target_timeline}): 010 would be its timeline 8, and 0x10 its 16.
   */
  private static boolean isTimeline(String text) {
    return text.matches("latest|current")
        || (text.matches("[1-9][0-9]{0,9}") && Long.parseLong(text) <= MAX_TIMELINE);
  }

  private boolean isStandby() {
    return standby || primaryConninfo != null;
  }

  /**
   * What the user should know about passwords.
   *
   * @throws ConnectionFailedException if the connection string is none
   */
  Optional<String> passwordWarning() throws ConnectionFailedException {
    return primaryConninfo != null && ConninfoCheck.hasPassword(primaryConninfo)
        ? Optional.of(
            "the password in --primary-conninfo is for all to see in the list of processes, and"
                + " goes into postgresql.auto.conf: a password file (passfile) of the server's user"
                + " keeps it secret")
        : Optional.empty();
  }

  /**
   * The settings that the restored server is given.
   *
   * @param restoreCommand of the archive; null for a directory, from which one copies
   */
  RecoverySettings settings(@Nullable String restoreCommand) {
    return new RecoverySettings(
        isStandby() ? Mode.STANDBY : Mode.RECOVERY,
        Optional.ofNullable(serverRestoreCommand).or(() -> Optional.ofNullable(restoreCommand)),
        targets().stream().findFirst(),
        Optional.ofNullable(action).map(Action::toString),
        Optional.ofNullable(timeline),
        Optional.ofNullable(primaryConninfo),
        Optional.ofNullable(slot));
  }

  private List<RecoveryTarget> targets() {
    List<RecoveryTarget> targets = new ArrayList<>();
    add(targets, Kind.TIME, time);
    add(targets, Kind.LSN, lsn);
    add(targets, Kind.XID, xid);
    add(targets, Kind.NAME, name);
    if (immediate) {
      targets.add(RecoveryTarget.immediate());
    }
    return targets;
  }

  private void add(List<RecoveryTarget> targets, Kind kind, @Nullable Object value) {
    if (value != null) {
      targets.add(new RecoveryTarget(kind, value.toString(), Optional.ofNullable(inclusive)));
    }
  }
}
