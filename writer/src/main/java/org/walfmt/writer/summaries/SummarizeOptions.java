package org.walfmt.writer.summaries;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * What to sum up, and where to.
 *
 * @param directory of the summaries; must exist
 * @param sources directories of WAL; of a segment that several have, the first one's is read
 * @param start where to begin: the first record at or after it; if empty, where the summaries that
 *     are there end, or with the oldest WAL
 * @param end where to end: before the first record at or after it; if empty, where the WAL ends
 * @param timeline whose history to go along; if empty, the newest one's
 * @param follow whether to wait for more WAL, and to go on with newer timelines
 * @param jobs pieces of WAL decoded side by side
 */
public record SummarizeOptions(
    Path directory,
    List<Path> sources,
    Optional<Lsn> start,
    Optional<Lsn> end,
    Optional<TimelineId> timeline,
    boolean follow,
    int jobs) {
  public SummarizeOptions {
    sources = List.copyOf(sources);
  }
}
