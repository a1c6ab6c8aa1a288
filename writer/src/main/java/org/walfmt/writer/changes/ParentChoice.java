package org.walfmt.writer.changes;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Series;

/** Finds the series that an incremental was told to build on. */
public final class ParentChoice {
  /** Stands for the newest backup that this server can build on. */
  public static final String LATEST = "latest";

  private ParentChoice() {}

  /**
   * Opens the backup to build on.
   *
   * @param wanted {@link #LATEST}, an id, or its first eight digits
   */
  public static SeriesParent find(
      Archive archive,
      String wanted,
      long systemIdentifier,
      TimelineHistory history,
      Consumer<String> warnings)
      throws IOException {
    BackupCatalog catalog = new BackupCatalog(archive);
    List<BackupCatalog.Entry> all =
        BackupId.matches(wanted) ? catalog.listFor(new BackupId(wanted)) : catalog.list();
    Optional<BackupCatalog.Entry> found =
        wanted.equals(LATEST) ? latest(all, systemIdentifier, history) : named(all, wanted);
    if (found.isEmpty()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          wanted.equals(LATEST)
              ? "there is no backup of this server in archive \"" + archive.description() + "\""
              : "there is no backup \""
                  + wanted
                  + "\" in archive \""
                  + archive.description()
                  + "\"",
          "",
          "Take a full backup first, or see \"walfmt list\".");
    }
    BackupCatalog.Entry entry = found.get();
    if (entry.problem().isPresent()) {
      throw entry.problem().get();
    }
    if (entry.missingSegment().isPresent()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "backup " + entry.id() + " is incomplete",
          "segment " + entry.missingSegment().get() + " is missing",
          "Build on another backup, or take a full one.");
    }
    Optional<String> gap = gap(entry, all);
    if (gap.isPresent()) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "backup " + entry.id() + " cannot be restored",
          gap.get(),
          "Build on another backup, or take a full one.");
    }
    damaged(entry, all).ifPresent(warnings);
    return new SeriesParent(Series.open(archive, entry.summary().orElseThrow()));
  }

  /**
   * A page that is damaged in an older backup and unchanged since comes from there in a restore.
   */
  private static Optional<String> damaged(BackupCatalog.Entry of, List<BackupCatalog.Entry> all) {
    Optional<CommitFile.Summary> member = of.summary();
    while (member.isPresent()) {
      if (member.get().damagedPages() > 0) {
        return Optional.of(
            "backup "
                + member.get().id()
                + ", which this one builds on, has damaged pages: take a full backup once they are"
                + " repaired");
      }
      member = BackupCatalog.parent(member.get(), all).flatMap(BackupCatalog.Entry::summary);
    }
    return Optional.empty();
  }

  /** What is missing of the chain that leads to a complete backup. */
  private static Optional<String> gap(BackupCatalog.Entry of, List<BackupCatalog.Entry> all) {
    Optional<CommitFile.Summary> child = of.summary();
    for (int i = 0; child.isPresent() && child.get().parent().isPresent(); i++) {
      BackupId id = child.get().parent().get();
      Optional<BackupCatalog.Entry> found = BackupCatalog.parent(child.get(), all);
      if (found.isEmpty() || i > all.size()) {
        return Optional.of("backup " + id + ", which it builds on, is missing");
      }
      if (!found.get().isComplete()) {
        return Optional.of("backup " + id + ", which it builds on, is incomplete or damaged");
      }
      child = found.get().summary();
    }
    return Optional.empty();
  }

  private static Optional<BackupCatalog.Entry> named(List<BackupCatalog.Entry> all, String wanted) {
    return all.stream().filter(entry -> entry.id().isNamedBy(wanted)).findFirst();
  }

  /** The complete one that ends last on the server's history: LSNs decide, never names. */
  private static Optional<BackupCatalog.Entry> latest(
      List<BackupCatalog.Entry> all, long systemIdentifier, TimelineHistory history) {
    Comparator<CommitFile.Summary> order =
        Comparator.comparing(CommitFile.Summary::startLsn)
            .thenComparing(CommitFile.Summary::stopLsn)
            .thenComparing(CommitFile.Summary::id);
    return all.stream()
        .filter(BackupCatalog.Entry::isComplete)
        .filter(entry -> gap(entry, all).isEmpty())
        .filter(entry -> isOn(entry.summary().orElseThrow(), systemIdentifier, history))
        .max(Comparator.comparing(entry -> entry.summary().orElseThrow(), order));
  }

  private static boolean isOn(
      CommitFile.Summary summary, long systemIdentifier, TimelineHistory history) {
    return summary.systemIdentifier() == systemIdentifier
        && history.includes(summary.startTimeline(), summary.startLsn())
        && history.includesUpTo(summary.stopTimeline(), summary.stopLsn());
  }
}
