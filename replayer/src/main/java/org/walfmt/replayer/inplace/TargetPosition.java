package org.walfmt.replayer.inplace;

import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;

/**
 * What a data directory is, and where in its cluster's life.
 *
 * @param redo every change before it is in the files: redo LSN of the last restartpoint, or start
 *     LSN of a backup that was restored and never started
 * @param reached no page has a change after it: minRecoveryPoint, or stop LSN of that backup
 * @param resumed whether an earlier run has begun to change the directory
 */
public record TargetPosition(
    PgVersion version,
    long systemIdentifier,
    boolean checksums,
    SegmentSize segmentSize,
    Lsn redo,
    TimelineId redoTimeline,
    Lsn reached,
    TimelineId reachedTimeline,
    boolean resumed) {
  /** The same directory, when pages of a backup with this stop LSN may have come into it. */
  TargetPosition reaching(Lsn stop, TimelineId timeline) {
    return stop.isAfter(reached)
        ? new TargetPosition(
            version,
            systemIdentifier,
            checksums,
            segmentSize,
            redo,
            redoTimeline,
            stop,
            timeline,
            resumed)
        : this;
  }
}
