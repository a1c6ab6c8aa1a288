package org.walfmt.writer.summaries;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.CommitFile;
import org.walfmt.summary.SummaryName;

/**
 * Which summaries nobody needs any more: those that meet all conditions that are given, but for the
 * furthest of the newest timeline, where summing up goes on.
 *
 * @param writtenBefore if given, only files that were written before
 * @param endedBy if given, only summaries that end at or before
 */
public record SummaryPruning(Optional<Instant> writtenBefore, Optional<Lsn> endedBy) {
  /**
   * Where the oldest backup of the archive starts: an incremental on any backup there needs no
   * summary that ends by then.
   *
   * @throws RefusedException if there is no backup, one of another cluster, or one whose commit
   *     cannot be read: it may be the oldest
   */
  public static Lsn oldestStart(BackupCatalog catalog, StreamIdentity identity) throws IOException {
    Optional<Lsn> oldest = Optional.empty();
    for (BackupCatalog.Entry entry : catalog.list()) {
      CommitFile.Summary commit = entry.summary().orElseThrow(() -> unreadable(entry));
      if (commit.systemIdentifier() != identity.systemIdentifier()) {
        throw new RefusedException(
            Reason.MISMATCH,
            "backup " + entry.id().text() + " is of another system than the summaries",
            "it is of "
                + Long.toUnsignedString(commit.systemIdentifier())
                + ", they are of "
                + Long.toUnsignedString(identity.systemIdentifier()),
            "");
      }
      boolean isOlder = oldest.isEmpty() || commit.startLsn().isBefore(oldest.get());
      oldest = isOlder ? Optional.of(commit.startLsn()) : oldest;
    }
    return oldest.orElseThrow(
        () ->
            new RefusedException(
                Reason.INCOMPLETE,
                "no backup in the archive tells which summaries are not needed any more"));
  }

  private static RefusedException unreadable(BackupCatalog.Entry entry) {
    RefusedException refused =
        new RefusedException(
            Reason.INCOMPLETE,
            "the commit of backup " + entry.id().text() + " cannot be read",
            entry.problem().map(problem -> problem.getMessage() + "; ").orElse("")
                + "it may be the oldest backup, whose summaries must stay",
            "Bring back a sound copy of file \""
                + entry.id().commitName()
                + "\", or remove it if the backup is given up; or prune with --older-than.");
    entry.problem().ifPresent(refused::initCause);
    return refused;
  }

  /** The summaries of a directory that may be removed, in order. */
  public List<SummaryName> find(SummaryDirectory directory) throws IOException {
    List<SummaryName> names = directory.list();
    Optional<SummaryName> last =
        names.stream()
            .max(Comparator.comparing(SummaryName::timeline).thenComparing(SummaryName::end));
    List<SummaryName> found = new ArrayList<>();
    for (SummaryName name : names) {
      if (!Optional.of(name).equals(last) && meets(directory, name)) {
        found.add(name);
      }
    }
    return found;
  }

  private boolean meets(SummaryDirectory directory, SummaryName name) throws IOException {
    if (endedBy.isPresent() && name.end().isAfter(endedBy.get())) {
      return false;
    }
    if (writtenBefore.isEmpty()) {
      return true;
    }
    Optional<Instant> time = directory.time(name);
    return time.isPresent() && time.get().isBefore(writtenBefore.get());
  }
}
