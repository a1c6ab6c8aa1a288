package org.walfmt.series;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;

/** Finds the backup that a user means: by id, by the first eight digits of one, or the latest. */
public final class BackupChoice {
  /** Stands for the newest backup, by LSN and timeline history, never by name. */
  public static final String LATEST = "latest";

  /** The one that stopped last; equal ones differ in what follows. */
  private static final Comparator<CommitFile.Summary> AGE =
      Comparator.comparing(CommitFile.Summary::stopLsn)
          .thenComparing(CommitFile.Summary::startLsn)
          .thenComparing(CommitFile.Summary::startTime)
          .thenComparing(CommitFile.Summary::id);

  private static final String HISTORY = "[0-7][0-9A-F]{7}\\.history";
  private static final String HINT = "\"walfmt list\" shows what the archive has.";

  private final Archive archive;
  private final Histories histories;
  private final BackupCatalog catalog;

  /** Chooses from the backups in {@code archive}. */
  public BackupChoice(Archive archive) {
    this(archive, new Histories(archive));
  }

  /** The same, with histories of this archive that others use, too. */
  public BackupChoice(Archive archive, Histories histories) {
    this.archive = archive;
    this.histories = histories;
    this.catalog = new BackupCatalog(archive);
  }

  /**
   * Complete backups on one history.
   *
   * @param history that leads through all of them
   * @param backups the newest first; not empty
   * @param others complete ones that the history does not lead through
   */
  public record Line(
      TimelineHistory history, List<CommitFile.Summary> backups, List<CommitFile.Summary> others) {}

  /**
   * The commit of the backup that {@code wanted} names; its segments need not be there, but those
   * of {@link #LATEST} are.
   *
   * @throws RefusedException if there is none, or more than one
   * @throws org.walfmt.WalFormatException if the commit is damaged
   */
  public CommitFile.Summary find(String wanted, Monitor monitor) throws IOException {
    return wanted.equals(LATEST) ? latest(monitor) : named(wanted);
  }

  /**
   * The commit of the backup that {@code wanted} names, all segments of which are there.
   *
   * @throws RefusedException if there is none, more than one, or only an incomplete one
   */
  public CommitFile.Summary findComplete(String wanted, Monitor monitor) throws IOException {
    CommitFile.Summary summary = find(wanted, monitor);
    if (!wanted.equals(LATEST)) {
      requireComplete(summary);
    }
    return summary;
  }

  /** The newest on the newest timeline that has backups; says what it passes over. */
  private CommitFile.Summary latest(Monitor monitor) throws IOException {
    Line line = newestLine(monitor);
    CommitFile.Summary chosen = line.backups().get(0);
    line.others().stream()
        .filter(each -> each.startTime().compareTo(chosen.startTime()) > 0)
        .max(Comparator.comparing(CommitFile.Summary::startTime))
        .ifPresent( // a server started for a trial may have archived its timeline
            newer ->
                monitor.warning(
                    "backup "
                        + newer.id()
                        + " is newer, and passed over: timeline "
                        + line.history().timeline()
                        + ", the newest in the archive, does not lead through it"));
    return chosen;
  }

  /**
   * The backups on the history of the newest timeline that has any.
   *
   * @throws RefusedException if there are none, or of several clusters
   */
  public Line newestLine(Monitor monitor) throws IOException {
    List<CommitFile.Summary> complete = complete(monitor);
    for (TimelineId timeline : timelines(complete).descendingSet()) {
      Line line = line(histories.find(timeline).orElse(TimelineHistory.of(timeline)), complete);
      if (!line.backups().isEmpty()) {
        return line;
      }
    }
    throw new IllegalStateException("a backup is not on its own timeline");
  }

  /**
   * The backups on the history of a timeline.
   *
   * @throws RefusedException if there are none, or of several clusters
   */
  public Line lineOf(TimelineId timeline, Monitor monitor) throws IOException {
    Line line = line(histories.require(timeline), complete(monitor));
    if (line.backups().isEmpty()) {
      throw new RefusedException(
          Reason.MISMATCH,
          "archive \""
              + archive.description()
              + "\" has no complete backup on the history of timeline "
              + timeline,
          "",
          HINT);
    }
    return line;
  }

  private static Line line(TimelineHistory history, List<CommitFile.Summary> complete) {
    List<CommitFile.Summary> on = new ArrayList<>();
    List<CommitFile.Summary> others = new ArrayList<>();
    for (CommitFile.Summary each : complete) {
      (isOn(history, each) ? on : others).add(each);
    }
    on.sort(AGE.reversed());
    return new Line(history, List.copyOf(on), List.copyOf(others));
  }

  /** Whether a history leads through the stop of a backup, as recovery demands. */
  public static boolean isOn(TimelineHistory history, CommitFile.Summary backup) {
    return history.includesUpTo(backup.stopTimeline(), backup.stopLsn());
  }

  private List<CommitFile.Summary> complete(Monitor monitor) throws IOException {
    List<CommitFile.Summary> complete = new ArrayList<>();
    for (BackupCatalog.Entry entry : catalog.list()) {
      if (entry.isComplete()) {
        entry.summary().ifPresent(complete::add);
      } else {
        monitor.warning("backup " + entry.id() + " is passed over: " + problem(entry));
      }
    }
    if (complete.isEmpty()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "archive \"" + archive.description() + "\" has no complete backup",
          "",
          "\"walfmt backup\" takes one.");
    }
    requireOneCluster(complete);
    return complete;
  }

  private static String problem(BackupCatalog.Entry entry) {
    if (entry.problem().isPresent()) {
      return String.valueOf(entry.problem().get().getMessage());
    }
    return "segment " + entry.missingSegment().orElse("") + " is missing or not whole";
  }

  private void requireOneCluster(List<CommitFile.Summary> complete) throws RefusedException {
    TreeSet<String> systems = new TreeSet<>();
    for (CommitFile.Summary summary : complete) {
      systems.add(Long.toUnsignedString(summary.systemIdentifier()));
    }
    if (systems.size() > 1) {
      throw new RefusedException(
          Reason.MISMATCH,
          "archive \"" + archive.description() + "\" has backups of several clusters",
          "system identifiers " + String.join(", ", systems),
          "Name the backup by its id; " + HINT);
    }
  }

  /** The timelines of backups and of history files. */
  private NavigableSet<TimelineId> timelines(List<CommitFile.Summary> complete) throws IOException {
    NavigableSet<TimelineId> timelines = new TreeSet<>();
    for (CommitFile.Summary summary : complete) {
      timelines.add(summary.stopTimeline());
    }
    for (String name : archive.list()) {
      if (name.matches(HISTORY)) {
        timelines.add(TimelineId.of(Long.parseLong(name.substring(0, 8), 16)));
      }
    }
    return timelines;
  }

  private CommitFile.Summary named(String word) throws IOException {
    Optional<CommitFile.Summary> found = Optional.empty();
    if (BackupId.matches(word)) {
      found = catalog.find(new BackupId(word));
    } else {
      List<BackupId> ids = new ArrayList<>();
      for (String name : archive.list()) {
        BackupId.ofCommit(name).filter(id -> id.isNamedBy(word)).ifPresent(ids::add);
      }
      if (ids.size() > 1) {
        throw new RefusedException(
            Reason.MISMATCH,
            "\"" + word + "\" stands for more than one backup",
            ids.toString(),
            "");
      }
      if (ids.size() == 1) {
        found = catalog.find(ids.get(0));
      }
    }
    return found.orElseThrow(
        () ->
            new RefusedException(
                Reason.INCOMPLETE,
                "archive \"" + archive.description() + "\" has no backup \"" + word + "\"",
                "",
                HINT));
  }

  /** That all segments of a backup are there. */
  public void requireComplete(CommitFile.Summary summary) throws IOException {
    Optional<String> missing = catalog.missingSegment(summary);
    if (missing.isPresent()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "backup " + summary.id() + " is incomplete",
          "segment "
              + missing.get()
              + " is not in archive \""
              + archive.description()
              + "\", or not whole",
          "");
    }
  }
}
