package org.walfmt.replayer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.datadir.TargetDirectory;
import org.walfmt.replayer.datadir.TargetPlaces;
import org.walfmt.replayer.merge.Merge;
import org.walfmt.replayer.merge.Outline;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.series.Series;

/** Restores a backup into a new data directory. The mirror of the backup. */
public final class Restorer {
  private final Clock clock;

  /**
   * @param clock for the times in {@code backup_manifest}
   */
  public Restorer(Clock clock) {
    this.clock = clock;
  }

  /**
   * Checks the plan, merges the chain, and writes the directory, {@code pg_control} last.
   *
   * @throws RefusedException before any byte is written, if things do not fit together
   * @throws org.walfmt.WalFormatException if the archive holds damage; what was written cannot be
   *     started, and the monitor hears what became of it
   */
  public RestoreReport restore(RestoreOptions options, Monitor monitor) throws IOException {
    long begin = System.nanoTime();
    Preparation preparation = Preparation.of(options, monitor);
    RestorePlan plan = preparation.plan();
    Outline outline = preparation.outline();
    TargetPlaces places = preparation.places();
    TargetDirectory.Settings settings =
        new TargetDirectory.Settings(
            options.recovery(), preparation.restoreCommand(), options.sync(), clock.instant());
    places
        .tablespaces()
        .forEach((path, place) -> monitor.info(path + " is restored to \"" + place.path() + "\""));
    monitor.phase("restore", outline.bytes());
    TargetDirectory target = TargetDirectory.create(places, settings, plan.newest(), monitor);
    TargetDirectory.Totals totals;
    try {
      totals = fill(target, plan);
    } catch (IOException | RuntimeException | Error e) {
      abandon(target, places.target().path(), options.cleanUp(), e, monitor);
      throw e;
    }
    warn(totals, options.recovery(), monitor);
    Series newest = plan.newest();
    return new RestoreReport(
        newest.id(),
        plan.ids(),
        places.target().path(),
        newest.begin().version(),
        newest.begin().systemIdentifier(),
        newest.begin().startLsn(),
        newest.end().stopLsn(),
        newest.end().stopTimeline(),
        totals.blocks(),
        totals.files(),
        totals.bytes(),
        (System.nanoTime() - begin) / 1e9);
  }

  private static void warn(
      TargetDirectory.Totals totals, RecoverySettings recovery, Monitor monitor) {
    if (!totals.hasConfiguration()) {
      monitor.warning(
          "the backup has no postgresql.conf: the server kept its configuration elsewhere, and needs"
              + " it to start");
    }
    for (RecoveryTarget.Kind kind : totals.overridden()) {
      monitor.warning(
          "the server's configuration sets "
              + kind.setting()
              + ", which postgresql.auto.conf overrides now");
    }
    if (totals.lostUpstream()
        && recovery.mode() == RecoverySettings.Mode.STANDBY
        && recovery.primaryConninfo().isEmpty()) {
      monitor.warning(
          "primary_conninfo or primary_slot_name in postgresql.auto.conf, of the server that was"
              + " backed up, does not count any more: the standby streams from nowhere");
    }
  }

  private static TargetDirectory.Totals fill(TargetDirectory target, RestorePlan plan)
      throws IOException {
    try (Merge merge =
        Merge.open(plan.chain(), plan.base().map(BaseBackup::member), target.sink())) {
      merge.run();
    }
    return target.finish(plan.walRanges());
  }

  private static void abandon(
      TargetDirectory target, Path path, boolean remove, Throwable failure, Monitor monitor) {
    try {
      target.abandon(remove);
      if (remove) {
        monitor.warning("what was restored to \"" + path + "\" was removed again");
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
      remove = false;
    }
    if (!remove) {
      monitor.warning(
          "\"" + path + "\" is incomplete and cannot be started: it has no global/pg_control");
    }
  }
}
