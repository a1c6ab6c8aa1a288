package org.walfmt.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * The state of a backup, as far as commits and the names in the archive tell.
 *
 * @param word for machines: complete, incomplete, damaged, unreadable
 * @param reason what is wrong; empty if nothing is
 */
record BackupState(String word, Optional<String> reason) {
  /** The states of all backups of an archive, in their order; a chain counts as a whole. */
  static Map<BackupId, BackupState> of(List<BackupCatalog.Entry> all) {
    Map<BackupId, BackupState> states = new HashMap<>();
    all.forEach(entry -> states.put(entry.id(), of(entry, all)));
    return states;
  }

  private static BackupState of(BackupCatalog.Entry entry, List<BackupCatalog.Entry> all) {
    if (entry.problem().isPresent()) {
      return because("unreadable", String.valueOf(entry.problem().get().getMessage()));
    } else if (entry.missingSegment().isPresent()) {
      return because("incomplete", "missing segment " + entry.missingSegment().get());
    }
    Optional<String> brokenParent = brokenParent(entry, all);
    if (brokenParent.isPresent()) {
      return because("incomplete", brokenParent.get());
    }
    long damaged = entry.summary().map(CommitFile.Summary::damagedPages).orElse(0L);
    if (damaged > 0) {
      return because("damaged", damaged == 1 ? "1 page" : damaged + " pages");
    }
    return new BackupState("complete", Optional.empty());
  }

  /** What is wrong with the nearest backup of the chain that is not there as a whole. */
  private static Optional<String> brokenParent(
      BackupCatalog.Entry entry, List<BackupCatalog.Entry> all) {
    Optional<CommitFile.Summary> child = entry.summary();
    for (int links = 0; links <= all.size(); links++) {
      if (child.isEmpty() || child.get().parent().isEmpty()) {
        return Optional.empty();
      }
      Optional<BackupCatalog.Entry> found = BackupCatalog.parent(child.get(), all);
      if (found.isEmpty()) {
        return Optional.of("missing parent " + child.get().parent().get());
      } else if (!found.get().isComplete()) {
        return Optional.of(
            "parent "
                + found.get().id()
                + " is "
                + (found.get().problem().isPresent() ? "unreadable" : "incomplete"));
      }
      child = found.get().summary();
    }
    return Optional.of("parents in a circle");
  }

  private static BackupState because(String word, String reason) {
    return new BackupState(word, Optional.of(reason));
  }

  /** For people: {@code incomplete (missing segment ...)}. */
  @Override
  public String toString() {
    return word + reason.map(text -> " (" + text + ")").orElse("");
  }
}
