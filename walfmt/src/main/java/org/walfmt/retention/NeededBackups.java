package org.walfmt.retention;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.walfmt.series.BackupId;

/** Backups that stay, each with the reason; what they build on comes to them. */
final class NeededBackups {
  private final Lineage lineage;
  private final Map<BackupId, String> reasons = new LinkedHashMap<>();

  NeededBackups(Lineage lineage) {
    this.lineage = lineage;
  }

  /** Keeps a backup; an earlier reason stays. */
  void add(BackupId id, String reason) {
    reasons.putIfAbsent(id, reason);
  }

  Set<BackupId> ids() {
    return reasons.keySet();
  }

  Map<BackupId, String> reasons() {
    return reasons;
  }

  /**
   * Adds what the chains of these need, until each that can be restored now can be restored from
   * what stays alone. A full backup that stands for a parent since a merge will do for it.
   */
  void close() {
    boolean isClosed = false;
    while (!isClosed) {
      isClosed = true;
      for (BackupId id : List.copyOf(reasons.keySet())) {
        isClosed &= !completeChain(id);
      }
    }
  }

  /** Adds the first that is missing of a chain; false if none is. */
  private boolean completeChain(BackupId newest) {
    boolean wasWhole = lineage.isWhole(newest, lineage.ids());
    boolean isWhole = lineage.isWhole(newest, ids());
    Set<BackupId> seen = new LinkedHashSet<>();
    Optional<BackupId> member = Optional.of(newest);
    while (member.isPresent() && seen.add(member.get())) {
      BackupId child = member.get();
      Optional<BackupId> now = lineage.parent(child, lineage.ids());
      Optional<BackupId> then = lineage.parent(child, ids());
      if (then.isEmpty() && now.isPresent()) {
        return add(newest, standIn(child).orElse(now.get()));
      } else if (wasWhole && !isWhole && !then.equals(now) && !ids().contains(now.orElseThrow())) {
        return add(newest, now.get());
      }
      member = then;
    }
    return false;
  }

  private boolean add(BackupId newest, BackupId needed) {
    add(needed, "backup " + newest + " builds on it");
    return true;
  }

  private Optional<BackupId> standIn(BackupId child) {
    return lineage.candidates(child).stream()
        .filter(id -> lineage.commit(id).isFull() && lineage.counts(id))
        .findFirst();
  }
}
