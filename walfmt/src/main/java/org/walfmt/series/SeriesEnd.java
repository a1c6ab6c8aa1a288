package org.walfmt.series;

import org.walfmt.Lsn;

/**
 * How a series ended, for its commit.
 *
 * @param indexLsn the first index note
 * @param endLsn the end note
 * @param lastSegment number of the series' last segment
 */
public record SeriesEnd(EndNote note, Lsn indexLsn, Lsn endLsn, long lastSegment) {}
