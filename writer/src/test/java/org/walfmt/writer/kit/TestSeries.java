package org.walfmt.writer.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.archive.PendingFile;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.record.BlockReference;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.LabelNote;
import org.walfmt.series.Parent;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.RecordKind;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesCursor;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/** A series in an archive directory: what a part of the writer wrote into it is read back. */
public final class TestSeries {
  public static final SegmentSize SEGMENTS = new SegmentSize(1 << 20);
  public static final long SYSTEM = 7_000_000_000_000_000_001L;
  private static final TimelineId FIRST = new TimelineId(0x8CF0_1234);

  private final DirectoryArchive archive;
  private final SegmentUploader uploader;
  private final BeginNote begin;
  private final TimelineId seriesTimeline;
  private final long firstSegment;
  private final SeriesWriter writer;

  private TestSeries(Path directory, int number, BeginNote begin) throws IOException {
    this.archive = new DirectoryArchive(Files.createDirectories(directory), "test" + number);
    this.begin = begin;
    this.seriesTimeline = new TimelineId(FIRST.bits() + number);
    this.uploader = new SegmentUploader(archive, seriesTimeline, SEGMENTS);
    this.firstSegment =
        SEGMENTS.segmentNumber(begin.isFull() ? begin.startLsn() : begin.referenceLsn());
    this.writer = new SeriesWriter(begin, firstSegment, uploader);
  }

  /** A full backup that started at {@code start} on timeline 1. */
  public static TestSeries full(Path directory, int number, String start) throws IOException {
    return new TestSeries(directory, number, begin(number, start, 1, Optional.empty()));
  }

  /** A full backup on another timeline. */
  public static TestSeries full(Path directory, int number, String start, long timeline)
      throws IOException {
    return new TestSeries(directory, number, begin(number, start, timeline, Optional.empty()));
  }

  /** An incremental of {@code parent}. */
  public static TestSeries incremental(Path directory, int number, String start, Series parent)
      throws IOException {
    return new TestSeries(directory, number, begin(number, start, 1, Optional.of(parent)));
  }

  private static BeginNote begin(int number, String start, long tli, Optional<Series> parent) {
    Lsn lsn = Lsn.parse(start);
    return new BeginNote(
        String.format("%032x", number),
        PgVersion.V15,
        SEGMENTS,
        SYSTEM,
        parent.map(series -> new Parent.Series(series.id(), series.begin().nonce())),
        parent.map(series -> series.begin().startLsn()).orElse(Lsn.INVALID),
        parent.map(series -> series.begin().startTimeline()).orElse(TimelineId.of(tli)),
        lsn,
        TimelineId.of(tli),
        lsn.plus(0x38),
        "test",
        "15.13",
        true,
        false,
        false,
        "none",
        parent.isPresent() ? "scan" : "all",
        "test",
        Instant.parse("2026-11-24T07:00:00Z"));
  }

  public SeriesWriter writer() {
    return writer;
  }

  public DirectoryArchive archive() {
    return archive;
  }

  /** Ends the series, stops at {@code stop}, commits, and opens what is in the archive then. */
  public Series finish(String stop) throws IOException {
    String label =
        "START WAL LOCATION: %s (file %s)\nCHECKPOINT LOCATION: %s\nBACKUP METHOD: streamed\n"
                .formatted(
                    begin.startLsn(),
                    SegmentName.of(begin.startTimeline(), begin.startLsn(), SEGMENTS),
                    begin.checkpointLsn())
            + "BACKUP FROM: primary\nSTART TIME: 2026-11-24 07:00:00 UTC\nLABEL: test\n"
            + "START TIMELINE: %s\n".formatted(begin.startTimeline());
    writer.label(new LabelNote(label, ""));
    SeriesEnd end =
        writer.end(
            Lsn.parse(stop), begin.startTimeline(), Instant.parse("2026-11-24T07:01:00Z"), 0);
    uploader.finish();
    CommitFile commit =
        new CommitFile(
            BackupId.of(new SegmentName(seriesTimeline, firstSegment, SEGMENTS)),
            begin,
            end.note(),
            new SegmentName(seriesTimeline, end.lastSegment(), SEGMENTS),
            end.indexLsn(),
            end.endLsn(),
            List.of());
    byte[] bytes = commit.encode();
    try (PendingFile file = archive.create(commit.id().commitName(), true)) {
      file.write(ByteBuffer.wrap(bytes));
      file.publish();
    }
    return Series.open(archive, CommitFile.decode(commit.id(), bytes));
  }

  /** Takes a page of a series; the buffer is used again. */
  public interface PageConsumer {
    void accept(String name, ByteBuffer page) throws IOException;
  }

  /** The pages of a series by {@code relation/fork/block}, in order. */
  public static Map<String, ByteBuffer> pages(Series series) throws IOException {
    Map<String, ByteBuffer> pages = new LinkedHashMap<>();
    eachPage(
        series,
        (name, page) ->
            pages.put(
                name,
                ByteBuffer.allocate(Pages.SIZE)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(0, page, 0, Pages.SIZE)));
    return pages;
  }

  /** The same, one at a time. */
  public static void eachPage(Series series, PageConsumer consumer) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (SeriesCursor cursor = series.openStart()) {
      while (cursor.next()) {
        if (cursor.kind() == RecordKind.BLOCK) {
          BlockReference block = cursor.block();
          cursor.restorePage(page, 0);
          consumer.accept(block.relation() + "/" + block.fork() + "/" + block.number(), page);
        }
      }
    }
  }

  public static List<ForkEntry> forks(Series series) throws IOException {
    List<ForkEntry> forks = new ArrayList<>();
    try (ForkInventory inventory = new ForkInventory(series)) {
      for (ForkEntry fork = inventory.next(); fork != null; fork = inventory.next()) {
        forks.add(fork);
      }
    }
    return forks;
  }

  public static List<PathEntry> paths(Series series) throws IOException {
    List<PathEntry> paths = new ArrayList<>();
    try (PathInventory inventory = new PathInventory(series)) {
      for (PathEntry path = inventory.next(); path != null; path = inventory.next()) {
        paths.add(path);
      }
    }
    return paths;
  }
}
