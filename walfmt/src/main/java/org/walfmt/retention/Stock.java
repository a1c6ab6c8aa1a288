package org.walfmt.retention;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.Histories;

/**
 * What is known of an archive when it is planned what goes.
 *
 * @param backups those with a commit
 * @param names of all files
 * @param histories of the timelines that have a history file
 * @param running backups that are being taken, or may be
 * @param leftOver segments that belong to no backup, and to none that is being taken
 */
public record Stock(
    List<BackupCatalog.Entry> backups,
    Set<String> names,
    Map<TimelineId, TimelineHistory> histories,
    List<RunningBackup> running,
    List<LeftOver> leftOver,
    Instant now) {
  private static final Pattern HISTORY = Pattern.compile("[0-7][0-9A-F]{7}\\.history");
  private static final Pattern OF_SERIES =
      Pattern.compile("[89A-F][0-9A-F]{23}(?:\\.00000028\\.backup)?");
  private static final Pattern SEGMENT = Pattern.compile("[89A-F][0-9A-F]{23}");
  private static final int TIMELINE_DIGITS = 8;

  /**
   * Looks at an archive.
   *
   * @param host name of this host, as runs note it
   */
  public static Stock read(Archive archive, String host, Instant now) throws IOException {
    Set<String> before = new TreeSet<>(archive.list());
    Unfinished unfinished = Unfinished.read(archive, host, now, before);
    Set<String> names = new TreeSet<>(archive.list());
    Histories histories = new Histories(archive);
    Map<TimelineId, TimelineHistory> known = new HashMap<>();
    for (String name : names) {
      if (HISTORY.matcher(name).matches()) {
        TimelineId timeline = timeline(name);
        histories.find(timeline).ifPresent(history -> known.put(timeline, history));
      }
    }
    return new Stock(
        new BackupCatalog(archive).list(),
        names,
        known,
        unfinished.running(),
        unfinished.leftOver(names),
        now);
  }

  static TimelineId timeline(String name) {
    return TimelineId.of(Long.parseLong(name.substring(0, TIMELINE_DIGITS), 16));
  }

  /** Whether a name is that of a series' segment or commit. */
  static boolean isOfSeries(String name) {
    return OF_SERIES.matcher(name).matches();
  }

  /** Whether a name is that of a series' segment. */
  static boolean isSegmentOfSeries(String name) {
    return SEGMENT.matcher(name).matches();
  }

  /** Names of a series' segments that are there, the last first. */
  List<String> segments(TimelineId timeline) {
    return segments(names, timeline);
  }

  static List<String> segments(Set<String> names, TimelineId timeline) {
    String prefix = timeline.toHex();
    return names.stream()
        .filter(name -> name.startsWith(prefix) && isSegmentOfSeries(name))
        .sorted(Comparator.reverseOrder())
        .toList();
  }
}
