package org.walfmt.retention;

import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.CommitFile;

/** The timelines of a cluster, each with the history that leads to it. */
final class Branches {
  private final TreeMap<TimelineId, TimelineHistory> histories;

  Branches(Map<TimelineId, TimelineHistory> histories) {
    this.histories = new TreeMap<>(histories);
  }

  /**
   * Where a backup or an external base stands. On one history LSNs tell which of two is older;
   * where the histories part, only clocks do.
   *
   * @param on timelines whose histories lead through it
   */
  record Position(Lsn lsn, Instant time, Set<TimelineId> on) {}

  Position of(CommitFile.Summary backup) {
    return new Position(
        backup.startLsn(),
        backup.startTime(),
        leadingThrough(history -> BackupChoice.isOn(history, backup)));
  }

  /**
   * The place of an external base.
   *
   * @param children the backups that name it as their parent; not empty
   */
  Position ofBase(List<CommitFile.Summary> children) {
    CommitFile.Summary any = children.get(0);
    return new Position(
        any.referenceLsn(),
        children.stream().map(CommitFile.Summary::startTime).min(Instant::compareTo).orElseThrow(),
        leadingThrough(history -> history.includes(any.referenceTimeline(), any.referenceLsn())));
  }

  private Set<TimelineId> leadingThrough(Predicate<TimelineHistory> isOn) {
    Set<TimelineId> on = new HashSet<>();
    histories.forEach(
        (timeline, history) -> {
          if (isOn.test(history)) {
            on.add(timeline);
          }
        });
    return on;
  }

  /** The newest timeline whose history leads through one of these places. */
  Optional<TimelineId> current(Collection<Position> places) {
    return timelines().stream()
        .filter(timeline -> places.stream().anyMatch(place -> place.on().contains(timeline)))
        .findFirst();
  }

  /** All timelines, the newest first. */
  Set<TimelineId> timelines() {
    return histories.descendingKeySet();
  }
}
