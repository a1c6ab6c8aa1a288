package org.walfmt.replayer.start;

import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * What became of a restored server.
 *
 * @param reached what it did in the end
 * @param certain false if only a connection could have told more, and none could be had
 * @param server empty if it does not run any more
 * @param lastLsn up to where WAL was replayed
 * @param lastTime of the transaction replayed last
 * @param stop the server's own words about where its recovery stopped
 */
public record StartReport(
    StartGoal reached,
    boolean certain,
    Optional<PidFile> server,
    Optional<Lsn> lastLsn,
    TimelineId timeline,
    Optional<String> lastTime,
    Optional<String> stop,
    Path log,
    double seconds) {}
