package org.walfmt.retention;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.walfmt.RefusedException;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.retention.ExpiryPlan.Removal;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** Decides what goes from an archive, from what is known of it; looks at no file itself. */
public final class ExpiryPlanner {
  private final Stock stock;
  private final RetentionPolicy policy;
  private final Map<BackupId, String> kept = new HashMap<>();
  private final List<Removal> removals = new ArrayList<>();

  private ExpiryPlanner(Stock stock, RetentionPolicy policy) {
    this.stock = stock;
    this.policy = policy;
  }

  /**
   * Plans.
   *
   * @param pruneWal whether ordinary WAL goes that no remaining backup needs
   * @throws RefusedException if the order of the WAL cannot be told
   */
  public static ExpiryPlan plan(Stock stock, RetentionPolicy policy, boolean pruneWal)
      throws RefusedException {
    return new ExpiryPlanner(stock, policy).plan(pruneWal);
  }

  private ExpiryPlan plan(boolean pruneWal) throws RefusedException {
    Map<Long, List<BackupCatalog.Entry>> clusters = new TreeMap<>();
    Set<BackupId> unreadable = new HashSet<>();
    for (BackupCatalog.Entry entry : stock.backups()) {
      if (entry.summary().isPresent()) {
        clusters
            .computeIfAbsent(entry.summary().get().systemIdentifier(), system -> new ArrayList<>())
            .add(entry);
      } else {
        unreadable.add(entry.id());
        kept.put(entry.id(), "its commit cannot be read");
      }
    }
    for (List<BackupCatalog.Entry> cluster : clusters.values()) {
      planCluster(
          new Lineage(cluster, unreadable), new Branches(histories(cluster, clusters.size() == 1)));
    }
    Set<BackupId> commits = new LinkedHashSet<>();
    Map<BackupId, String> inOrder = new LinkedHashMap<>();
    for (BackupCatalog.Entry entry : stock.backups()) {
      commits.add(entry.id());
      String reason = kept.get(entry.id());
      if (reason != null) {
        inOrder.put(entry.id(), reason);
      }
    }
    ExpiryPlan backups =
        new ExpiryPlan(stock.leftOver(), List.copyOf(removals), inOrder, Optional.empty(), commits);
    return pruneWal ? new WalPlanner(stock, backups).plan() : backups;
  }

  /**
   * A timeline whose history file is not there has no parents, as for the server; nor have any
   * where there are several clusters, since nobody knows whose history files these are.
   */
  private Map<TimelineId, TimelineHistory> histories(
      List<BackupCatalog.Entry> cluster, boolean isOnly) {
    Map<TimelineId, TimelineHistory> histories = new HashMap<>();
    if (isOnly) {
      histories.putAll(stock.histories());
    }
    for (BackupCatalog.Entry entry : cluster) {
      CommitFile.Summary commit = entry.summary().orElseThrow();
      for (TimelineId timeline : List.of(commit.startTimeline(), commit.stopTimeline())) {
        histories.computeIfAbsent(timeline, TimelineHistory::of);
      }
    }
    return histories;
  }

  private void planCluster(Lineage lineage, Branches branches) {
    NeededBackups needed = new NeededBackups(lineage);
    for (RunningBackup run : stock.running()) {
      for (BackupId id : lineage.ids()) {
        if (run.mayBuildOn(id)) {
          needed.add(
              id,
              (run.known() ? "" : "for all that is known, ")
                  + "a backup that is being taken builds on it");
        }
      }
    }
    Map<BackupId, BackupId> replaced = new HashMap<>();
    String outdated = applyRules(lineage, branches, needed, replaced);
    needed.close();
    kept.putAll(needed.reasons());
    Set<BackupId> outgoing = new LinkedHashSet<>(lineage.ids());
    outgoing.removeAll(needed.ids());
    for (BackupId id : RemovalOrder.of(lineage, outgoing)) {
      BackupId merged = replaced.get(id);
      removals.add(
          removal(
              lineage.commit(id),
              merged == null ? outdated : "merged backup " + merged + " stands for it"));
    }
  }

  /**
   * Keeps what the rules keep; what goes goes for the reason that is returned.
   *
   * @param replaced takes what goes because of a merged backup, with that one
   */
  private String applyRules(
      Lineage lineage, Branches branches, NeededBackups needed, Map<BackupId, BackupId> replaced) {
    List<String> outdated = new ArrayList<>();
    if (policy.window().isPresent()) {
      long days = policy.window().get().toDays();
      String window = days == 1 ? "the last day" : "the last " + days + " days";
      for (BackupId id :
          new WindowRule(lineage, branches, stock.now().minus(policy.window().get())).kept()) {
        needed.add(id, "needed for " + window);
      }
      outdated.add("not needed for " + window);
    }
    if (policy.fulls().isPresent()) {
      int number = policy.fulls().getAsInt();
      String fulls =
          number == 1 ? "the newest full backup" : "the newest " + number + " full backups";
      keep(
          new FullsRule(lineage, branches, number).kept(),
          "not older than " + fulls,
          lineage,
          needed,
          replaced);
      outdated.add(0, "older than " + fulls);
    } else if (policy.window().isEmpty()) {
      keep(lineage.ids(), "no merged backup stands for it", lineage, needed, replaced);
    }
    return String.join(", ", outdated);
  }

  /** Keeps these, but for what merged ones among them stand for, if such are to go. */
  private void keep(
      Set<BackupId> ids,
      String reason,
      Lineage lineage,
      NeededBackups needed,
      Map<BackupId, BackupId> replaced) {
    MergedRule rule = new MergedRule(lineage);
    for (BackupId id : ids) {
      Optional<BackupId> merged = policy.merged() ? rule.standIn(id, ids) : Optional.empty();
      if (merged.isPresent()) {
        replaced.put(id, merged.get());
      } else {
        needed.add(id, reason);
      }
    }
  }

  private Removal removal(CommitFile.Summary commit, String reason) {
    List<String> segments = stock.segments(commit.id().timeline());
    return new Removal(
        commit, segments, (long) segments.size() * commit.segmentSize().bytes(), reason);
  }
}
