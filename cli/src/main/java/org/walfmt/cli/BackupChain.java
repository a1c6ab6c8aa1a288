package org.walfmt.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * The backups that one needs, as the commits name them.
 *
 * @param members oldest first, the one in question last
 * @param base SHA-256 of the manifest of the external base backup under them, if there is one
 * @param missing the parent that is not in the archive or cannot be read, if there is one
 */
record BackupChain(
    List<CommitFile.Summary> members, Optional<String> base, Optional<BackupId> missing) {
  static BackupChain of(BackupCatalog.Entry last, List<BackupCatalog.Entry> all) {
    List<CommitFile.Summary> members = new ArrayList<>();
    Optional<CommitFile.Summary> next = last.summary();
    Optional<String> base = Optional.empty();
    Optional<BackupId> missing = Optional.empty();
    while (next.isPresent() && members.size() <= all.size()) {
      CommitFile.Summary commit = next.get();
      members.add(commit);
      base = commit.manifest();
      next = BackupCatalog.parent(commit, all).flatMap(BackupCatalog.Entry::summary);
      missing = next.isPresent() ? Optional.empty() : commit.parent();
    }
    Collections.reverse(members);
    return new BackupChain(List.copyOf(members), base, missing);
  }
}
