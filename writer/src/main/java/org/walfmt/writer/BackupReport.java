package org.walfmt.writer;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;
import org.walfmt.series.EndNote;
import org.walfmt.writer.scan.DamagedPage;

/**
 * What a backup did.
 *
 * @param parent what it builds on; empty for a full backup
 * @param segments segment files of the series
 * @param segmentBytes bytes in them
 * @param bytesRead bytes of relation forks and other files read
 * @param damaged pages taken although something is wrong with them, the first thousand
 * @param changeSource what told which blocks had changed; empty for a full backup
 * @param disagreements files and blocks of which change sources told different things, in an audit
 * @param checkpointTime until the server had begun the backup
 * @param scanTime until all relation forks were read and their blocks written
 * @param readTime until all files were read and written
 * @param walTime until the ordinary WAL was in the archive
 */
public record BackupReport(
    BackupId id,
    Optional<String> parent,
    Lsn startLsn,
    Lsn stopLsn,
    TimelineId timeline,
    EndNote totals,
    int segments,
    long segmentBytes,
    long bytesRead,
    List<DamagedPage> damaged,
    Optional<String> changeSource,
    long disagreements,
    Duration checkpointTime,
    Duration scanTime,
    Duration readTime,
    Duration walTime) {}
