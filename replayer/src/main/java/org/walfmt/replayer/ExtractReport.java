package org.walfmt.replayer;

import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.series.BackupId;

/**
 * What was extracted.
 *
 * @param members the series that were consulted, newest first
 * @param bytes of all files
 * @param damagedPages pages that are damaged in the backup, and that replay does not write anew
 * @param startLsn replay from here to {@code stopLsn} would make the contents consistent
 */
public record ExtractReport(
    BackupId backup,
    List<BackupId> members,
    long bytes,
    long damagedPages,
    Lsn startLsn,
    Lsn stopLsn) {}
