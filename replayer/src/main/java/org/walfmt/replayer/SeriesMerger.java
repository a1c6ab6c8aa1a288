package org.walfmt.replayer;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.consolidate.SeriesSink;
import org.walfmt.replayer.merge.Merge;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.FailedSeries;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCommit;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/**
 * Merges a chain, or members of one that follow each other, into one new backup, which stands for
 * all of them. Every byte of the merged ones is read and checked on the way; the commit comes last,
 * and what was put into the archive is taken out again if anything fails before.
 */
public final class SeriesMerger {
  private static final String CHANGE_SOURCE = "merge";

  private final Archive archive;
  private final String nonce;
  private final String host;
  private final Clock clock;
  private final Monitor monitor;

  /**
   * A merge within {@code archive}.
   *
   * @param nonce 128 random bits in hex
   * @param host name of this host, for the claim on a series timeline
   * @param clock tells the new series' timeline
   */
  public SeriesMerger(Archive archive, String nonce, String host, Clock clock, Monitor monitor) {
    this.archive = archive;
    this.nonce = nonce;
    this.host = host;
    this.clock = clock;
    this.monitor = monitor;
  }

  /**
   * Merges.
   *
   * @param from the oldest to merge; empty for the beginning of the chain
   * @param to the newest
   * @param compression of page images; empty for that of the newest
   * @param toolVersion for the begin note
   * @throws RefusedException if there are no two backups that follow each other
   * @throws org.walfmt.WalFormatException if one is damaged
   */
  public MergeReport merge(
      Optional<String> from, String to, Optional<ImageCompression> compression, String toolVersion)
      throws IOException {
    long began = System.nanoTime();
    RunLock.removeDeadRuns(archive, host).forEach(monitor::info);
    List<Series> chain = RestorePlan.part(archive, from, to, monitor);
    if (chain.size() < 2) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "backup " + chain.get(0).id() + " alone is nothing to merge",
          "",
          "Name an older backup of its chain with --from, or a newer one with --to.");
    }
    BeginNote begin = begin(chain, compression, toolVersion);
    String tag = nonce.substring(0, RunLock.TAG_LENGTH);
    TimelineId wanted = TimelineId.ofSeriesAt(clock.instant());
    String newest = chain.get(0).id().text();
    try (RunLock lock = RunLock.claim(archive, wanted, host, tag, Optional.of(newest))) {
      SegmentUploader uploader = new SegmentUploader(archive, lock.timeline(), begin.segmentSize());
      SeriesCommit commit = new SeriesCommit(archive);
      try {
        CommitFile file = write(chain, begin, uploader, lock.timeline());
        commit.publish(file, uploader.names());
        return report(chain, file, uploader.names().size(), began);
      } catch (Throwable e) {
        FailedSeries.takeBack(archive, commit, uploader, lock, monitor, e);
        throw e;
      }
    }
  }

  private CommitFile write(
      List<Series> chain, BeginNote begin, SegmentUploader uploader, TimelineId timeline)
      throws IOException {
    Lsn first = begin.isFull() ? begin.startLsn() : begin.referenceLsn();
    long firstSegment = begin.segmentSize().segmentNumber(first);
    SeriesWriter out = new SeriesWriter(begin, firstSegment, uploader);
    ImageCompression compression =
        ImageCompression.valueOf(begin.compression().toUpperCase(Locale.ROOT));
    monitor.phase("merging", bytes(chain));
    SeriesEnd end;
    try (SeriesSink sink = new SeriesSink(chain.get(0), out, compression, monitor)) {
      try (Merge merge =
          begin.isFull()
              ? Merge.open(chain, Optional.empty(), sink)
              : Merge.openPart(chain, sink)) {
        merge.run();
      }
      end = sink.finish();
    }
    uploader.finish();
    return new CommitFile(
        BackupId.of(new SegmentName(timeline, firstSegment, begin.segmentSize())),
        begin,
        end.note(),
        new SegmentName(timeline, end.lastSegment(), begin.segmentSize()),
        end.indexLsn(),
        end.endLsn(),
        replaced(chain));
  }

  /** The newest's state, on top of what the oldest builds on. */
  private BeginNote begin(
      List<Series> chain, Optional<ImageCompression> compression, String toolVersion) {
    BeginNote newest = chain.get(0).begin();
    BeginNote oldest = chain.get(chain.size() - 1).begin();
    return new BeginNote(
        nonce,
        newest.version(),
        newest.segmentSize(),
        newest.systemIdentifier(),
        oldest.parent(),
        oldest.referenceLsn(),
        oldest.isFull() ? newest.startTimeline() : oldest.referenceTimeline(),
        newest.startLsn(),
        newest.startTimeline(),
        newest.checkpointLsn(),
        newest.label(),
        newest.serverVersion(),
        newest.checksums(),
        newest.walLogHints(),
        newest.fromStandby(),
        compression.map(ImageCompression::toString).orElse(newest.compression()),
        CHANGE_SOURCE,
        toolVersion,
        newest.startTime());
  }

  /** A backup that builds on one of these finds this one instead, whichever is gone by then. */
  private static List<BackupId> replaced(List<Series> chain) {
    Set<BackupId> ids = new LinkedHashSet<>();
    for (Series series : chain) {
      ids.add(series.id());
      ids.addAll(series.commit().replaces());
    }
    return new ArrayList<>(ids);
  }

  private static long bytes(List<Series> chain) {
    long bytes = 0;
    for (Series series : chain) {
      bytes += series.end().blocks() * 8192 + series.end().fileBytes();
    }
    return bytes;
  }

  private MergeReport report(List<Series> chain, CommitFile file, int segments, long began) {
    long segmentBytes = file.begin().segmentSize().bytes();
    long replacedSegments = 0;
    for (Series series : chain) {
      replacedSegments += series.commit().segments();
    }
    return new MergeReport(
        file.id(),
        file.replaces(),
        file.begin().referenceLsn(),
        file.begin().startLsn(),
        file.end().stopLsn(),
        file.end(),
        segments,
        segments * segmentBytes,
        replacedSegments * segmentBytes,
        (System.nanoTime() - began) / 1e9);
  }
}
