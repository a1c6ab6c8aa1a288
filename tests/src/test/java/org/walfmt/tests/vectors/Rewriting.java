package org.walfmt.tests.vectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.image.ImageCompression;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.record.BlockReference;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;
import org.walfmt.segment.WalReader;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.EndNote;
import org.walfmt.series.SeriesCursor;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/** Writes a series anew from what was read of it. */
final class Rewriting {
  private static final int PAGE_SIZE = 8192;
  private static final int KEEP = 1 << 20;
  private static final int RMGR_XLOG = 0;
  private static final int XLOG_SWITCH = 0x40;

  private Rewriting() {}

  /** The same records, laid on pages and segments again. */
  static Map<String, ByteBuffer> ofRecords(Map<String, ByteBuffer> segments) throws IOException {
    StreamIdentity identity = VectorFile.identity(segments);
    SegmentName first = MemorySegments.first(identity.segmentSize(), segments);
    TimelineId timeline = new TimelineId(XLogPageHeader.timelineBits(firstPage(segments), 0));
    MemorySegments sink = new MemorySegments(identity.segmentSize(), first.timeline());
    WalEncoder encoder = new WalEncoder(identity, timeline, first.number(), sink);
    ByteBuffer record = ByteBuffer.allocate(KEEP).order(ByteOrder.LITTLE_ENDIAN);
    try (WalReader reader =
        new WalReader(
            new MemorySegments(identity.segmentSize(), segments),
            identity,
            first.start(),
            true,
            KEEP)) {
      while (reader.next() && !(reader.rmid() == RMGR_XLOG && reader.info() == XLOG_SWITCH)) {
        record.put(0, reader.buffer(), reader.offset(), reader.totalLength());
        encoder.append(record, 0, reader.totalLength());
      }
    }
    encoder.finish();
    return sorted(sink.segments());
  }

  private static ByteBuffer firstPage(Map<String, ByteBuffer> segments) {
    return segments.values().iterator().next();
  }

  private static Map<String, ByteBuffer> sorted(Map<String, ByteBuffer> segments) {
    return new TreeMap<>(segments);
  }

  /** A series and its commit from the values that its records stand for. */
  static final class OfValues {
    private final Map<String, ByteBuffer> segments;
    private final StreamIdentity identity;
    private final SegmentName first;
    private final MemorySegments sink;
    private final ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer chunk = ByteBuffer.allocate(KEEP);
    private final ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable BeginNote begin;
    private @Nullable SeriesWriter writer;
    private @Nullable BlockRecordEncoder encoder;
    private byte[] commit = new byte[0];

    OfValues(Map<String, ByteBuffer> segments) {
      this.segments = segments;
      this.identity = VectorFile.identity(segments);
      this.first = MemorySegments.first(identity.segmentSize(), segments);
      this.sink = new MemorySegments(identity.segmentSize(), first.timeline());
    }

    OfValues run() throws IOException {
      MemorySegments source = new MemorySegments(identity.segmentSize(), segments);
      try (SeriesCursor cursor = new SeriesCursor(source, identity, first.start())) {
        while (cursor.next()) {
          rewrite(cursor);
        }
      }
      return this;
    }

    private void rewrite(SeriesCursor cursor) throws IOException {
      switch (cursor.kind()) {
        case BEGIN -> begin(cursor);
        case BLOCK -> block(cursor);
        case FILE -> writer().startFile(cursor.filePath());
        case CHUNK -> {
          cursor.copyPayload(chunk.clear());
          writer().fileBytes(chunk.flip());
        }
        case FORKS -> {
          for (var fork : cursor.forks()) {
            writer().fork(fork);
          }
        }
        case PATHS -> {
          for (var path : cursor.paths()) {
            writer().path(path);
          }
        }
        case LABEL -> writer().label(cursor.label());
        case END -> end(cursor.end());
        case INDEX, NOOP, SWITCH -> {}
      }
    }

    private void begin(SeriesCursor cursor) throws IOException {
      BeginNote note = cursor.begin();
      begin = note;
      writer = new SeriesWriter(note, first.number(), sink);
      encoder =
          new BlockRecordEncoder(
              note.version(), ImageCompression.parse(note.compression()).orElseThrow());
    }

    private void block(SeriesCursor cursor) throws IOException {
      BlockReference block = cursor.block();
      cursor.restorePage(page, 0);
      BlockRecordEncoder blocks = Objects.requireNonNull(encoder);
      int length =
          blocks.encode(
              page,
              0,
              block.tablespace(),
              block.database(),
              block.relation(),
              block.fork(),
              block.number(),
              record,
              0);
      writer()
          .block(
              record,
              0,
              length,
              block.tablespace(),
              block.database(),
              block.relation(),
              block.fork(),
              block.number(),
              blocks.imageLength());
    }

    private void end(EndNote note) throws IOException {
      SeriesEnd end =
          writer().end(note.stopLsn(), note.stopTimeline(), note.stopTime(), note.damagedPages());
      commit =
          new CommitFile(
                  BackupId.of(first),
                  Objects.requireNonNull(begin),
                  end.note(),
                  new SegmentName(first.timeline(), end.lastSegment(), identity.segmentSize()),
                  end.indexLsn(),
                  end.endLsn(),
                  List.of())
              .encode();
    }

    private SeriesWriter writer() {
      return Objects.requireNonNull(writer);
    }

    Map<String, ByteBuffer> segments() {
      return sorted(sink.segments());
    }

    byte[] commit() {
      return commit;
    }
  }
}
