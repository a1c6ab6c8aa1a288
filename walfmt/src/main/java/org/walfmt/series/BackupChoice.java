package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;

/** Finds the backup that a user means: by id, by the first eight digits of one, or the latest. */
public final class BackupChoice {
  /** Stands for the newest backup, by LSN and timeline history, never by name. */
  public static final String LATEST = "latest";

  private static final int MAX_HISTORY = 1 << 20;
  private static final String HISTORY = "[0-7][0-9A-F]{7}\\.history";

  private final Archive archive;

  /** Chooses from the backups in {@code archive}. */
  public BackupChoice(Archive archive) {
    this.archive = archive;
  }

  /**
   * The backup that {@code wanted} names; it may be incomplete or unreadable, but {@link #LATEST}
   * never is.
   *
   * @throws RefusedException if there is none
   */
  public BackupCatalog.Entry find(String wanted) throws IOException {
    List<BackupCatalog.Entry> all = new BackupCatalog(archive).list();
    Optional<BackupCatalog.Entry> found =
        wanted.equals(LATEST)
            ? latest(all)
            : all.stream().filter(entry -> entry.id().isNamedBy(wanted)).findFirst();
    return found.orElseThrow(
        () ->
            new RefusedException(
                Reason.INCOMPLETE,
                (wanted.equals(LATEST) ? "no complete backup" : "no backup \"" + wanted + "\"")
                    + " in archive \""
                    + archive.description()
                    + "\"",
                "",
                all.isEmpty() ? "" : "\"walfmt list\" shows what is there."));
  }

  /**
   * The commit of the backup that {@code wanted} names, all segments of which are there.
   *
   * @throws RefusedException if there is none, or it is incomplete
   */
  public CommitFile.Summary findComplete(String wanted) throws IOException {
    BackupCatalog.Entry entry = find(wanted);
    if (entry.problem().isPresent()) {
      throw entry.problem().get();
    } else if (entry.missingSegment().isPresent()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "backup " + entry.id() + " is incomplete",
          "segment " + entry.missingSegment().get() + " is missing or cut",
          "");
    }
    return entry.summary().orElseThrow();
  }

  /** The one that starts last on the newest timeline's history, or on that of the one before. */
  private Optional<BackupCatalog.Entry> latest(List<BackupCatalog.Entry> all) throws IOException {
    List<BackupCatalog.Entry> complete =
        all.stream().filter(BackupCatalog.Entry::isComplete).toList();
    long systems =
        complete.stream().map(e -> e.summary().orElseThrow().systemIdentifier()).distinct().count();
    if (systems > 1) {
      throw new RefusedException(
          Reason.MISMATCH,
          "archive \"" + archive.description() + "\" has backups of several servers",
          "there are " + systems + " system identifiers",
          "Name a backup by its id instead of \"" + LATEST + "\".");
    }
    for (TimelineId timeline : timelines(complete)) {
      TimelineHistory history = history(timeline);
      Optional<BackupCatalog.Entry> latest =
          complete.stream()
              .filter(entry -> isOn(history, entry.summary().orElseThrow()))
              .max(Comparator.comparing(e -> e.summary().orElseThrow().startLsn()));
      if (latest.isPresent()) {
        return latest;
      }
    }
    return Optional.empty();
  }

  /** The timelines of backups and of history files, the newest first. */
  private Iterable<TimelineId> timelines(List<BackupCatalog.Entry> backups) throws IOException {
    TreeSet<TimelineId> timelines = new TreeSet<>();
    backups.forEach(entry -> timelines.add(entry.summary().orElseThrow().startTimeline()));
    for (String name : archive.list()) {
      if (name.matches(HISTORY)) {
        timelines.add(TimelineId.of(Long.parseLong(name.substring(0, 8), 16)));
      }
    }
    return timelines.descendingSet();
  }

  /** A timeline whose history file is not there has no parents, as for the server. */
  private TimelineHistory history(TimelineId timeline) throws IOException {
    Optional<SegmentInput> file = archive.open(TimelineHistory.fileName(timeline));
    if (file.isEmpty()) {
      return TimelineHistory.of(timeline);
    }
    ByteBuffer text = ByteBuffer.allocate(MAX_HISTORY);
    try (SegmentInput input = file.get()) {
      int count = 0;
      while (text.hasRemaining() && count >= 0) {
        count = input.read(text);
      }
    }
    return TimelineHistory.parse(
        timeline, new String(text.array(), 0, text.position(), StandardCharsets.UTF_8));
  }

  private static boolean isOn(TimelineHistory history, CommitFile.Summary backup) {
    return history.includes(backup.startTimeline(), backup.startLsn())
        && history.includesUpTo(backup.stopTimeline(), backup.stopLsn());
  }
}
