package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;

/**
 * What a restore did.
 *
 * @param members the chain, newest first; without an external base
 * @param startLsn ordinary WAL is replayed from here on
 * @param stopLsn where the restored cluster becomes consistent
 * @param blocks pages of relations that were written
 * @param files files that were written, relations' among them
 * @param bytes bytes of these
 */
public record RestoreReport(
    BackupId backup,
    List<BackupId> members,
    Path target,
    PgVersion version,
    long systemIdentifier,
    Lsn startLsn,
    Lsn stopLsn,
    TimelineId stopTimeline,
    long blocks,
    long files,
    long bytes,
    double seconds) {}
