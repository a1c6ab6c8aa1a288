package org.walfmt.manifest;

import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * WAL of one timeline that a backup needs to become consistent.
 *
 * @param end where the range ends, exclusive
 */
public record WalRange(TimelineId timeline, Lsn start, Lsn end) {}
