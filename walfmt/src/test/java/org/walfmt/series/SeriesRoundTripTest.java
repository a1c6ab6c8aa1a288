package org.walfmt.series;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.archive.PendingFile;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;

class SeriesRoundTripTest {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);
  private static final int BLOCKS = 700;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(PgVersion.class)
  void readsBackWhatWasWritten(PgVersion version) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(directory, "test");
    List<byte[]> pages = randomPages(new Random(version.major()));
    CommitFile.Summary summary = write(archive, version, pages);

    Series series = Series.open(archive, summary);
    assertThat(series.label().backupLabel()).isEqualTo("label\n");
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    try (SeriesCursor cursor = series.openStart()) {
      int block = 0;
      SeriesDigest digest = new SeriesDigest();
      while (cursor.next()) {
        digest.add(cursor);
        if (cursor.kind() == RecordKind.BLOCK) {
          cursor.restorePage(page, 0);
          assertThat(page.array()).isEqualTo(pages.get(block));
          assertThat(cursor.block().number()).isEqualTo(block);
          block++;
        }
      }
      assertThat(block).isEqualTo(BLOCKS);
      assertThat(digest.isProven()).isTrue();
    }
    try (SeriesCursor cursor = series.openAt(Sections::forks)) {
      cursor.next();
      assertThat(cursor.forks())
          .containsExactly(
              new ForkEntry(
                  new RelFileLocator(1663, 5, 16384),
                  ForkNumber.MAIN,
                  BLOCKS,
                  1,
                  0600,
                  false,
                  OptionalLong.empty()));
    }
  }

  private static List<byte[]> randomPages(Random random) {
    List<byte[]> pages = new ArrayList<>();
    for (int i = 0; i < BLOCKS; i++) {
      byte[] page = new byte[8192];
      if (i % 7 != 0) {
        random.nextBytes(page);
        int from = random.nextInt(8192);
        java.util.Arrays.fill(page, from, Math.min(8192, from + random.nextInt(4000)), (byte) 0);
      }
      pages.add(page);
    }
    return pages;
  }

  private static CommitFile.Summary write(
      DirectoryArchive archive, PgVersion version, List<byte[]> pages) throws IOException {
    TimelineId timeline = new TimelineId(0x8CF0_1234);
    SegmentUploader uploader = new SegmentUploader(archive, timeline, SIZE);
    BeginNote begin = begin(version);
    long first = SIZE.segmentNumber(begin.startLsn());
    SeriesWriter writer = new SeriesWriter(begin, first, uploader);
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(version, ImageCompression.PGLZ)) {
      for (int i = 0; i < pages.size(); i++) {
        ByteBuffer page = ByteBuffer.wrap(pages.get(i)).order(ByteOrder.LITTLE_ENDIAN);
        int length = encoder.encode(page, 0, 1663, 5, 16384, 0, i, record, 0);
        writer.block(record, 0, length, 1663, 5, 16384, 0, i, encoder.imageLength());
      }
    }
    writer.startFile("global/pg_control");
    writer.fileBytes(ByteBuffer.wrap(new byte[8192]));
    writer.fork(
        new ForkEntry(
            new RelFileLocator(1663, 5, 16384),
            ForkNumber.MAIN,
            BLOCKS,
            1,
            0600,
            false,
            OptionalLong.empty()));
    writer.path(new PathEntry.Directory(".", 0700));
    writer.label(new LabelNote("label\n", ""));
    SeriesEnd end =
        writer.end(Lsn.parse("0/5000100"), new TimelineId(1), Instant.ofEpochSecond(2000), 0);
    uploader.finish();
    SegmentName name = new SegmentName(timeline, first, SIZE);
    CommitFile commit =
        new CommitFile(
            BackupId.of(name),
            begin,
            end.note(),
            new SegmentName(timeline, end.lastSegment(), SIZE),
            end.indexLsn(),
            end.endLsn(),
            List.of());
    byte[] bytes = commit.encode();
    try (PendingFile file = archive.create(commit.id().commitName(), true)) {
      file.write(ByteBuffer.wrap(bytes));
      file.publish();
    }
    assertThat(new String(bytes, StandardCharsets.UTF_8)).startsWith("START WAL LOCATION: ");
    return new BackupCatalog(archive).find(commit.id()).orElseThrow();
  }

  private static BeginNote begin(PgVersion version) {
    return new BeginNote(
        "00112233445566778899aabbccddeeff",
        version,
        SIZE,
        7711635449941887756L,
        Optional.empty(),
        Lsn.INVALID,
        new TimelineId(1),
        Lsn.parse("0/5000028"),
        new TimelineId(1),
        Lsn.parse("0/5000060"),
        "test",
        version + ".1",
        true,
        false,
        false,
        "pglz",
        "all",
        "test",
        Instant.ofEpochSecond(1000));
  }
}
