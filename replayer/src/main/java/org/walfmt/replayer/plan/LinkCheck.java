package org.walfmt.replayer.plan;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.BeginNote;
import org.walfmt.series.Histories;
import org.walfmt.series.Series;

/** Checks what must hold within a backup, and between it and what it builds on. */
final class LinkCheck {
  private final Histories histories;

  LinkCheck(Histories histories) {
    this.histories = histories;
  }

  /**
   * What an incremental builds on, a series or an external base backup.
   *
   * @param systemIdentifier empty if unknown
   */
  record Older(
      String description,
      Optional<Long> systemIdentifier,
      PgVersion version,
      SegmentSize segmentSize,
      boolean checksums,
      Lsn startLsn,
      TimelineId startTimeline,
      Lsn stopLsn,
      TimelineId stopTimeline) {
    static Older of(Series series) {
      BeginNote begin = series.begin();
      return new Older(
          "backup " + series.id(),
          Optional.of(begin.systemIdentifier()),
          begin.version(),
          begin.segmentSize(),
          begin.checksums(),
          begin.startLsn(),
          begin.startTimeline(),
          series.end().stopLsn(),
          series.end().stopTimeline());
    }
  }

  /** That a series' own notes and labels agree with each other. */
  void checkAlone(Series series) throws IOException {
    BeginNote begin = series.begin();
    Lsn stop = series.end().stopLsn();
    if (stop.isBefore(begin.startLsn())) {
      throw new CorruptWalException(
          "backup " + series.id() + " stops at " + stop + ", before its start " + begin.startLsn());
    }
    if (begin.startLsn().isBefore(begin.referenceLsn())) {
      throw new CorruptWalException(
          "backup "
              + series.id()
              + " starts at "
              + begin.startLsn()
              + ", before its reference LSN "
              + begin.referenceLsn());
    }
    BackupLabel label = BackupLabel.parse(series.label().backupLabel());
    if (!label.startLsn().equals(begin.startLsn())
        || !label.startTimeline().equals(begin.startTimeline())
        || label.incrementalFrom().isPresent()) {
      throw new CorruptWalException(
          "backup "
              + series.id()
              + " has a backup_label with start "
              + label.startLsn()
              + " on timeline "
              + label.startTimeline()
              + ", expected "
              + begin.startLsn()
              + " on timeline "
              + begin.startTimeline());
    }
    TimelineId stopTimeline = series.end().stopTimeline();
    if (!begin.startTimeline().equals(stopTimeline)
        && !histories.require(stopTimeline).includes(begin.startTimeline(), begin.startLsn())) {
      throw abandoned("backup " + series.id(), begin.startLsn(), begin.startTimeline(), series);
    }
  }

  /** That {@code child} may be put on top of {@code older}. */
  void checkLink(Series child, Older older) throws IOException {
    BeginNote begin = child.begin();
    String name = "backup " + child.id();
    if (older.systemIdentifier().isPresent()
        && older.systemIdentifier().get() != begin.systemIdentifier()) {
      throw mismatch(
          older.description() + " and " + name + " are of different clusters",
          "system identifiers "
              + Long.toUnsignedString(older.systemIdentifier().get())
              + " and "
              + Long.toUnsignedString(begin.systemIdentifier()));
    }
    if (older.version() != begin.version()) {
      throw mismatch(
          older.description() + " and " + name + " are of different PostgreSQL versions",
          older.version() + " and " + begin.version());
    }
    if (!older.segmentSize().equals(begin.segmentSize())) {
      throw mismatch(
          older.description() + " and " + name + " have different WAL segment sizes",
          older.segmentSize().bytes() + " and " + begin.segmentSize().bytes() + " bytes");
    }
    if (older.checksums() != begin.checksums()) {
      throw mismatch(
          "page checksums were switched between " + older.description() + " and " + name,
          "no incremental can build on what was before");
    }
    if (!begin.referenceLsn().equals(older.startLsn())
        || !begin.referenceTimeline().equals(older.startTimeline())) {
      throw mismatch(
          older.description() + " is not what " + name + " builds on",
          "it starts at "
              + older.startLsn()
              + " on timeline "
              + older.startTimeline()
              + ", expected "
              + begin.referenceLsn()
              + " on timeline "
              + begin.referenceTimeline());
    }
    if (older.stopLsn().isAfter(child.end().stopLsn())) {
      throw mismatch(
          older.description() + " stops after " + name + ", which builds on it",
          "at " + older.stopLsn() + " and " + child.end().stopLsn());
    }
    checkHistory(child, older);
  }

  private void checkHistory(Series child, Older older) throws IOException {
    TimelineId newest = child.end().stopTimeline();
    if (older.startTimeline().equals(newest) && older.stopTimeline().equals(newest)) {
      return;
    }
    TimelineHistory history = histories.require(newest);
    if (!history.includes(older.startTimeline(), older.startLsn())) {
      throw abandoned(older.description(), older.startLsn(), older.startTimeline(), child);
    }
    if (!history.includesUpTo(older.stopTimeline(), older.stopLsn())) {
      throw abandoned(older.description(), older.stopLsn(), older.stopTimeline(), child);
    }
  }

  private static RefusedException abandoned(
      String what, Lsn lsn, TimelineId timeline, Series child) {
    return mismatch(
        what + " lies on a timeline that was abandoned",
        "its position "
            + lsn
            + " on timeline "
            + timeline
            + " is not in the history of timeline "
            + child.end().stopTimeline()
            + ", on which backup "
            + child.id()
            + " stopped");
  }

  private static RefusedException mismatch(String fact, String detail) {
    return new RefusedException(Reason.MISMATCH, fact, detail, "");
  }
}
