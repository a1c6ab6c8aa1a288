package org.walfmt.writer.summaries;

import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;

/**
 * What a run summed up.
 *
 * @param timeline whose history it went along; empty if no WAL has arrived
 * @param start where it began; empty if it has found no record
 * @param end up to where the WAL is summed up now; the same as the start if nothing was new
 * @param bytes of WAL that were summed up
 * @param files written, those among them that were replaced by longer ones
 */
public record SummarizeReport(
    Optional<TimelineId> timeline, Optional<Lsn> start, Optional<Lsn> end, long bytes, long files) {
  static final SummarizeReport NOTHING =
      new SummarizeReport(Optional.empty(), Optional.empty(), Optional.empty(), 0, 0);
}
