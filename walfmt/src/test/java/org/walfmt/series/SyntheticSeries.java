package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.PendingFile;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.segment.MemoryWal;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;

/** Small series with everything in them, and the walk that proves one. */
final class SyntheticSeries {
  static final TimelineId TIMELINE = new TimelineId(0x8CF0_1234);

  final StreamIdentity identity;
  final MemoryWal wal;
  final SeriesEnd end;

  private SyntheticSeries(StreamIdentity identity, MemoryWal wal, SeriesEnd end) {
    this.identity = identity;
    this.wal = wal;
    this.end = end;
  }

  /** A series with {@code pages} random pages and a file of {@code fileLength} bytes. */
  static SyntheticSeries write(StreamIdentity identity, int pages, int fileLength, long seed)
      throws IOException {
    Random random = new Random(seed);
    MemoryWal wal = new MemoryWal(identity.segmentSize());
    SeriesWriter writer = new SeriesWriter(RawSeries.begin(identity), RawSeries.FIRST, wal);
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(identity.version(), ImageCompression.PGLZ)) {
      for (int i = 0; i < pages; i++) {
        int length = encoder.encode(page(random, i), 0, 1663, 5, 16384, 0, i, record, 0);
        writer.block(record, 0, length, 1663, 5, 16384, 0, i, encoder.imageLength());
      }
    }
    byte[] file = new byte[fileLength];
    random.nextBytes(file);
    writer.startFile("PG_VERSION");
    writer.startFile("pg_xact/0000");
    writer.fileBytes(ByteBuffer.wrap(file));
    writer.startFile(PathEntry.CONTROL_FILE);
    writer.fileBytes(ByteBuffer.wrap(new byte[100]));
    writer.fork(fork(16384, pages));
    writer.fork(fork(16385, 0));
    writer.path(new PathEntry.Directory(PathEntry.ROOT, 0700));
    writer.path(new PathEntry.Directory("pg_tblspc", 0700));
    writer.path(new PathEntry.Tablespace("pg_tblspc/17000", 0777, "/space"));
    writer.path(
        new PathEntry.RegularFile("pg_xact/0000", 0600, fileLength, "ab".repeat(32), false));
    writer.label(new LabelNote("START WAL LOCATION: ...\n", "17000 /space\n"));
    SeriesEnd end =
        writer.end(Lsn.parse("0/500100"), new TimelineId(1), Instant.ofEpochSecond(2000), 0);
    return new SyntheticSeries(identity, wal, end);
  }

  /** Zeros, text and noise in turn. */
  private static ByteBuffer page(Random random, int number) {
    byte[] page = new byte[8192];
    if (number % 3 == 2) {
      random.nextBytes(page);
    } else if (number % 3 == 1) {
      for (int i = 0; i < 600; i++) {
        page[i] = (byte) ('a' + i % 7);
      }
    }
    return ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ForkEntry fork(long relation, long blocks) {
    return new ForkEntry(
        new RelFileLocator(1663, 5, relation),
        ForkNumber.MAIN,
        blocks,
        1,
        0600,
        false,
        OptionalLong.empty());
  }

  /** Its commit file. */
  CommitFile commit() {
    return commit(TIMELINE);
  }

  CommitFile commit(TimelineId timeline) {
    SegmentName first = new SegmentName(timeline, RawSeries.FIRST, identity.segmentSize());
    return new CommitFile(
        BackupId.of(first),
        RawSeries.begin(identity),
        end.note(),
        new SegmentName(timeline, end.lastSegment(), identity.segmentSize()),
        end.indexLsn(),
        end.endLsn(),
        List.of());
  }

  /** Puts it into an archive, the commit last. */
  BackupId publish(Archive archive, TimelineId timeline) throws IOException {
    for (long number : wal.segments().keySet()) {
      SegmentName name = new SegmentName(timeline, number, identity.segmentSize());
      publish(archive, name.toString(), wal.bytes(name.start(), identity.segmentSize().bytes()));
    }
    CommitFile commit = commit(timeline);
    publish(archive, commit.id().commitName(), commit.encode());
    return commit.id();
  }

  private static void publish(Archive archive, String name, byte[] bytes) throws IOException {
    try (PendingFile file = archive.create(name, true)) {
      file.write(ByteBuffer.wrap(bytes));
      file.publish();
    }
  }

  /** Walks over all of a series and looks at everything in it. */
  static void verify(SegmentSource source, StreamIdentity identity) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    SeriesDigest digest = new SeriesDigest();
    Lsn start = identity.segmentSize().start(RawSeries.FIRST);
    try (SeriesCursor cursor = new SeriesCursor(source, identity, start, 16 << 10)) {
      while (cursor.next()) {
        digest.add(cursor);
        switch (cursor.kind()) {
          case BLOCK -> cursor.restorePage(page, 0);
          case FILE -> cursor.filePath();
          case FORKS -> cursor.forks();
          case PATHS -> cursor.paths();
          case LABEL -> cursor.label();
          default -> {}
        }
      }
    }
    if (!digest.isProven()) {
      throw new AssertionError("walk ended without a proof");
    }
  }
}
