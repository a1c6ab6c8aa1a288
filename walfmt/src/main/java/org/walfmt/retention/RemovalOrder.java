package org.walfmt.retention;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * The order in which backups go, so that whatever is left at any moment and could be restored
 * before still can: what cannot be restored anyway, then the rest, each before all that it builds
 * on or may come to build on, the youngest first.
 */
final class RemovalOrder {
  private final Lineage lineage;
  private final Set<BackupId> whole = new LinkedHashSet<>();
  private final Set<BackupId> outgoing;
  private final Set<BackupId> ordered = new LinkedHashSet<>();

  private RemovalOrder(Lineage lineage, Set<BackupId> outgoing) {
    this.lineage = lineage;
    this.outgoing = outgoing;
    for (BackupId id : outgoing) {
      if (lineage.isWhole(id, lineage.ids())) {
        whole.add(id);
      }
    }
  }

  static List<BackupId> of(Lineage lineage, Set<BackupId> outgoing) {
    RemovalOrder order = new RemovalOrder(lineage, outgoing);
    List<BackupId> youngestFirst = new ArrayList<>(outgoing);
    Comparator<BackupId> byAge =
        Comparator.comparing(lineage::commit, Comparator.comparing(CommitFile.Summary::startTime));
    youngestFirst.sort(
        Comparator.<BackupId, Boolean>comparing(order.whole::contains)
            .thenComparing(byAge.reversed())
            .thenComparing(Comparator.reverseOrder()));
    for (BackupId id : youngestFirst) {
      order.visit(id, youngestFirst, new LinkedHashSet<>());
    }
    return List.copyOf(order.ordered);
  }

  private void visit(BackupId id, List<BackupId> youngestFirst, Set<BackupId> path) {
    if (ordered.contains(id) || !path.add(id)) {
      return;
    }
    for (BackupId other : youngestFirst) {
      if (whole.contains(other) == whole.contains(id) && lineage.candidates(other).contains(id)) {
        visit(other, youngestFirst, path);
      }
    }
    if (outgoing.contains(id)) {
      ordered.add(id);
    }
  }
}
