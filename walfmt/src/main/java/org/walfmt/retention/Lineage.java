package org.walfmt.retention;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * The backups of one cluster and what each builds on, as restore finds it: the parent that its
 * commit names or, if that one is not there, a backup that stands for it since a merge.
 */
final class Lineage {
  private final Map<BackupId, BackupCatalog.Entry> entries = new LinkedHashMap<>();
  private final Map<BackupId, List<BackupId>> candidates = new HashMap<>();

  /**
   * @param readable backups of one cluster whose commits can be read, oldest first
   * @param unreadable others in the archive: what names one as its parent cannot be restored
   */
  Lineage(List<BackupCatalog.Entry> readable, Set<BackupId> unreadable) {
    readable.forEach(entry -> entries.put(entry.id(), entry));
    for (BackupCatalog.Entry entry : readable) {
      candidates.put(entry.id(), findCandidates(commit(entry.id()), unreadable));
    }
  }

  /** What a chain begins with: a full backup, an external base, or a gap. */
  sealed interface Root {
    /** A full backup. */
    record Full(BackupId id) implements Root {}

    /** An external base backup, by the SHA-256 of its manifest. */
    record Base(String manifest) implements Root {}

    /** The oldest that is there of a chain whose beginning is missing. */
    record Gap(BackupId id) implements Root {}
  }

  private List<BackupId> findCandidates(CommitFile.Summary child, Set<BackupId> unreadable) {
    List<BackupId> found = new ArrayList<>();
    if (child.parent().isEmpty() || unreadable.contains(child.parent().get())) {
      return found;
    }
    BackupId parent = child.parent().get();
    if (entries.containsKey(parent)) {
      found.add(parent);
    }
    for (BackupCatalog.Entry entry : entries.values()) {
      CommitFile.Summary each = entry.summary().orElseThrow();
      if (entry.isComplete()
          && each.replaces().contains(parent)
          && each.startLsn().equals(child.referenceLsn())
          && each.startTimeline().equals(child.referenceTimeline())) {
        found.add(entry.id());
      }
    }
    return found;
  }

  /** All backups, oldest first. */
  Set<BackupId> ids() {
    return entries.keySet();
  }

  CommitFile.Summary commit(BackupId id) {
    return entry(id).summary().orElseThrow();
  }

  private BackupCatalog.Entry entry(BackupId id) {
    return Objects.requireNonNull(entries.get(id));
  }

  /** Whether a backup is complete and without damaged pages: only such ones count. */
  boolean counts(BackupId id) {
    return entry(id).isComplete() && commit(id).damagedPages() == 0;
  }

  /** What a backup may come to build on: its parent first, then those that stand for it. */
  List<BackupId> candidates(BackupId id) {
    return Objects.requireNonNull(candidates.get(id));
  }

  /** What restore takes a backup to build on while only {@code there} are in the archive. */
  Optional<BackupId> parent(BackupId child, Set<BackupId> there) {
    Optional<BackupId> named = commit(child).parent().filter(there::contains);
    if (named.isPresent()) {
      return named.filter(candidates(child)::contains);
    }
    return candidates(child).stream()
        .filter(there::contains)
        .reduce((a, b) -> commit(a).isFull() ? a : b);
  }

  /** A backup and what it builds on, newest first, as far as that is there. */
  List<BackupId> chain(BackupId newest, Set<BackupId> there) {
    Set<BackupId> chain = new LinkedHashSet<>();
    Optional<BackupId> next = Optional.of(newest).filter(there::contains);
    while (next.isPresent() && chain.add(next.get())) {
      next = parent(next.get(), there);
    }
    return List.copyOf(chain);
  }

  /** Whether a backup can be restored from {@code there}, as far as commits and names tell. */
  boolean isWhole(BackupId id, Set<BackupId> there) {
    List<BackupId> chain = chain(id, there);
    if (chain.isEmpty() || !chain.stream().allMatch(each -> entry(each).isComplete())) {
      return false;
    }
    CommitFile.Summary oldest = commit(chain.get(chain.size() - 1));
    return oldest.isFull() || oldest.manifest().isPresent();
  }

  /** Whether it can be restored, and no page of it was damaged. */
  boolean isSound(BackupId id, Set<BackupId> there) {
    return isWhole(id, there) && chain(id, there).stream().allMatch(this::counts);
  }

  /** All that chains of a backup may begin with. */
  Set<Root> roots(BackupId id) {
    Set<Root> roots = new HashSet<>();
    Set<BackupId> seen = new LinkedHashSet<>();
    List<BackupId> open = new ArrayList<>(List.of(id));
    while (!open.isEmpty()) {
      BackupId next = open.remove(open.size() - 1);
      if (seen.add(next)) {
        CommitFile.Summary commit = commit(next);
        if (commit.isFull()) {
          roots.add(new Root.Full(next));
        } else if (commit.manifest().isPresent()) {
          roots.add(new Root.Base(commit.manifest().get()));
        } else if (candidates(next).isEmpty()) {
          roots.add(new Root.Gap(next));
        }
        open.addAll(candidates(next));
      }
    }
    return roots.isEmpty() ? Set.of(new Root.Gap(id)) : roots; // parents in a circle
  }
}
