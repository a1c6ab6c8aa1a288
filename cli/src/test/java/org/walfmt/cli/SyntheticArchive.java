package org.walfmt.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.LabelNote;
import org.walfmt.series.Parent;
import org.walfmt.series.PathEntry;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/**
 * An archive with backups of a cluster that never was: segments of 1 MiB, version 15, one relation
 * of two blocks. A full backup is {@link #FULL}, the incremental on it {@link #INCREMENTAL}.
 */
final class SyntheticArchive {
  static final String FULL = "8CF012340000000000000050";
  static final String INCREMENTAL = "8CF022340000000000000050";
  static final long SYSTEM = 7711635449941887756L;
  static final SegmentSize SIZE = new SegmentSize(1 << 20);

  private static final String FULL_NONCE = "00112233445566778899aabbccddeeff";
  private static final String MANIFEST_SHA256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  private static final String VERSION_SHA256 =
      "238903180cc104ec2c5d8b3f20c5bc61b389ec0a967df8cc208cdc7cd454174f";
  private static final String CONTROL_SHA256 =
      "9f1dcbc35c350d6027f98be0f5c8b43b42ca52b7604459c0c42be3aa88913d47";
  private static final RelFileLocator RELATION = new RelFileLocator(1663, 5, 16384);

  private final Path directory;
  private final DirectoryArchive archive;

  SyntheticArchive(Path directory) throws IOException {
    this.directory = directory;
    this.archive = new DirectoryArchive(directory, "test");
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  Path commit(String id) {
    return file(id + ".00000028.backup");
  }

  void full() throws IOException {
    full(0);
  }

  void full(long damagedPages) throws IOException {
    write(
        new TimelineId(0x8CF0_1234),
        begin(FULL_NONCE, Optional.empty(), "0/0", "0/5000028", "nightly", 1_700_000_000),
        damagedPages);
  }

  void incremental() throws IOException {
    write(
        new TimelineId(0x8CF0_2234),
        begin(
            "ffeeddccbbaa99887766554433221100",
            Optional.of(new Parent.Series(new BackupId(FULL), FULL_NONCE)),
            "0/5000028",
            "0/7000028",
            "hourly",
            1_700_003_600),
        0);
  }

  void laterFull() throws IOException {
    write(
        new TimelineId(0x8CF0_4234),
        begin(FULL_NONCE, Optional.empty(), "0/0", "0/9000028", "nightly", 1_700_010_800),
        0);
  }

  void onManifest() throws IOException {
    write(
        new TimelineId(0x8CF0_3234),
        begin(
            "0123456789abcdef0123456789abcdef",
            Optional.of(new Parent.Manifest(MANIFEST_SHA256)),
            "0/5000028",
            "0/8000028",
            "on a base",
            1_700_007_200),
        0);
  }

  private static BeginNote begin(
      String nonce,
      Optional<Parent> parent,
      String reference,
      String start,
      String label,
      long at) {
    return new BeginNote(
        nonce,
        PgVersion.V15,
        SIZE,
        SYSTEM,
        parent,
        Lsn.parse(reference),
        new TimelineId(1),
        Lsn.parse(start),
        new TimelineId(1),
        Lsn.parse(start).plus(0x38),
        label,
        "15.18",
        true,
        false,
        false,
        "none",
        parent.isEmpty() ? "all" : "scan",
        "test",
        Instant.ofEpochSecond(at));
  }

  private void write(TimelineId timeline, BeginNote begin, long damagedPages) throws IOException {
    SegmentUploader uploader = new SegmentUploader(archive, timeline, SIZE);
    Lsn from = begin.isFull() ? begin.startLsn() : begin.referenceLsn();
    long first = SIZE.segmentNumber(from);
    SeriesWriter writer = new SeriesWriter(begin, first, uploader);
    writeBlocks(writer);
    writer.startFile("PG_VERSION");
    writer.fileBytes(ByteBuffer.wrap("15\n".getBytes(StandardCharsets.US_ASCII)));
    writer.startFile("global/pg_control");
    writer.fileBytes(ByteBuffer.wrap(new byte[8192]));
    writer.fork(new ForkEntry(RELATION, ForkNumber.MAIN, 2, 1, 0600, false, OptionalLong.empty()));
    writer.path(new PathEntry.Directory(".", 0700));
    writer.path(new PathEntry.RegularFile("PG_VERSION", 0600, 3, VERSION_SHA256, false));
    writer.path(new PathEntry.Directory("base", 0700));
    writer.path(new PathEntry.Directory("base/5", 0700));
    writer.path(new PathEntry.Directory("global", 0700));
    writer.path(new PathEntry.RegularFile("global/pg_control", 0600, 8192, CONTROL_SHA256, false));
    writer.label(new LabelNote(label(begin), ""));
    SeriesEnd end =
        writer.end(
            begin.startLsn().plus(0xD8),
            new TimelineId(1),
            begin.startTime().plusSeconds(60),
            damagedPages);
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
    try (PendingFile file = archive.create(commit.id().commitName(), true)) {
      file.write(ByteBuffer.wrap(commit.encode()));
      file.publish();
    }
  }

  private static String label(BeginNote begin) {
    return String.format(
        """
        START WAL LOCATION: %s (file %s)
        CHECKPOINT LOCATION: %s
        BACKUP METHOD: streamed
        BACKUP FROM: primary
        START TIME: 2023-11-14 22:13:20 UTC
        LABEL: %s
        START TIMELINE: 1
        """,
        begin.startLsn(),
        SegmentName.of(begin.startTimeline(), begin.startLsn(), SIZE),
        begin.checkpointLsn(),
        begin.label());
  }

  /** Block 0 is full of ones; of block 1 all but 100 bytes at its start is zero. */
  private static void writeBlocks(SeriesWriter writer) throws IOException {
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(PgVersion.V15, ImageCompression.NONE)) {
      for (int block = 0; block < 2; block++) {
        ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < (block == 0 ? 8192 : 100); i++) {
          page.put(i, (byte) 1);
        }
        int length = encoder.encode(page, 0, 1663, 5, 16384, 0, block, record, 0);
        writer.block(record, 0, length, 1663, 5, 16384, 0, block, encoder.imageLength());
      }
    }
  }

  /** Changes one byte of a file. */
  void flip(Path file, int offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[offset] ^= 0x10;
    Files.write(file, bytes);
  }
}
