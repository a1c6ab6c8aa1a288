package org.walfmt.segment;

import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;

/**
 * What every page of a stream of WAL has in common.
 *
 * @param version tells magic number and flag bits
 * @param segmentSize bytes per segment file
 * @param systemIdentifier of the cluster, unsigned
 */
public record StreamIdentity(PgVersion version, SegmentSize segmentSize, long systemIdentifier) {}
