package org.walfmt.replayer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.BackupLabel;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.TargetDirectory;
import org.walfmt.replayer.datadir.TargetPlaces;
import org.walfmt.replayer.export.NativeBackup;
import org.walfmt.replayer.export.TarSink;
import org.walfmt.replayer.merge.Outline;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.Series;

/**
 * Writes one backup of a chain in the layout of PostgreSQL's own backups: a full as a plain base
 * backup, an incremental as 17's incremental, for {@code pg_combinebackup}.
 */
public final class Exporter {
  private final Clock clock;

  /**
   * @param clock for the times of files in {@code backup_manifest}
   */
  public Exporter(Clock clock) {
    this.clock = clock;
  }

  /**
   * Exports a backup.
   *
   * @throws RefusedException before anything is written, if things do not fit together
   * @throws org.walfmt.WalFormatException if the archive holds damage; what was written must not be
   *     used
   */
  public ExportReport export(ExportOptions options, Monitor monitor) throws IOException {
    long begin = System.nanoTime();
    RestorePlan plan =
        RestorePlan.make(
            options.archive(),
            new BackupChoice(options.archive()).findComplete(options.backup(), monitor),
            options.base(),
            options.wal(),
            monitor);
    Series backup = plan.newest();
    requireVersion(backup);
    Outline outline = Outline.of(backup);
    BackupLabel label = label(backup);
    NativeBackup.Totals totals =
        options.output() instanceof ExportOptions.Output.Tar tar
            ? toTar(options, plan, outline, label, tar, monitor)
            : toDirectory(
                options,
                plan,
                outline,
                label,
                (ExportOptions.Output.Directory) options.output(),
                monitor);
    return new ExportReport(
        backup.id(),
        backup.begin().version(),
        label.incrementalFrom(),
        backup.begin().startLsn(),
        backup.end().stopLsn(),
        totals.blocks(),
        totals.files(),
        totals.incrementalFiles(),
        (System.nanoTime() - begin) / 1e9);
  }

  private static void requireVersion(Series backup) throws RefusedException {
    PgVersion version = backup.begin().version();
    if (!backup.begin().isFull() && !version.isAtLeast(PgVersion.V17)) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "PostgreSQL " + version + " has no incremental backups of its own",
          "backup " + backup.id() + " is an incremental one",
          "\"walfmt restore\" makes a data directory of it, \"walfmt merge\" a full backup.");
    }
  }

  private static BackupLabel label(Series backup) throws IOException {
    BackupLabel label = BackupLabel.parse(backup.label().backupLabel());
    return backup.begin().isFull()
        ? label
        : label.on(
            new BackupLabel.IncrementalFrom(
                backup.begin().referenceLsn(), backup.begin().referenceTimeline()));
  }

  private NativeBackup.Totals toTar(
      ExportOptions options,
      RestorePlan plan,
      Outline outline,
      BackupLabel label,
      ExportOptions.Output.Tar tar,
      Monitor monitor)
      throws IOException {
    Series backup = plan.newest();
    if (!outline.tablespaces().isEmpty()) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "backup " + backup.id() + " has tablespaces, which do not fit into one tar",
          outline.tablespaces().size() + " tablespaces",
          "Export it to a directory.");
    }
    monitor.phase("export", backup.end().blocks() * 8192);
    try (TarSink sink =
        new TarSink(
            tar.out(),
            backup.begin().version(),
            backup.begin().systemIdentifier(),
            clock.instant())) {
      NativeBackup.Totals totals =
          new NativeBackup(options.archive(), plan, sink, monitor).copy(options.wal());
      sink.finish(label.toString(), plan.walRanges());
      return totals;
    }
  }

  private NativeBackup.Totals toDirectory(
      ExportOptions options,
      RestorePlan plan,
      Outline outline,
      BackupLabel label,
      ExportOptions.Output.Directory directory,
      Monitor monitor)
      throws IOException {
    TargetPlaces places =
        TargetPlaces.of(
            directory.path(),
            Optional.empty(),
            directory.tablespaces(),
            outline.tablespaces(),
            occupied(options));
    RecoverySettings none =
        new RecoverySettings(
            RecoverySettings.Mode.NONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    monitor.phase("export", plan.newest().end().blocks() * 8192);
    TargetDirectory target =
        TargetDirectory.createNative(
            places,
            new TargetDirectory.Settings(none, "", directory.sync(), clock.instant()),
            plan.newest(),
            label.toString(),
            monitor);
    try {
      NativeBackup.Totals totals =
          new NativeBackup(options.archive(), plan, target.fileSink(), monitor).copy(options.wal());
      target.finish(plan.walRanges());
      return totals;
    } catch (IOException | RuntimeException | Error e) {
      abandon(target, directory, e, monitor);
      throw e;
    }
  }

  private static List<Path> occupied(ExportOptions options) {
    List<Path> occupied = new ArrayList<>();
    if (options.archive() instanceof DirectoryArchive archive) {
      occupied.add(archive.directory());
    }
    options.base().ifPresent(occupied::add);
    return occupied;
  }

  private static void abandon(
      TargetDirectory target,
      ExportOptions.Output.Directory directory,
      Throwable failure,
      Monitor monitor) {
    try {
      target.abandon(directory.cleanUp());
      monitor.warning(
          directory.cleanUp()
              ? "what was exported to \"" + directory.path() + "\" was removed again"
              : "\"" + directory.path() + "\" is incomplete: it has no global/pg_control");
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
