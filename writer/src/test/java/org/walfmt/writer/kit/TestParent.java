package org.walfmt.writer.kit;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.series.Parent;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.scan.ForkKey;

/**
 * A parent that says what a test wants it to.
 *
 * @param forks blocks by {@code relation/fork}; others it does not have
 */
public record TestParent(
    Optional<Long> systemIdentifier,
    Optional<SegmentSize> segmentSize,
    Lsn startLsn,
    TimelineId startTimeline,
    Lsn stopLsn,
    TimelineId stopTimeline,
    Instant startTime,
    Optional<Boolean> checksums,
    Optional<Boolean> walLogHints,
    Map<String, String> identities,
    Map<String, Long> forks)
    implements ParentBackup {
  /** From 0/3000028 to 0/4000000 on timeline 1, of the cluster of {@link TestSeries}. */
  public static TestParent usual() {
    return on(1, "0/3000028", 1, "0/4000000");
  }

  public static TestParent on(long startTimeline, String start, long stopTimeline, String stop) {
    return new TestParent(
        Optional.of(TestSeries.SYSTEM),
        Optional.of(TestSeries.SEGMENTS),
        Lsn.parse(start),
        TimelineId.of(startTimeline),
        Lsn.parse(stop),
        TimelineId.of(stopTimeline),
        Instant.parse("2026-11-24T07:00:00Z"),
        Optional.of(true),
        Optional.of(false),
        Map.of(),
        Map.of());
  }

  public TestParent system(Optional<Long> identifier) {
    return with(identifier, segmentSize, checksums, identities, forks);
  }

  public TestParent segments(Optional<SegmentSize> size) {
    return with(systemIdentifier, size, checksums, identities, forks);
  }

  public TestParent checksums(Optional<Boolean> on) {
    return with(systemIdentifier, segmentSize, on, identities, forks);
  }

  public TestParent having(Map<String, Long> blocks) {
    return with(systemIdentifier, segmentSize, checksums, identities, blocks);
  }

  public TestParent knowing(Map<String, String> directories) {
    return with(systemIdentifier, segmentSize, checksums, directories, forks);
  }

  private TestParent with(
      Optional<Long> system,
      Optional<SegmentSize> size,
      Optional<Boolean> sums,
      Map<String, String> directories,
      Map<String, Long> blocks) {
    return new TestParent(
        system,
        size,
        startLsn,
        startTimeline,
        stopLsn,
        stopTimeline,
        startTime,
        sums,
        walLogHints,
        directories,
        blocks);
  }

  @Override
  public Parent note() {
    return new Parent.Manifest("0".repeat(64));
  }

  @Override
  public String description() {
    return "backup X";
  }

  @Override
  public boolean hasVisibilityMaps() {
    return forks.keySet().stream().anyMatch(fork -> fork.endsWith("/2"));
  }

  @Override
  public Forks openForks() {
    return new Forks() {
      @Override
      public long blocks(ForkKey fork) {
        return forks.getOrDefault(
            fork.locator().relation() + "/" + fork.fork().number(), Forks.NONE);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public KnownFiles openFiles() {
    throw new UnsupportedOperationException();
  }
}
