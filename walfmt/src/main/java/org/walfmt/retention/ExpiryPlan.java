package org.walfmt.retention;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * What is to go from an archive.
 *
 * @param leftOver segments without a commit, which go first
 * @param removals backups, in the order in which they go
 * @param kept what stays, oldest first, and why
 * @param wal ordinary WAL, which goes last; empty if it was not asked for
 * @param commits all backups whose commits were there when this was planned
 */
public record ExpiryPlan(
    List<LeftOver> leftOver,
    List<Removal> removals,
    Map<BackupId, String> kept,
    Optional<WalPruning> wal,
    Set<BackupId> commits) {
  /**
   * A backup that goes.
   *
   * @param segments names of its segments that are there, the last first
   * @param bytes of its segments
   * @param reason why it goes
   */
  public record Removal(
      CommitFile.Summary commit, List<String> segments, long bytes, String reason) {
    /** Its name. */
    public BackupId id() {
      return commit.id();
    }

    /** All of its files, in the order in which they go: the commit first. */
    public List<String> files() {
      return Stream.concat(Stream.of(id().commitName()), segments.stream()).toList();
    }
  }

  /**
   * What a backup that did not come to its end, or one whose removal did not, has left.
   *
   * @param segments names, the last first
   * @param bytes of them
   */
  public record LeftOver(TimelineId timeline, List<String> segments, long bytes) {}

  /**
   * Ordinary WAL that no backup needs.
   *
   * @param firstKept log id and segment, 16 digits, of the first segment that is needed
   * @param files names, the oldest first
   * @param bytes of the segments among them
   * @param obstacle why nothing goes, although it was asked for
   */
  public record WalPruning(
      Optional<String> firstKept, List<String> files, long bytes, Optional<String> obstacle) {}

  /** Number of files that go. */
  public long files() {
    return leftOver.stream().mapToLong(each -> each.segments().size()).sum()
        + removals.stream().mapToLong(each -> each.files().size()).sum()
        + wal.map(each -> (long) each.files().size()).orElse(0L);
  }

  /** Bytes of the segments among them. */
  public long bytes() {
    return leftOver.stream().mapToLong(LeftOver::bytes).sum()
        + removals.stream().mapToLong(Removal::bytes).sum()
        + wal.map(WalPruning::bytes).orElse(0L);
  }
}
