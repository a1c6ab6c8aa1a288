package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;

/**
 * What was applied, or would be.
 *
 * @param members the backups whose blocks were written, newest first; empty if the directory had
 *     all of it before
 * @param fromLsn redo LSN of the directory before
 * @param startLsn ordinary WAL is replayed from here on
 * @param stopLsn where the directory becomes consistent
 * @param blocks pages of relations that differed and were written
 * @param files files that were changed or made
 * @param bytes bytes that were written
 * @param removed files, directories and links that were removed
 * @param fetched forks and files that older backups had to give whole
 * @param resumed whether an earlier run was taken up
 * @param dryRun whether nothing was done
 */
public record ApplyReport(
    BackupId backup,
    List<BackupId> members,
    Path target,
    PgVersion version,
    Lsn fromLsn,
    Lsn startLsn,
    Lsn stopLsn,
    TimelineId stopTimeline,
    long blocks,
    long files,
    long bytes,
    long removed,
    long fetched,
    boolean resumed,
    boolean dryRun,
    double seconds) {}
