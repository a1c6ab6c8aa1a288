package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.segment.MemoryWal;
import org.walfmt.segment.StreamIdentity;

class SeriesWriterTest {
  private static final LabelNote LABEL = new LabelNote("label\n", "");

  private MemoryWal wal;
  private SeriesWriter writer;

  @BeforeEach
  void begin() throws IOException {
    wal = new MemoryWal(RawSeries.SIZE);
    writer = new SeriesWriter(RawSeries.begin(), RawSeries.FIRST, wal);
  }

  private SeriesEnd end() throws IOException {
    return writer.end(Lsn.parse("0/500100"), new TimelineId(1), Instant.ofEpochSecond(2000), 0);
  }

  private void block(long number) throws IOException {
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(RawSeries.VERSION, ImageCompression.NONE)) {
      int length = encoder.encode(page, 0, 1663, 5, 16384, 0, (int) number, record, 0);
      writer.block(record, 0, length, 1663, 5, 16384, 0, (int) number, encoder.imageLength());
    }
  }

  private static ForkEntry fork(long relation, ForkNumber fork) {
    return new ForkEntry(
        new RelFileLocator(1663, 5, relation), fork, 1, 1, 0600, false, OptionalLong.empty());
  }

  private static void isOurMistake(ThrowingCallable call, String fact) {
    assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining(fact);
  }

  @ParameterizedTest
  @EnumSource(PgVersion.class)
  void writesWhatAWalkProves(PgVersion version) throws IOException {
    StreamIdentity identity = new StreamIdentity(version, new SegmentSize(2 << 20), -1);
    SyntheticSeries series = SyntheticSeries.write(identity, 300, 3_000_000, version.major());
    assertThat(series.end.note().blocks()).isEqualTo(300);
    assertThat(series.end.note().files()).isEqualTo(3);
    assertThat(series.end.note().fileBytes()).isEqualTo(3_000_100);
    SyntheticSeries.verify(series.wal, identity);
  }

  @Test
  void writesAnEmptySeries() throws IOException {
    writer.label(LABEL);
    SeriesEnd end = end();
    assertThat(end.note().records()).isEqualTo(3);
    assertThat(end.lastSegment()).isEqualTo(RawSeries.FIRST);
    SyntheticSeries.verify(wal, RawSeries.IDENTITY);
  }

  /** Contents move the end of the series over the end of a segment, 8 bytes at a time. */
  @Test
  void endsAnywhereInASegment() throws IOException {
    Set<Long> lastSegments = new TreeSet<>();
    for (int length = 1_040_600; length < 1_044_000; length += 8) {
      begin();
      writer.startFile("a");
      writer.fileBytes(ByteBuffer.allocate(length));
      writer.label(LABEL);
      lastSegments.add(end().lastSegment());
      assertThat(wal.segments().keySet()).contains(5L).hasSameSizeAs(lastSegments);
      SyntheticSeries.verify(wal, RawSeries.IDENTITY);
    }
    assertThat(lastSegments).containsExactly(5L, 6L);
  }

  @Test
  void refusesBlocksOutOfOrder() throws IOException {
    block(1);
    block(0xFFFF_FFFEL);
    isOurMistake(() -> block(0xFFFF_FFFEL), "block twice or out of order");
    isOurMistake(() -> block(2), "block twice or out of order: 1663/5/16384 fork 0 block 2");
  }

  @Test
  void refusesFilesOutOfOrder() throws IOException {
    writer.startFile("a/b");
    writer.startFile("a-b");
    isOurMistake(() -> writer.startFile("a-b"), "file a-b after a-b");
    isOurMistake(() -> writer.startFile("a/c"), "file a/c after a-b");
    writer.startFile("global/pg_control");
    isOurMistake(() -> writer.startFile("z"), "file z after global/pg_control");
  }

  @Test
  void refusesForksAndPathsOutOfOrder() throws IOException {
    writer.fork(fork(2, ForkNumber.MAIN));
    writer.fork(fork(2, ForkNumber.VM));
    isOurMistake(() -> writer.fork(fork(2, ForkNumber.FSM)), "fork twice or out of order");
    isOurMistake(() -> writer.fork(fork(1, ForkNumber.MAIN)), "fork twice or out of order");
    writer.path(new PathEntry.Directory(".", 0700));
    writer.path(new PathEntry.Directory("base", 0700));
    isOurMistake(
        () -> writer.path(new PathEntry.Directory("base", 0700)), "path twice or out of order");
    isOurMistake(
        () -> writer.path(new PathEntry.Directory("b", 0700)), "path twice or out of order");
  }

  @Test
  void refusesPartsOutOfOrder() throws IOException {
    isOurMistake(() -> writer.fileBytes(ByteBuffer.allocate(1)), "contents of no file");
    isOurMistake(this::end, "series without a label");
    writer.fork(fork(2, ForkNumber.MAIN));
    isOurMistake(() -> block(0), "BLOCKS after FORKS");
    isOurMistake(() -> writer.startFile("a"), "FILES after FORKS");
    isOurMistake(() -> writer.fileBytes(ByteBuffer.allocate(1)), "contents of no file");
    writer.label(LABEL);
    isOurMistake(() -> writer.fork(fork(3, ForkNumber.MAIN)), "FORKS after LABEL");
    isOurMistake(() -> writer.label(LABEL), "second label");
    end();
    isOurMistake(() -> block(0), "BLOCKS after DONE");
  }

  @Test
  void splitsALongInventory() throws IOException {
    Random random = new Random(3);
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      paths.add("%08d".formatted(i) + "\"\\\u0001ä".repeat(random.nextInt(100)));
      writer.path(new PathEntry.RegularFile(paths.get(i), 0600, i, "00".repeat(32), true));
    }
    writer.label(LABEL);
    end();
    SyntheticSeries.verify(wal, RawSeries.IDENTITY);
    List<String> found = new ArrayList<>();
    try (SeriesCursor cursor =
        new SeriesCursor(wal, RawSeries.IDENTITY, RawSeries.SIZE.start(RawSeries.FIRST))) {
      while (cursor.next()) {
        if (cursor.kind() == RecordKind.PATHS) {
          cursor.paths().forEach(path -> found.add(path.path()));
        }
      }
    }
    assertThat(found).isEqualTo(paths);
  }

  @Test
  void refusesALabelThatFitsIntoNoRecord() {
    assertThatThrownBy(() -> writer.label(new LabelNote("x".repeat(300_000), "")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("walfmt.label note of 300039 bytes does not fit into a record");
  }
}
