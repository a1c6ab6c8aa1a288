package org.walfmt.replayer;

import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.series.BackupId;
import org.walfmt.series.Parent;

/**
 * What was imported.
 *
 * @param backup the new one
 * @param parent empty for a full backup
 * @param segments of the series
 * @param walSegments segments of ordinary WAL that were put into the archive
 */
public record ImportReport(
    BackupId backup,
    Optional<Parent> parent,
    PgVersion version,
    Lsn startLsn,
    Lsn stopLsn,
    long blocks,
    long files,
    long damagedPages,
    long segments,
    long walSegments,
    double seconds) {}
