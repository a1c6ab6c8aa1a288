package org.walfmt.writer.scan;

import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.image.ImageCompression;

/**
 * How relation forks are read and encoded.
 *
 * @param checksums whether pages have checksums
 * @param startLsn start of the backup: later pages are rewritten by replay
 * @param jobs threads that check and encode, beside the one that reads and the one that writes
 * @param maxBytesPerSecond limit for reading, 0 for none
 */
public record ScanSettings(
    PgVersion version,
    SegmentSize segmentSize,
    ImageCompression compression,
    boolean checksums,
    Lsn startLsn,
    int jobs,
    long maxBytesPerSecond) {}
