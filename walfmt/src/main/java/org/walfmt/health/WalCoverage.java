package org.walfmt.health;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.CommitFile;

/**
 * The ordinary WAL in an archive from a backup's start on.
 *
 * @param upTo end of the WAL that is there without a gap
 * @param segments how many these are
 * @param coversBackup whether they reach the backup's stop, so that it can be restored
 * @param gap what is missing next; empty if nothing is
 */
public record WalCoverage(Lsn upTo, long segments, boolean coversBackup, Optional<Gap> gap) {
  /**
   * Segments that are missing.
   *
   * @param last of those before the next that is there, or before the backup's stop
   */
  public record Gap(SegmentName first, SegmentName last) {
    /** How many. */
    public long segments() {
      return last.number() - first.number() + 1;
    }

    @Override
    public String toString() {
      return segments() == 1
          ? "segment " + first + " is missing"
          : "segments " + first + " to " + last + " are missing";
    }
  }

  /**
   * Looks for it.
   *
   * @param history that leads on from the backup
   * @param names of whole segments that are in the archive; others may be among them
   */
  public static WalCoverage of(
      CommitFile.Summary backup, TimelineHistory history, Set<String> names) {
    SegmentSize size = backup.segmentSize();
    TreeSet<Long> there = new TreeSet<>();
    for (String name : names) {
      SegmentName.parse(name, size)
          .filter(segment -> hasWal(history, segment))
          .ifPresent(segment -> there.add(segment.number()));
    }
    long start = size.segmentNumber(backup.startLsn());
    long end = start;
    while (there.contains(end)) {
      end++;
    }
    long stop = size.segmentNumberBefore(backup.stopLsn());
    boolean coversBackup = end > stop;
    Long next = there.higher(end);
    Optional<Gap> gap = Optional.empty();
    if (next != null || !coversBackup) {
      long last = next != null ? next - 1 : stop;
      gap = Optional.of(new Gap(name(history, end, size), name(history, last, size)));
    }
    return new WalCoverage(size.start(end), end - start, coversBackup, gap);
  }

  /** Whether the history leads through the segment on that very timeline. */
  private static boolean hasWal(TimelineHistory history, SegmentName segment) {
    return history.entries().stream()
        .filter(entry -> entry.timeline().equals(segment.timeline()))
        .anyMatch(
            entry ->
                segment.size().segmentNumber(entry.begin()) <= segment.number()
                    && (entry.end().isEmpty()
                        || segment.size().segmentNumber(entry.end().get()) >= segment.number()));
  }

  private static SegmentName name(TimelineHistory history, long number, SegmentSize size) {
    return new SegmentName(history.timelineAt(size.start(number + 1).plus(-1)), number, size);
  }
}
