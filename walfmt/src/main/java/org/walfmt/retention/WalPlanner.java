package org.walfmt.retention;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.retention.ExpiryPlan.Removal;
import org.walfmt.retention.ExpiryPlan.WalPruning;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.CommitFile;

/**
 * Decides which ordinary WAL goes: what lies before the lowest segment number of all series that
 * stay, on whatever timeline. A series begins with the number of its reference LSN (rule NAME-4),
 * so that this is no later than the start of any backup, nor than that of an external base.
 */
final class WalPlanner {
  /** Segments, incomplete ones of timelines that were left, and backup history files. */
  private static final Pattern ORDINARY =
      Pattern.compile("[0-7][0-9A-F]{23}(?:\\.partial|\\.[0-9A-F]{8}\\.backup)?");

  private static final int TIMELINE_DIGITS = 8;

  private final Stock stock;
  private final ExpiryPlan backups;

  WalPlanner(Stock stock, ExpiryPlan backups) {
    this.stock = stock;
    this.backups = backups;
  }

  ExpiryPlan plan() throws RefusedException {
    Set<SegmentSize> sizes = new HashSet<>();
    boolean isAnyComplete = false;
    for (BackupCatalog.Entry entry : stock.backups()) {
      entry.summary().map(CommitFile.Summary::segmentSize).ifPresent(sizes::add);
      isAnyComplete |= entry.isComplete() && backups.kept().containsKey(entry.id());
    }
    if (sizes.size() > 1) {
      throw new RefusedException(
          Reason.MISMATCH,
          "archive has WAL segments of several sizes",
          "their names do not tell which WAL is older",
          "Leave out --prune-wal.");
    }
    WalPruning pruning;
    if (!isAnyComplete) {
      pruning = nothing("no complete backup remains");
    } else {
      Optional<RunningBackup> unseen = stock.running().stream().filter(this::isUnseen).findFirst();
      pruning =
          unseen.isPresent()
              ? nothing(
                  "a backup is being taken on series timeline "
                      + unseen.get().timeline().toHex()
                      + " whose start is not known yet")
              : before(firstNeeded(), sizes.iterator().next());
    }
    return new ExpiryPlan(
        backups.leftOver(),
        backups.removals(),
        backups.kept(),
        Optional.of(pruning),
        backups.commits());
  }

  /** A backup starts after its parent, which stays; of others nothing is known at first. */
  private boolean isUnseen(RunningBackup run) {
    return run.parent().isEmpty() && stock.segments(run.timeline()).isEmpty();
  }

  private static WalPruning nothing(String obstacle) {
    return new WalPruning(Optional.empty(), List.of(), 0, Optional.of(obstacle));
  }

  /** Digits of log id and segment sort as the WAL does, if all segments have one size. */
  private static String place(String name) {
    return name.substring(TIMELINE_DIGITS, SegmentName.LENGTH);
  }

  private String firstNeeded() {
    Set<String> outgoing = new HashSet<>();
    backups.removals().stream().map(Removal::files).forEach(outgoing::addAll);
    backups.leftOver().stream().map(LeftOver::segments).forEach(outgoing::addAll);
    TreeSet<String> places = new TreeSet<>();
    for (String name : stock.names()) {
      if (Stock.isOfSeries(name) && !outgoing.contains(name)) {
        places.add(place(name));
      }
    }
    return places.first();
  }

  private WalPruning before(String firstNeeded, SegmentSize size) {
    List<String> files = new ArrayList<>();
    long bytes = 0;
    for (String name : stock.names()) {
      if (ORDINARY.matcher(name).matches() && place(name).compareTo(firstNeeded) < 0) {
        files.add(name);
        bytes += name.endsWith(".backup") ? 0 : size.bytes();
      }
    }
    files.sort(Comparator.comparing(WalPlanner::place).thenComparing(Comparator.naturalOrder()));
    return new WalPruning(Optional.of(firstNeeded), files, bytes, Optional.empty());
  }
}
