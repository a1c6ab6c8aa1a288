package org.walfmt.retention;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.walfmt.TimelineId;
import org.walfmt.retention.Branches.Position;
import org.walfmt.retention.Lineage.Root;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * Keeps a number of full backups and all that builds on them.
 *
 * <p>Something is outdated if that many full backups are newer on every timeline whose history
 * leads through it, timelines that were left aside. A timeline was left if the newest one has that
 * many full backups that it does not lead to and that began later than all that only it leads to.
 * Only complete full backups without damaged pages count.
 */
final class FullsRule {
  private final Lineage lineage;
  private final Branches branches;
  private final int number;

  FullsRule(Lineage lineage, Branches branches, int number) {
    this.lineage = lineage;
    this.branches = branches;
    this.number = number;
  }

  /** What the rule keeps. */
  Set<BackupId> kept() {
    Map<BackupId, Position> places = new HashMap<>();
    List<Position> fulls = new ArrayList<>();
    Map<String, List<CommitFile.Summary>> bases = new HashMap<>();
    for (BackupId id : lineage.ids()) {
      CommitFile.Summary commit = lineage.commit(id);
      Position place = branches.of(commit);
      places.put(id, place);
      if (commit.isFull() && lineage.counts(id)) {
        fulls.add(place);
      }
      commit
          .manifest()
          .ifPresent(base -> bases.computeIfAbsent(base, b -> new ArrayList<>()).add(commit));
    }
    Outdating byFulls = new Outdating(fulls);
    Set<BackupId> outdated = new HashSet<>();
    places.forEach(
        (id, place) -> {
          if (byFulls.isOutdated(place)) {
            outdated.add(id);
          }
        });
    Set<Root> roots = new HashSet<>(keptBases(bases, outdated));
    for (BackupId id : lineage.ids()) {
      if (!outdated.contains(id)) {
        roots.add(new Root.Full(id));
        roots.add(new Root.Gap(id));
      }
    }
    Set<BackupId> kept = new LinkedHashSet<>();
    for (BackupId id : lineage.ids()) {
      if (lineage.roots(id).stream().anyMatch(roots::contains)) {
        kept.add(id);
      }
    }
    return kept;
  }

  /**
   * Whether an external base still exists nobody here knows: it never counts for a full backup.
   * Among each other the newest stay; and it is outdated when all that builds on it is.
   */
  private Set<Root> keptBases(Map<String, List<CommitFile.Summary>> bases, Set<BackupId> outdated) {
    List<Position> counted = new ArrayList<>();
    for (List<CommitFile.Summary> children : bases.values()) {
      if (children.stream().anyMatch(child -> lineage.counts(child.id()))) {
        counted.add(branches.ofBase(children));
      }
    }
    Outdating byBases = new Outdating(counted);
    Set<Root> kept = new HashSet<>();
    bases.forEach(
        (manifest, children) -> {
          Root base = new Root.Base(manifest);
          boolean isInUse =
              lineage.ids().stream()
                  .filter(id -> lineage.roots(id).contains(base))
                  .anyMatch(id -> !outdated.contains(id));
          if (isInUse && !byBases.isOutdated(branches.ofBase(children))) {
            kept.add(base);
          }
        });
    return kept;
  }

  private final class Outdating {
    private final List<Position> counted;
    private final Optional<TimelineId> current;
    private final Optional<Position> oldestKept;

    Outdating(List<Position> counted) {
      this.counted = counted;
      this.current = branches.current(counted);
      this.oldestKept =
          counted.stream()
              .filter(each -> current.isPresent() && each.on().contains(current.get()))
              .sorted(Comparator.comparing(Position::lsn).reversed())
              .skip(number - 1)
              .findFirst();
    }

    boolean isOutdated(Position place) {
      List<TimelineId> alive = place.on().stream().filter(t -> !wasLeft(t)).toList();
      return alive.isEmpty()
          ? oldestKept.filter(kept -> place.time().isBefore(kept.time())).isPresent()
          : alive.stream().allMatch(timeline -> newer(place, timeline) >= number);
    }

    /**
     * Whether enough began elsewhere, later than all that only this timeline leads to: what leads
     * nowhere else grows old by the clock.
     */
    private boolean wasLeft(TimelineId timeline) {
      return current.isPresent()
          && oldestKept.isPresent()
          && !oldestKept.get().on().contains(timeline)
          && counted.stream()
              .filter(each -> each.on().contains(timeline) && !each.on().contains(current.get()))
              .allMatch(each -> each.time().isBefore(oldestKept.get().time()));
    }

    private long newer(Position place, TimelineId timeline) {
      return counted.stream()
          .filter(each -> each.on().contains(timeline) && each.lsn().isAfter(place.lsn()))
          .count();
    }
  }
}
