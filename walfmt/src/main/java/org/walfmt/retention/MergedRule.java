package org.walfmt.retention;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * Finds what a merged backup makes superfluous: those that its commit says it replaces, if it can
 * be restored, has no damaged page, and does not end before them. Only one that no other replaces
 * in turn stands for others, so that commits which name each other take nothing away.
 */
final class MergedRule {
  private final Map<BackupId, List<BackupId>> replacing = new LinkedHashMap<>();

  MergedRule(Lineage lineage) {
    for (BackupId id : lineage.ids()) {
      CommitFile.Summary merged = lineage.commit(id);
      if (!merged.replaces().isEmpty() && lineage.isSound(id, lineage.ids())) {
        for (BackupId other : merged.replaces()) {
          if (!other.equals(id)
              && lineage.ids().contains(other)
              && !lineage.commit(other).stopLsn().isAfter(merged.stopLsn())) {
            replacing.computeIfAbsent(other, any -> new ArrayList<>()).add(id);
          }
        }
      }
    }
  }

  /** The merged backup among these that stands for {@code id}; empty if {@code id} must stay. */
  Optional<BackupId> standIn(BackupId id, Set<BackupId> kept) {
    return replacing.getOrDefault(id, List.of()).stream()
        .filter(merged -> kept.contains(merged) && !replacing.containsKey(merged))
        .findFirst();
  }
}
