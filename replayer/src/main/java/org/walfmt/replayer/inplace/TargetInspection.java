package org.walfmt.replayer.inplace;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ClusterState;
import org.walfmt.control.ControlFile;
import org.walfmt.manifest.BackupManifestReader;
import org.walfmt.manifest.ManifestSummary;
import org.walfmt.manifest.WalRange;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.CommitFile;

/**
 * Finds out what a data directory is: a standby that was shut down, a restored backup that was
 * never started, or one that an earlier run has begun to change. Anything else is refused.
 *
 * <p>A server writes {@code postmaster.opts} whenever it starts, and no backup has that file: so a
 * restored directory that was started once is known, even if its {@code backup_label} is still
 * there.
 */
public final class TargetInspection {
  /** A file that shows that a server was started here. */
  static final String STARTED = "postmaster.opts";

  private static final int MAX_LABEL = 64 << 10;

  private final Path target;
  private final Archive archive;

  private TargetInspection(Path target, Archive archive) {
    this.target = target;
    this.archive = archive;
  }

  /**
   * Where a stop LSN is.
   *
   * @param timeline of the byte before it
   */
  private record Stop(Lsn lsn, TimelineId timeline) {}

  /**
   * Looks at a directory.
   *
   * @param target its real path
   * @param archive tells where a backup ends of which the directory knows only the start
   * @throws RefusedException if it is not a directory that can be brought forward
   */
  public static TargetPosition inspect(Path target, Archive archive) throws IOException {
    return new TargetInspection(target, archive).inspect();
  }

  private TargetPosition inspect() throws IOException {
    if (!exists("PG_VERSION") || !exists("global")) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "\"" + target + "\" is not a data directory",
          "it has no PG_VERSION and global",
          "To make a new directory, use \"walfmt restore\".");
    }
    Running.refuse(target);
    if (!exists(ControlFile.PATH)) {
      return StateFile.read(target)
          .orElseThrow(
              () ->
                  new RefusedException(
                      Reason.PRECONDITION,
                      "\"" + target + "\" has no " + ControlFile.PATH,
                      "it is an incomplete restore, or damaged",
                      ""));
    }
    ControlFile control = ControlFile.read(small(ControlFile.PATH, ControlFile.LENGTH + 1));
    boolean isRestored = exists(BackupLabel.NAME);
    if (control.state() == ClusterState.SHUTDOWNED_IN_RECOVERY) {
      return standby(control, isRestored);
    } else if (isRestored
        && (control.state() == ClusterState.IN_PRODUCTION
            || control.state() == ClusterState.IN_ARCHIVE_RECOVERY)) {
      return restored(control);
    }
    throw new RefusedException(
        Reason.PRECONDITION,
        "\"" + target + "\" is neither a standby that was shut down nor a restore never started",
        "its pg_control says \""
            + words(control.state())
            + "\", expected \""
            + words(ClusterState.SHUTDOWNED_IN_RECOVERY)
            + "\"",
        control.state() == ClusterState.SHUTDOWNED
            ? "A former primary may have changes that nobody else has; restore into a new directory."
            : "If it is a standby, start it and stop it with \"pg_ctl stop -m fast\".");
  }

  private TargetPosition standby(ControlFile control, boolean hasLabel) throws IOException {
    if (hasLabel) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "a backup was in progress in \"" + target + "\"",
          "it has a " + BackupLabel.NAME + ", but is a standby that was running",
          "Remove the file if no backup needs it.");
    }
    Stop reached =
        control.minRecoveryPoint().isValid()
            ? new Stop(control.minRecoveryPoint(), control.minRecoveryPointTimeline())
            : new Stop(control.checkPointCopy().redo(), control.checkPointCopy().timeline());
    if (control.backupEndPoint().isAfter(reached.lsn)) {
      reached = new Stop(control.backupEndPoint(), reached.timeline);
    } else if (control.backupStartPoint().isValid()) {
      // it was stopped before the end of the backup that it was made of, whose pages may be newer
      Stop stop = stopOf(control, control.backupStartPoint(), Optional.empty());
      reached = stop.lsn.isAfter(reached.lsn) ? stop : reached;
    }
    return position(
        control, control.checkPointCopy().redo(), control.checkPointCopy().timeline(), reached);
  }

  private TargetPosition restored(ControlFile control) throws IOException {
    if (exists(STARTED)) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "the backup in \"" + target + "\" was started once",
          "it has a " + STARTED + " beside its " + BackupLabel.NAME,
          "If it is a standby, let it replay its backup, and stop it with \"pg_ctl stop -m fast\".");
    }
    ByteBuffer text = small(BackupLabel.NAME, MAX_LABEL);
    BackupLabel label = BackupLabel.parse(StandardCharsets.UTF_8.decode(text).toString());
    if (label.incrementalFrom().isPresent()) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "\"" + target + "\" is an incremental backup, not a data directory",
          "its " + BackupLabel.NAME + " says what it builds on",
          "Combine it with pg_combinebackup first.");
    }
    Stop stop = stopOf(control, label.startLsn(), Optional.of(label.startTimeline()));
    return position(control, label.startLsn(), label.startTimeline(), stop);
  }

  private static TargetPosition position(
      ControlFile control, Lsn redo, TimelineId timeline, Stop reached) {
    return new TargetPosition(
        control.version(),
        control.systemIdentifier(),
        control.dataChecksums(),
        control.segmentSize(),
        redo,
        timeline,
        reached.lsn,
        reached.timeline,
        false);
  }

  /** Where a backup ends, by its own manifest or by a commit in the archive. */
  private Stop stopOf(ControlFile control, Lsn start, Optional<TimelineId> timeline)
      throws IOException {
    if (timeline.isPresent() && exists(BackupManifestReader.NAME)) {
      List<WalRange> ranges = manifest().walRanges();
      WalRange oldest = ranges.get(ranges.size() - 1);
      if (oldest.start().equals(start) && oldest.timeline().equals(timeline.get())) {
        return new Stop(ranges.get(0).end(), ranges.get(0).timeline());
      }
    }
    Optional<Stop> stop = Optional.empty();
    for (BackupCatalog.Entry entry : new BackupCatalog(archive).list()) {
      Optional<CommitFile.Summary> found = entry.summary();
      if (found.isPresent()
          && found.get().systemIdentifier() == control.systemIdentifier()
          && found.get().startLsn().equals(start)
          && timeline.map(found.get().startTimeline()::equals).orElse(true)
          && (stop.isEmpty() || found.get().stopLsn().isAfter(stop.get().lsn))) {
        stop = Optional.of(new Stop(found.get().stopLsn(), found.get().stopTimeline()));
      }
    }
    return stop.orElseThrow(
        () ->
            new RefusedException(
                Reason.PRECONDITION,
                "cannot tell where the backup ends that \"" + target + "\" was made of",
                "it starts at "
                    + start
                    + "; the directory has no "
                    + BackupManifestReader.NAME
                    + " of it, and the archive no commit",
                ""));
  }

  private ManifestSummary manifest() throws IOException {
    Path manifest = target.resolve(BackupManifestReader.NAME);
    try (InputStream in =
        new BufferedInputStream(Files.newInputStream(manifest, LinkOption.NOFOLLOW_LINKS))) {
      return BackupManifestReader.read(in, file -> {});
    }
  }

  private boolean exists(String path) {
    return Files.exists(target.resolve(path), LinkOption.NOFOLLOW_LINKS);
  }

  private ByteBuffer small(String path, int most) throws IOException {
    try (InputStream in = Files.newInputStream(target.resolve(path), LinkOption.NOFOLLOW_LINKS)) {
      return ByteBuffer.wrap(in.readNBytes(most)).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** As {@code pg_controldata} has it. */
  private static String words(ClusterState state) {
    return switch (state) {
      case SHUTDOWNED -> "shut down";
      case SHUTDOWNED_IN_RECOVERY -> "shut down in recovery";
      case SHUTDOWNING -> "shutting down";
      case IN_CRASH_RECOVERY -> "in crash recovery";
      case IN_ARCHIVE_RECOVERY -> "in archive recovery";
      case IN_PRODUCTION -> "in production";
      default -> state.name().toLowerCase(Locale.ROOT);
    };
  }
}
