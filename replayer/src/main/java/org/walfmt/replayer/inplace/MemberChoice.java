package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.series.BeginNote;
import org.walfmt.series.Histories;
import org.walfmt.series.Series;

/**
 * Which backups of a chain bring a data directory forward: the fewest of its newest members that
 * together have every page that changed since what the directory surely has. Rule: its redo LSN is
 * at or after the reference LSN of the oldest of them, and nothing in it is newer than the stop LSN
 * of the newest; both on the newest's history.
 *
 * <p>Why replay from the newest's start LSN makes such a mixture right, whatever the state of a
 * page in the directory:
 *
 * <ul>
 *   <li>It changed at or after the reference LSN and before the start LSN: the members have it, and
 *       the directory's is overwritten, be it older or newer.
 *   <li>It did not change in that range: the directory's has all that a restored one has, since all
 *       before the redo LSN is in its files, and the redo LSN is not before the reference LSN.
 *   <li>It changed at or after the start LSN, and in the directory too: then it is newer than a
 *       restored one, or torn. From the start LSN on the first record of each page has an image of
 *       it or makes it anew, because a backup forces full-page writes; both are applied whatever
 *       the page's LSN is. So replay takes the page back to that record and forward from there.
 *       Nobody sees it before: consistency comes at the stop LSN, which all of the directory lies
 *       before.
 *   <li>Its file was created, dropped, truncated, or dropped and created with the same number at or
 *       after the start LSN: the same records come again in replay. What the directory does not
 *       have of a file that the backup does is fetched from the whole chain, never made of zeros;
 *       what it has too much of is cut off and comes again.
 *   <li>The same before the start LSN: the newest inventory has the file or not; a fork that began
 *       anew since the reference LSN has all its blocks in the members, or a limit; visibility and
 *       free-space maps come whole from the newest, the former only with data checksums. The
 *       directory contributes only blocks below length and limit of every member, as any older
 *       backup would (rule MERGE-1).
 * </ul>
 */
final class MemberChoice {
  private final TargetPosition position;
  private final Histories histories;

  MemberChoice(TargetPosition position, Histories histories) {
    this.position = position;
    this.histories = histories;
  }

  /**
   * Follows a chain as far as it is needed.
   *
   * @param wholeAllowed whether a full backup may be among the members
   * @return newest first; empty if the directory has all of the newest backup
   * @throws RefusedException if the chain does not fit the directory
   */
  List<Series> choose(ChainWalk chain, boolean wholeAllowed) throws IOException {
    Series newest = chain.newest();
    checkCluster(newest);
    checkHistory(newest);
    if (!position.resumed() && !position.redo().isBefore(newest.begin().startLsn())) {
      return List.of();
    }
    List<Series> members = new ArrayList<>(List.of(newest));
    Series oldest = newest;
    while (oldest.begin().referenceLsn().isAfter(position.redo())) {
      Optional<Series> older = chain.older();
      if (older.isEmpty()) {
        throw tooOld(newest, "external base backup", oldest.begin().referenceLsn());
      }
      oldest = older.get();
      members.add(oldest);
    }
    if (oldest.begin().isFull() && !wholeAllowed) {
      throw tooOld(newest, "full backup " + oldest.id(), oldest.begin().startLsn());
    }
    if (!oldest.begin().isFull()) {
      require(
          history(newest)
              .includesUpTo(oldest.begin().referenceTimeline(), oldest.begin().referenceLsn()),
          "backup " + oldest.id() + " builds on a timeline that was abandoned",
          "its reference LSN "
              + oldest.begin().referenceLsn()
              + " on timeline "
              + oldest.begin().referenceTimeline()
              + " is not on the history of timeline "
              + newest.end().stopTimeline());
    }
    return members;
  }

  private void checkCluster(Series newest) throws RefusedException {
    BeginNote begin = newest.begin();
    String backup = "backup " + newest.id();
    require(
        position.systemIdentifier() == begin.systemIdentifier(),
        "the data directory and " + backup + " are of different clusters",
        "system identifiers "
            + Long.toUnsignedString(position.systemIdentifier())
            + " and "
            + Long.toUnsignedString(begin.systemIdentifier()));
    require(
        position.version() == begin.version(),
        "the data directory and " + backup + " are of different PostgreSQL versions",
        position.version() + " and " + begin.version());
    require(
        position.checksums() == begin.checksums(),
        "page checksums were switched between the data directory and " + backup,
        "they are " + onOff(position.checksums()) + " and " + onOff(begin.checksums()));
    require(
        position.segmentSize().equals(begin.segmentSize()),
        "the data directory and " + backup + " have different WAL segment sizes",
        position.segmentSize().bytes() + " and " + begin.segmentSize().bytes() + " bytes");
  }

  private static String onOff(boolean on) {
    return on ? "on" : "off";
  }

  private TimelineHistory history(Series newest) throws IOException {
    TimelineId timeline = newest.end().stopTimeline();
    boolean isAlone =
        timeline.equals(position.redoTimeline())
            && timeline.equals(position.reachedTimeline())
            && timeline.equals(newest.begin().startTimeline());
    return isAlone
        ? histories.find(timeline).orElse(TimelineHistory.of(timeline))
        : histories.require(timeline);
  }

  private void checkHistory(Series newest) throws IOException {
    TimelineHistory history = history(newest);
    for (boolean last : new boolean[] {false, true}) {
      Lsn lsn = last ? position.reached() : position.redo();
      TimelineId timeline = last ? position.reachedTimeline() : position.redoTimeline();
      require(
          history.includesUpTo(timeline, lsn),
          "the data directory is not on the history of backup " + newest.id(),
          "its position "
              + lsn
              + " on timeline "
              + timeline
              + " is not on the history of timeline "
              + newest.end().stopTimeline());
    }
    Lsn stop = newest.end().stopLsn();
    if (position.reached().isAfter(stop)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "the data directory is newer than backup " + newest.id(),
          "it has pages of up to " + position.reached() + "; the backup stops at " + stop,
          "Take a newer backup, and apply that.");
    }
  }

  private RefusedException tooOld(Series newest, String what, Lsn start) {
    return new RefusedException(
        Reason.MISMATCH,
        "the data directory is older than the chain of backup " + newest.id(),
        "its redo LSN is "
            + position.redo()
            + "; the chain begins with the "
            + what
            + ", which starts at "
            + start,
        "Restore into a new directory, or let --whole write all blocks of a full backup.");
  }

  private static void require(boolean holds, String fact, String detail) throws RefusedException {
    if (!holds) {
      throw new RefusedException(Reason.MISMATCH, fact, detail, "");
    }
  }
}
