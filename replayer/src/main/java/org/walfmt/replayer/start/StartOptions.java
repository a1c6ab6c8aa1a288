package org.walfmt.replayer.start;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a restored server is started.
 *
 * @param data its directory
 * @param programs directory of the server's programs
 * @param log where what it prints goes
 * @param serverOptions words for its command line, as for {@code pg_ctl -o}
 * @param patience how long to wait; empty for as long as it takes
 */
public record StartOptions(
    Path data,
    Path programs,
    Path log,
    Optional<String> serverOptions,
    StartGoal goal,
    Optional<Duration> patience) {}
