package org.walfmt.retention;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/** Follows chains as restore does: plainly, from what is in the archive. */
final class RestoreWalk {
  private final BackupCatalog catalog;
  private final List<BackupCatalog.Entry> all;

  RestoreWalk(Archive archive) throws IOException {
    catalog = new BackupCatalog(archive);
    all = catalog.list();
  }

  /** All that can be restored. */
  Set<BackupId> restorable() throws IOException {
    Set<BackupId> found = new HashSet<>();
    for (BackupCatalog.Entry entry : all) {
      if (entry.summary().isPresent() && !chain(entry.summary().get()).isEmpty()) {
        found.add(entry.id());
      }
    }
    return found;
  }

  /** All commits. */
  Set<BackupId> ids() {
    Set<BackupId> found = new HashSet<>();
    all.forEach(entry -> found.add(entry.id()));
    return found;
  }

  /** Ids of the chain, newest first; empty if it cannot be restored. */
  Set<BackupId> chain(CommitFile.Summary newest) throws IOException {
    Set<BackupId> seen = new HashSet<>();
    CommitFile.Summary member = newest;
    while (true) {
      if (!seen.add(member.id()) || catalog.missingSegment(member).isPresent()) {
        return Set.of();
      } else if (member.parent().isEmpty()) {
        return seen;
      }
      Optional<CommitFile.Summary> older = older(member);
      if (older.isEmpty() || !older.get().startLsn().equals(member.referenceLsn())) {
        return Set.of();
      }
      member = older.get();
    }
  }

  private Optional<CommitFile.Summary> older(CommitFile.Summary child) throws IOException {
    BackupId parent = child.parent().orElseThrow();
    try {
      Optional<CommitFile.Summary> named = catalog.find(parent);
      if (named.isPresent()) {
        return named;
      }
    } catch (WalFormatException e) {
      return Optional.empty();
    }
    return all.stream()
        .filter(BackupCatalog.Entry::isComplete)
        .flatMap(entry -> entry.summary().stream())
        .filter(summary -> summary.replaces().contains(parent))
        .filter(summary -> summary.startLsn().equals(child.referenceLsn()))
        .filter(summary -> summary.startTimeline().equals(child.referenceTimeline()))
        .reduce((a, b) -> a.isFull() ? a : b);
  }
}
