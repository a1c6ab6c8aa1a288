package org.walfmt.replayer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;

/**
 * What a restore would do.
 *
 * @param members the chain, newest first; without an external base
 * @param base directory of the external base backup
 * @param startLsn ordinary WAL would be replayed from here on
 * @param stopLsn where the restored cluster would become consistent
 * @param blocks pages of relations that would be written
 * @param files files that would be written, relations' among them
 * @param bytes bytes of these
 * @param consistentSegments segments of ordinary WAL from start to stop
 * @param replayed ordinary WAL from start to where recovery stops; empty if the archive cannot be
 *     listed
 * @param targetLsn where recovery stops, as far as that is known
 * @param restoreCommand the server's
 * @param sample how fast the merge was, into nothing, here and now
 */
public record RestorePreview(
    List<Member> members,
    Optional<Path> base,
    Path target,
    PgVersion version,
    int segmentSize,
    Lsn startLsn,
    Lsn stopLsn,
    TimelineId stopTimeline,
    long blocks,
    long files,
    long bytes,
    long consistentSegments,
    Optional<Replay> replayed,
    Optional<Lsn> targetLsn,
    String restoreCommand,
    Sample sample) {
  /** A backup of the chain. */
  public record Member(BackupId id, boolean isFull, long segments) {}

  /**
   * Ordinary WAL that is in the archive without a gap.
   *
   * @param segments from that of the start on
   * @param end where it ends, or where recovery stops
   * @param isEnough whether it goes as far as recovery must; true if that is unknown
   */
  public record Replay(long segments, Lsn end, boolean isEnough) {}

  /** What was measured. */
  public record Sample(long bytes, double seconds) {
    /** Bytes per second. */
    public double rate() {
      return bytes / Math.max(seconds, 1e-6);
    }
  }

  /** Segments of series that would be fetched. */
  public long fetchedSegments() {
    return members.stream().mapToLong(Member::segments).sum();
  }

  /** How long the merge of all would take, at the rate of the sample. */
  public double estimatedSeconds() {
    return bytes / sample.rate();
  }
}
