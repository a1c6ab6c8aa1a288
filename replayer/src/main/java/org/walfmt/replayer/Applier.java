package org.walfmt.replayer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.archive.DirectoryLock;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.inplace.DiskEdits;
import org.walfmt.replayer.inplace.Edits;
import org.walfmt.replayer.inplace.InPlaceDirectory;
import org.walfmt.replayer.inplace.InPlacePlan;
import org.walfmt.replayer.inplace.NoEdits;
import org.walfmt.replayer.inplace.Places;
import org.walfmt.replayer.inplace.Tally;
import org.walfmt.replayer.inplace.TargetInspection;
import org.walfmt.replayer.inplace.TargetPosition;
import org.walfmt.replayer.merge.Merge;
import org.walfmt.series.Series;

/**
 * Brings a data directory forward where it is, from the archive alone: a standby that was shut
 * down, or a restored backup that was never started. Only what changed since is written. The result
 * is what a restore of the backup would make, but for pages that are newer, which replay writes
 * anew, and for what is the directory's own: configuration, signal files, logs.
 */
public final class Applier {
  private static final String LOCK = "walfmt_apply.lock";

  private final UnaryOperator<Edits> wrapper;

  /** One that writes. */
  public Applier() {
    this(UnaryOperator.identity());
  }

  /** With something between this and the disk. */
  Applier(UnaryOperator<Edits> wrapper) {
    this.wrapper = wrapper;
  }

  /**
   * Checks everything, and applies. What fails after the first change can be repeated: until the
   * last step the directory has no {@code pg_control}.
   *
   * @throws RefusedException before anything is changed, if things do not fit together
   * @throws org.walfmt.WalFormatException if the archive holds damage
   */
  public ApplyReport apply(ApplyOptions options, Monitor monitor) throws IOException {
    long begin = System.nanoTime();
    if (!Files.isDirectory(options.target())) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "\"" + options.target() + "\" is not a data directory",
          "there is no such directory",
          "To make a new one, use \"walfmt restore\".");
    }
    Path target = options.target().toRealPath();
    TargetPosition position = TargetInspection.inspect(target, options.archive());
    InPlacePlan plan =
        InPlacePlan.make(
            position,
            options.archive(),
            options.backup(),
            options.base(),
            options.whole(),
            options.walCheck(),
            monitor);
    if (plan.members().isEmpty()) {
      monitor.info("the data directory has all of backup " + plan.newest().id() + " already");
      if (!options.dryRun() && InPlaceDirectory.hasLeftovers(target)) {
        removeLeftovers(options, target);
      }
      return report(options, target, plan, new Tally(), begin);
    }
    Places places =
        Places.find(
            target,
            plan.newest(),
            options.tablespaces(),
            options.configuration().isPresent(),
            occupied(options));
    Optional<RecoverySettings> configuration = recovery(options, target);
    Job job =
        new Job(
            options,
            target,
            plan,
            places,
            configuration,
            restoreCommand(configuration, options),
            monitor);
    if (options.dryRun() || plan.missing().isPresent()) {
      Tally tally = job.run(new NoEdits(), true);
      if (tally.fetched() > 0 && plan.missing().isPresent()) {
        throw lacking(plan, tally);
      }
      if (options.dryRun()) {
        return report(options, target, plan, tally, begin);
      }
    }
    return report(options, target, plan, locked(job), begin);
  }

  private void removeLeftovers(ApplyOptions options, Path target) throws IOException {
    try (Edits edits = wrapper.apply(DiskEdits.of(target, options.sync()))) {
      InPlaceDirectory.removeLeftovers(target, edits);
    }
    Files.deleteIfExists(target.resolve(LOCK));
  }

  private Tally locked(Job job) throws IOException {
    Optional<DirectoryLock> lock = DirectoryLock.tryLock(job.target(), LOCK);
    if (lock.isEmpty()) {
      throw new RefusedException(
          Reason.PRECONDITION, "another walfmt apply is at work in \"" + job.target() + "\"");
    }
    DirectoryLock held = lock.get();
    try (held) {
      return runLocked(job);
    }
  }

  private Tally runLocked(Job job) throws IOException {
    TargetPosition now = TargetInspection.inspect(job.target(), job.options().archive());
    if (!now.equals(job.plan().position())) {
      throw new RefusedException(
          Reason.PRECONDITION, "\"" + job.target() + "\" was changed while it was looked at");
    }
    Tally tally;
    try (Edits edits = wrapper.apply(DiskEdits.of(job.target(), job.options().sync()))) {
      tally = job.run(edits, false);
    }
    Files.deleteIfExists(job.target().resolve(LOCK));
    return tally;
  }

  /** All that was found out. */
  private record Job(
      ApplyOptions options,
      Path target,
      InPlacePlan plan,
      Places places,
      Optional<RecoverySettings> configuration,
      String restoreCommand,
      Monitor monitor) {
    Tally run(Edits edits, boolean dryRun) throws IOException {
      List<Series> members = plan.members();
      monitor.phase(dryRun ? "looking" : "applying", bytes(members));
      InPlaceDirectory directory =
          new InPlaceDirectory(
              places,
              plan.position(),
              new InPlaceDirectory.Task(
                  members,
                  options.archive(),
                  options.base(),
                  configuration,
                  restoreCommand,
                  dryRun),
              edits,
              monitor);
      try {
        directory.begin();
        boolean isWhole = members.get(members.size() - 1).begin().isFull();
        try (Merge merge =
            isWhole
                ? Merge.open(members, Optional.empty(), directory.sink())
                : Merge.openPart(members, directory.sink())) {
          merge.run();
        }
        directory.finish();
        directory.warn();
      } catch (IOException | RuntimeException | Error e) {
        abandon(directory, dryRun, e);
        throw e;
      }
      return directory.tally();
    }

    private void abandon(InPlaceDirectory directory, boolean dryRun, Throwable failure) {
      try {
        directory.abandon();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
      if (!dryRun
          && !Files.exists(target.resolve("global/pg_control"), LinkOption.NOFOLLOW_LINKS)) {
        monitor.warning(
            "\""
                + target
                + "\" is neither old nor new, and cannot be started: run walfmt apply again");
      }
    }
  }

  private static long bytes(List<Series> members) {
    long bytes = 0;
    for (Series series : members) {
      bytes += series.end().blocks() * 8192 + series.end().fileBytes();
    }
    return bytes;
  }

  private static RefusedException lacking(InPlacePlan plan, Tally tally) {
    IOException reason = plan.missing().orElseThrow();
    RefusedException refusal =
        new RefusedException(
            Reason.INCOMPLETE,
            "the data directory lacks "
                + tally.fetched()
                + " files of backup "
                + plan.newest().id()
                + " that only older backups have, and these are not to be had",
            String.valueOf(reason.getMessage()),
            "");
    refusal.initCause(reason);
    return refusal;
  }

  private static List<Path> occupied(ApplyOptions options) {
    List<Path> occupied = new ArrayList<>();
    if (options.archive() instanceof DirectoryArchive archive) {
      occupied.add(archive.directory());
    }
    options.base().ifPresent(occupied::add);
    return occupied;
  }

  /** A standby stays one. */
  private static Optional<RecoverySettings> recovery(ApplyOptions options, Path target) {
    boolean isStandby = Files.exists(target.resolve("standby.signal"), LinkOption.NOFOLLOW_LINKS);
    return options
        .configuration()
        .map(
            wanted ->
                new RecoverySettings(
                    isStandby ? RecoverySettings.Mode.STANDBY : RecoverySettings.Mode.RECOVERY,
                    wanted.restoreCommand(),
                    wanted.target(),
                    wanted.action(),
                    wanted.timeline(),
                    wanted.primaryConninfo(),
                    wanted.primarySlot()));
  }

  private static String restoreCommand(
      Optional<RecoverySettings> configuration, ApplyOptions options) throws IOException {
    if (configuration.isEmpty()) {
      return "";
    }
    if (configuration.get().restoreCommand().isPresent()) {
      return configuration.get().restoreCommand().get();
    }
    if (options.archive() instanceof DirectoryArchive archive) {
      return RecoverySettings.copyFrom(archive.directory().toRealPath());
    }
    throw new RefusedException(
        Reason.PRECONDITION,
        "the server needs a restore_command",
        "archive \"" + options.archive().description() + "\" is no directory",
        "Give one with --restore-command.");
  }

  private static ApplyReport report(
      ApplyOptions options, Path target, InPlacePlan plan, Tally tally, long begin) {
    Series newest = plan.newest();
    return new ApplyReport(
        newest.id(),
        plan.members().stream().map(Series::id).toList(),
        target,
        newest.begin().version(),
        plan.position().redo(),
        newest.begin().startLsn(),
        newest.end().stopLsn(),
        newest.end().stopTimeline(),
        tally.blocks(),
        tally.files(),
        tally.bytes(),
        tally.removed(),
        tally.fetched(),
        plan.position().resumed(),
        options.dryRun(),
        (System.nanoTime() - begin) / 1e9);
  }
}
