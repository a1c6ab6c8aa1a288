package org.walfmt.replayer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.TargetPlaces;
import org.walfmt.replayer.merge.Outline;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.replayer.plan.TimelineCheck;
import org.walfmt.replayer.target.TargetChoice;

/**
 * All that is found out before a restore writes anything.
 *
 * @param stop where recovery will stop, as far as that is known
 * @param restoreCommand for the server
 */
record Preparation(
    RestorePlan plan,
    Optional<Lsn> stop,
    Outline outline,
    TargetPlaces places,
    String restoreCommand) {
  /**
   * Picks the backup, follows its chain, and looks at the places to be filled.
   *
   * @throws RefusedException if things do not fit together
   */
  static Preparation of(RestoreOptions options, Monitor monitor) throws IOException {
    TargetChoice.Picked picked =
        new TargetChoice(options.archive(), options.recovery(), monitor).pick(options.backup());
    RestorePlan plan =
        RestorePlan.make(
            options.archive(), picked.backup(), options.base(), options.walCheck(), monitor);
    options.check().check(plan.newest().begin().version());
    if (options.recovery().followsNewestTimeline()) {
      TimelineCheck.warn(options.archive(), plan.newest(), monitor);
    }
    Outline outline = Outline.of(plan.newest());
    TargetPlaces places =
        TargetPlaces.of(
            options.target(),
            options.walDirectory(),
            options.tablespaces(),
            outline.tablespaces(),
            occupied(options));
    return new Preparation(plan, picked.stop(), outline, places, restoreCommand(options));
  }

  private static List<Path> occupied(RestoreOptions options) {
    List<Path> occupied = new ArrayList<>();
    if (options.archive() instanceof DirectoryArchive archive) {
      occupied.add(archive.directory());
    }
    options.base().ifPresent(occupied::add);
    return occupied;
  }

  private static String restoreCommand(RestoreOptions options) throws IOException {
    RecoverySettings recovery = options.recovery();
    Optional<String> command = recovery.restoreCommand();
    if (command.isPresent() || recovery.mode() == RecoverySettings.Mode.NONE) {
      return command.orElse("");
    }
    if (options.archive() instanceof DirectoryArchive archive) {
      return RecoverySettings.copyFrom(archive.directory().toRealPath());
    }
    throw new RefusedException(
        Reason.PRECONDITION,
        "the restored server needs a restore_command",
        "archive \"" + options.archive().description() + "\" is no directory",
        "Give one with --restore-command.");
  }
}
