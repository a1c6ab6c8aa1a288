package org.walfmt.health;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.retention.Stock;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * What could be restored from an archive, as commits and names tell.
 *
 * @param stock all that is in it
 * @param chain the newest backup that can be restored, and those it builds on; empty if there is
 *     none
 * @param lastFull the newest full backup that can be restored
 * @param wal the WAL since the newest one; empty if there is none
 */
public record ArchiveHealth(
    Stock stock,
    List<CommitFile.Summary> chain,
    Optional<CommitFile.Summary> lastFull,
    Optional<WalCoverage> wal) {
  private static final Comparator<CommitFile.Summary> AGE =
      Comparator.comparing(CommitFile.Summary::stopLsn)
          .thenComparing(CommitFile.Summary::startLsn)
          .thenComparing(CommitFile.Summary::startTime)
          .thenComparing(CommitFile.Summary::id);

  private static final int FIRST_SERIES_DIGIT = '8';

  /** The newest backup that can be restored. */
  public Optional<CommitFile.Summary> last() {
    return chain.stream().findFirst();
  }

  /**
   * Looks at an archive, which must be able to list its files.
   *
   * @param host name of this host, as runs note it
   * @throws RefusedException if it cannot, or has backups of several clusters
   */
  public static ArchiveHealth read(Archive archive, String host, Instant now) throws IOException {
    return of(archive, Stock.read(archive, host, now));
  }

  private static ArchiveHealth of(Archive archive, Stock stock) throws IOException {
    List<CommitFile.Summary> whole = new ArrayList<>();
    for (BackupCatalog.Entry entry : stock.backups()) {
      if (!chain(entry, stock.backups()).isEmpty()) {
        whole.add(entry.summary().orElseThrow());
      }
    }
    requireOneCluster(archive, whole);
    TimelineHistory history = newestHistory(stock, whole);
    List<CommitFile.Summary> line =
        whole.stream()
            .filter(each -> BackupChoice.isOn(history, each))
            .sorted(AGE.reversed())
            .toList();
    if (line.isEmpty()) {
      return new ArchiveHealth(stock, List.of(), Optional.empty(), Optional.empty());
    }
    CommitFile.Summary last = line.get(0);
    return new ArchiveHealth(
        stock,
        chain(entry(last.id(), stock.backups()), stock.backups()),
        line.stream().filter(CommitFile.Summary::isFull).findFirst(),
        Optional.of(WalCoverage.of(last, history, wholeSegments(archive, stock, last))));
  }

  private static BackupCatalog.Entry entry(BackupId id, List<BackupCatalog.Entry> all) {
    return all.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  /** A backup and all it builds on, newest first; empty if any of it is not there as a whole. */
  private static List<CommitFile.Summary> chain(
      BackupCatalog.Entry newest, List<BackupCatalog.Entry> all) {
    List<CommitFile.Summary> chain = new ArrayList<>();
    Set<BackupId> seen = new HashSet<>();
    BackupCatalog.Entry next = newest;
    while (next.isComplete() && seen.add(next.id())) {
      CommitFile.Summary summary = next.summary().orElseThrow();
      chain.add(summary);
      if (summary.parent().isEmpty()) {
        return List.copyOf(chain);
      }
      Optional<BackupCatalog.Entry> parent = BackupCatalog.parent(summary, all);
      if (parent.isEmpty()) {
        return List.of();
      }
      next = parent.get();
    }
    return List.of();
  }

  private static void requireOneCluster(Archive archive, List<CommitFile.Summary> backups)
      throws RefusedException {
    TreeSet<String> systems = new TreeSet<>();
    backups.forEach(each -> systems.add(Long.toUnsignedString(each.systemIdentifier())));
    if (systems.size() > 1) {
      throw new RefusedException(
          Reason.MISMATCH,
          "archive \"" + archive.description() + "\" has backups of several clusters",
          "system identifiers " + String.join(", ", systems),
          "Keep the archive of each cluster by itself.");
    }
  }

  /** The newest timeline whose history leads through a backup, as restore looks for it. */
  private static TimelineHistory newestHistory(Stock stock, List<CommitFile.Summary> backups) {
    TreeSet<TimelineId> timelines = new TreeSet<>(stock.histories().keySet());
    backups.forEach(each -> timelines.add(each.stopTimeline()));
    for (TimelineId timeline : timelines.descendingSet()) {
      TimelineHistory history =
          stock.histories().getOrDefault(timeline, TimelineHistory.of(timeline));
      if (backups.stream().anyMatch(each -> BackupChoice.isOn(history, each))) {
        return history;
      }
    }
    return TimelineHistory.of(TimelineId.of(1));
  }

  /** Names of segments of ordinary WAL; where files are at hand, only those of full length. */
  private static Set<String> wholeSegments(Archive archive, Stock stock, CommitFile.Summary since)
      throws IOException {
    Set<String> whole = new HashSet<>();
    long first = since.segmentSize().segmentNumber(since.startLsn());
    for (String name : stock.names()) {
      Optional<SegmentName> segment = SegmentName.parse(name, since.segmentSize());
      if (segment.isEmpty()
          || name.charAt(0) >= FIRST_SERIES_DIGIT
          || segment.get().number() < first) {
        continue;
      }
      long length = since.segmentSize().bytes();
      if (!archive.isLocal() || archive.length(name).equals(Optional.of(length))) {
        whole.add(name);
      }
    }
    return whole;
  }
}
