package org.walfmt.replayer;

import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.series.BackupId;
import org.walfmt.series.EndNote;

/**
 * What a merge of backups into one did.
 *
 * @param backup the new one
 * @param replaced those that it stands for: the merged ones, newest first, and what these stood for
 * @param referenceLsn where its changes begin; 0/0 if it is full
 * @param segments segment files of the new series
 * @param segmentBytes bytes in them
 * @param replacedBytes bytes in the segments of the merged ones
 */
public record MergeReport(
    BackupId backup,
    List<BackupId> replaced,
    Lsn referenceLsn,
    Lsn startLsn,
    Lsn stopLsn,
    EndNote totals,
    long segments,
    long segmentBytes,
    long replacedBytes,
    double seconds) {
  /** Whether the new backup is full. */
  public boolean isFull() {
    return !referenceLsn.isValid();
  }
}
