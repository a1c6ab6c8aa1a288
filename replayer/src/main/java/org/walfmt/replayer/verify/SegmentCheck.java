package org.walfmt.replayer.verify;

import java.io.IOException;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.CommitFile;
import org.walfmt.series.SeriesCursor;
import org.walfmt.series.SeriesSegments;

/**
 * Walks over the segments of a series one by one, each from its first record on, so that damage in
 * one does not hide that in the next.
 */
public final class SegmentCheck {
  private static final int BUFFER_SIZE = 256 << 10;

  private final CommitFile.Summary commit;
  private final Findings findings;
  private final SeriesSegments segments;
  private final StreamIdentity identity;

  /** A check of the series that {@code commit} names. */
  public SegmentCheck(Archive archive, CommitFile.Summary commit, Findings findings) {
    this.commit = commit;
    this.findings = findings;
    this.segments =
        new SeriesSegments(archive, commit.firstSegment(), commit.lastSegment().number());
    this.identity =
        new StreamIdentity(commit.version(), commit.segmentSize(), commit.systemIdentifier());
  }

  /** Walks over all segments; what breaks a walk is a finding. */
  public void run() throws IOException {
    SegmentName segment = commit.firstSegment();
    while (segment.number() <= commit.lastSegment().number() && !findings.isFull()) {
      try {
        walk(segment);
      } catch (WalFormatException e) {
        findings.add(commit.id(), e);
      }
      segment = segment.next();
    }
  }

  private void walk(SegmentName segment) throws IOException {
    Lsn end = segment.next().start();
    try (SeriesCursor cursor = new SeriesCursor(segments, identity, segment.start(), BUFFER_SIZE)) {
      boolean more = cursor.next();
      while (more && cursor.lsn().isBefore(end)) {
        more = cursor.next();
      }
    }
  }
}
