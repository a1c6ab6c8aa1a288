package org.walfmt.replayer;

import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.control.BackupLabel;
import org.walfmt.series.BackupId;

/**
 * What was exported.
 *
 * @param from what an incremental builds on; empty for a full backup
 * @param blocks of relations
 * @param incrementalFiles files that hold only some of their blocks
 */
public record ExportReport(
    BackupId backup,
    PgVersion version,
    Optional<BackupLabel.IncrementalFrom> from,
    Lsn startLsn,
    Lsn stopLsn,
    long blocks,
    long files,
    long incrementalFiles,
    double seconds) {}
