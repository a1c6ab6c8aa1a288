package org.walfmt.replayer.plan;

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
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** Finds the backup that a word stands for: an id, the first eight digits of one, or "latest". */
public final class BackupSelector {
  /** Stands for the newest complete backup. */
  public static final String LATEST = "latest";

  private static final String HINT = "\"walfmt list\" shows what the archive has.";

  private final Archive archive;
  private final BackupCatalog catalog;
  private final Histories histories;

  BackupSelector(Archive archive, Histories histories) {
    this.archive = archive;
    this.catalog = new BackupCatalog(archive);
    this.histories = histories;
  }

  /** Finds a backup in an archive. */
  public static CommitFile.Summary find(Archive archive, String word, Monitor monitor)
      throws IOException {
    return new BackupSelector(archive, new Histories(archive)).find(word, monitor);
  }

  /**
   * The commit of the backup, all of whose segments are there.
   *
   * @throws RefusedException if there is none, more than one, or only an incomplete one
   */
  CommitFile.Summary find(String word, Monitor monitor) throws IOException {
    if (word.equals(LATEST)) {
      return latest(monitor);
    }
    CommitFile.Summary summary = byName(word);
    requireComplete(summary);
    return summary;
  }

  private CommitFile.Summary byName(String word) throws IOException {
    if (BackupId.matches(word)) {
      Optional<CommitFile.Summary> found = catalog.find(new BackupId(word));
      if (found.isPresent()) {
        return found.get();
      }
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
        return catalog
            .find(ids.get(0))
            .orElseThrow(() -> new RefusedException(Reason.INCOMPLETE, "commit file vanished"));
      }
    }
    throw new RefusedException(
        Reason.INCOMPLETE,
        "archive \"" + archive.description() + "\" has no backup \"" + word + "\"",
        "",
        HINT);
  }

  void requireComplete(CommitFile.Summary summary) throws IOException {
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

  /** The backup that {@code id} names, if its commit is there. */
  Optional<CommitFile.Summary> commit(BackupId id) throws IOException {
    return catalog.find(id);
  }

  /** Complete backups that stand for {@code id} since a merge. */
  List<CommitFile.Summary> replacementsOf(BackupId id) throws IOException {
    return catalog.list().stream()
        .filter(BackupCatalog.Entry::isComplete)
        .flatMap(entry -> entry.summary().stream())
        .filter(summary -> summary.replaces().contains(id))
        .toList();
  }

  /** On the history of the newest timeline that has backups, the one that stopped last. */
  private CommitFile.Summary latest(Monitor monitor) throws IOException {
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
    for (TimelineId timeline : timelines(complete).descendingSet()) {
      TimelineHistory history = histories.find(timeline).orElse(TimelineHistory.of(timeline));
      Optional<CommitFile.Summary> found =
          complete.stream()
              .filter(each -> isOn(history, each))
              .max(
                  Comparator.comparing(CommitFile.Summary::stopLsn)
                      .thenComparing(CommitFile.Summary::startLsn)
                      .thenComparing(CommitFile.Summary::startTime)
                      .thenComparing(CommitFile.Summary::id));
      if (found.isPresent()) {
        warnOfPassedOver(complete, found.get(), timeline, monitor);
        return found.get();
      }
    }
    throw new IllegalStateException("a backup is not on its own timeline");
  }

  /** A server started for a trial may have archived a timeline that nobody wants to follow. */
  private static void warnOfPassedOver(
      List<CommitFile.Summary> complete,
      CommitFile.Summary chosen,
      TimelineId timeline,
      Monitor monitor) {
    complete.stream()
        .filter(each -> each.startTime().compareTo(chosen.startTime()) > 0)
        .max(Comparator.comparing(CommitFile.Summary::startTime))
        .ifPresent(
            newer ->
                monitor.warning(
                    "backup "
                        + newer.id()
                        + " is newer, and passed over: timeline "
                        + timeline
                        + ", the newest in the archive, does not lead through it"));
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

  private NavigableSet<TimelineId> timelines(List<CommitFile.Summary> complete) throws IOException {
    NavigableSet<TimelineId> timelines = new TreeSet<>();
    for (CommitFile.Summary summary : complete) {
      timelines.add(summary.stopTimeline());
    }
    for (String name : archive.list()) {
      if (name.matches("[0-7][0-9A-F]{7}\\.history")) {
        timelines.add(TimelineId.of(Long.parseLong(name.substring(0, 8), 16)));
      }
    }
    return timelines;
  }

  private static boolean isOn(TimelineHistory history, CommitFile.Summary backup) {
    return history.includesUpTo(backup.stopTimeline(), backup.stopLsn());
  }
}
