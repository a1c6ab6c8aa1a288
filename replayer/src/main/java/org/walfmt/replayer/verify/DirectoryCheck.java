package org.walfmt.replayer.verify;

import java.util.HashSet;
import java.util.Set;
import org.walfmt.series.BackupId;
import org.walfmt.series.PathEntry;

/** Checks that all of an inventory lies in directories of the inventory, as a restore demands. */
final class DirectoryCheck {
  private final BackupId backup;
  private final Findings findings;
  private final Set<String> directories = new HashSet<>();

  /** Directories of forks: the inventory has the forks first. */
  private final Set<String> wanted = new HashSet<>();

  DirectoryCheck(BackupId backup, Findings findings) {
    this.backup = backup;
    this.findings = findings;
  }

  /** A relation file of a fork. */
  void fork(String path) {
    wanted.add(parent(path));
  }

  /** An entry, each after its directory. */
  void path(PathEntry entry) {
    String path = entry.path();
    if (!path.equals(PathEntry.ROOT) && !directories.contains(parent(path))) {
      missing(parent(path));
    }
    if (!(entry instanceof PathEntry.RegularFile)) {
      directories.add(path);
    }
  }

  /** When all entries have been seen. */
  void finish() {
    wanted.removeAll(directories);
    wanted.stream().sorted().forEach(this::missing);
  }

  private void missing(String directory) {
    findings.add(backup, "directory \"" + directory + "\" is not in the inventory");
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? PathEntry.ROOT : path.substring(0, slash);
  }
}
