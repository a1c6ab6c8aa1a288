package org.walfmt.writer.changes;

import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.control.TimelineHistory;
import org.walfmt.writer.server.ServerFacts;

/** Refuses parents that an incremental of this server cannot build on (rule CHANGE-5). */
public final class ParentCheck {
  private static final String FULL = "Take a full backup instead.";

  private ParentCheck() {}

  /**
   * Before the backup begins.
   *
   * @param history of the server's timeline
   */
  public static void check(ParentBackup parent, ServerFacts server, TimelineHistory history)
      throws RefusedException {
    Optional<Long> system = parent.systemIdentifier();
    if (system.isPresent() && system.get() != server.systemIdentifier()) {
      throw refuse(
          parent,
          "is of another cluster",
          "its system identifier is "
              + Long.toUnsignedString(system.get())
              + ", the server's "
              + Long.toUnsignedString(server.systemIdentifier()));
    }
    checkHistory(parent, history);
    Optional<SegmentSize> size = parent.segmentSize();
    if (size.isPresent() && !size.get().equals(server.segmentSize())) {
      throw refuse(
          parent,
          "was taken before pg_resetwal was run",
          "WAL segments had "
              + size.get().bytes()
              + " bytes, now they have "
              + server.segmentSize().bytes());
    }
    Optional<Boolean> checksums = parent.checksums();
    if (checksums.isPresent() && checksums.get() != server.checksums()) {
      throw refuse(
          parent,
          "was taken with data checksums " + (checksums.get() ? "on" : "off"),
          "they are " + (server.checksums() ? "on" : "off") + " now");
    }
  }

  /** The parent's whole range of WAL must be part of the server's history. */
  public static void checkHistory(ParentBackup parent, TimelineHistory history)
      throws RefusedException {
    if (!history.includes(parent.startTimeline(), parent.startLsn())
        || !history.includesUpTo(parent.stopTimeline(), parent.stopLsn())) {
      throw refuse(
          parent,
          "is not on the server's history",
          "it runs from "
              + parent.startLsn()
              + " on timeline "
              + parent.startTimeline()
              + " to "
              + parent.stopLsn()
              + " on timeline "
              + parent.stopTimeline()
              + ", the server is on timeline "
              + history.timeline());
    }
  }

  /** After the backup was started: it must not begin before its parent did. */
  public static void checkStart(ParentBackup parent, Lsn startLsn) throws RefusedException {
    if (startLsn.isBefore(parent.startLsn())) {
      throw refuse(
          parent,
          "starts after this backup",
          "it starts at " + parent.startLsn() + ", this backup at " + startLsn);
    }
  }

  /**
   * After the backup was stopped: it must not end before its parent did, or pages of the parent
   * would be of a later time than the restored cluster.
   *
   * @param stopLsn where this backup counts as consistent
   */
  public static void checkStop(ParentBackup parent, Lsn stopLsn) throws RefusedException {
    if (stopLsn.isBefore(parent.stopLsn())) {
      throw refuse(
          parent,
          "stops after this backup",
          "it stops at " + parent.stopLsn() + ", this backup at " + stopLsn);
    }
  }

  private static RefusedException refuse(ParentBackup parent, String fact, String detail) {
    return new RefusedException(Reason.MISMATCH, parent.description() + " " + fact, detail, FULL);
  }
}
