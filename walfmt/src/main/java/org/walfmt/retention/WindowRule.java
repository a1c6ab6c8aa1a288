package org.walfmt.retention;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.walfmt.TimelineId;
import org.walfmt.retention.Branches.Position;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * Keeps what it takes to restore to any time since the window opened: every backup that ended after
 * that and, of each timeline, the newest sound one before.
 */
final class WindowRule {
  private final Lineage lineage;
  private final Branches branches;
  private final Instant opening;
  private final Map<BackupId, Position> places = new HashMap<>();

  WindowRule(Lineage lineage, Branches branches, Instant opening) {
    this.lineage = lineage;
    this.branches = branches;
    this.opening = opening;
    lineage.ids().forEach(id -> places.put(id, branches.of(lineage.commit(id))));
  }

  /** What the rule keeps; the chains of these are needed, too. */
  Set<BackupId> kept() {
    Set<BackupId> kept = new LinkedHashSet<>();
    List<Position> sound = new ArrayList<>();
    for (BackupId id : lineage.ids()) {
      if (isInWindow(id)) {
        kept.add(id);
      }
      if (lineage.isSound(id, lineage.ids())) {
        sound.add(place(id));
      }
    }
    Optional<TimelineId> current = branches.current(sound);
    for (TimelineId timeline : branches.timelines()) {
      if (current.isEmpty() || !wasLeft(timeline, current.get())) {
        Optional<BackupId> before = newestBefore(timeline);
        if (before.isPresent()) {
          kept.add(before.get());
        } else { // what is there may be damaged, and is better than nothing
          lineage.ids().stream().filter(id -> isOn(id, timeline)).forEach(kept::add);
        }
      }
    }
    lineage.ids().stream().filter(id -> place(id).on().isEmpty()).forEach(kept::add);
    return kept;
  }

  private boolean isInWindow(BackupId id) {
    return lineage.commit(id).stopTime().isAfter(opening);
  }

  private Position place(BackupId id) {
    return Objects.requireNonNull(places.get(id));
  }

  private boolean isOn(BackupId id, TimelineId timeline) {
    return place(id).on().contains(timeline);
  }

  /** The backup from which recovery on this timeline to the opening of the window begins. */
  private Optional<BackupId> newestBefore(TimelineId timeline) {
    return lineage.ids().stream()
        .filter(id -> !isInWindow(id) && isOn(id, timeline))
        .filter(id -> lineage.isSound(id, lineage.ids()))
        .map(lineage::commit)
        .max(
            Comparator.comparing(CommitFile.Summary::stopLsn)
                .thenComparing(CommitFile.Summary::startLsn)
                .thenComparing(CommitFile.Summary::isFull))
        .map(CommitFile.Summary::id);
  }

  /**
   * Whether the cluster had left a timeline before the window opened: by then there was a backup
   * that it does not lead to, and none came after that only it leads to.
   */
  private boolean wasLeft(TimelineId timeline, TimelineId current) {
    Optional<BackupId> before = newestBefore(current);
    return before.isPresent()
        && !isOn(before.get(), timeline)
        && lineage.ids().stream()
            .noneMatch(id -> isInWindow(id) && isOn(id, timeline) && !isOn(id, current));
  }
}
