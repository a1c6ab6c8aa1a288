package org.walfmt.tests.damage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
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
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathOrder;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/**
 * A full backup with an inventory of the test's making, every checksum of which is right: what
 * somebody with write access to an archive could put there.
 */
final class CraftedBackup {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);
  private static final TimelineId SERIES = new TimelineId(0x8D00_0000);
  private static final TimelineId TIMELINE = new TimelineId(1);
  private static final Lsn START = Lsn.parse("0/200028");
  private static final Lsn STOP = Lsn.parse("0/200100");
  private static final byte[] PAGE = new byte[8192];

  private final List<PathEntry> entries = new ArrayList<>();
  private final Map<String, byte[]> files = new TreeMap<>(PathOrder.COMPARATOR);
  private final List<ForkEntry> forks = new ArrayList<>();
  private String tablespaceMap = "";

  /** The least that a restore takes. */
  CraftedBackup() {
    entries.add(new PathEntry.Directory(PathEntry.ROOT, 0700, Optional.empty()));
    directory("base").directory("base/5").directory("global").directory("pg_tblspc");
    file("PG_VERSION", "15\n").file(PathEntry.CONTROL_FILE, "control");
  }

  CraftedBackup directory(String path) {
    entries.add(new PathEntry.Directory(path, 0700, Optional.empty()));
    return this;
  }

  /** In place of whatever has this path. */
  CraftedBackup tablespace(String path, Path target) {
    entries.removeIf(entry -> entry.path().equals(path));
    entries.add(new PathEntry.Tablespace(path, 0700, target.toString()));
    return this;
  }

  CraftedBackup map(String text) {
    tablespaceMap = text;
    return this;
  }

  CraftedBackup file(String path, String contents) {
    byte[] bytes = contents.getBytes(StandardCharsets.UTF_8);
    files.put(path, bytes);
    entries.add(new PathEntry.RegularFile(path, 0600, bytes.length, sha256(bytes), false));
    return this;
  }

  /** A fork of one empty page. */
  CraftedBackup fork(long tablespace, long database, long relation) {
    RelFileLocator locator = new RelFileLocator(tablespace, database, relation);
    forks.add(new ForkEntry(locator, ForkNumber.MAIN, 1, 1, 0600, false, OptionalLong.empty()));
    return this;
  }

  /** Puts it into an archive, without its WAL. */
  BackupId put(Path directory) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(directory, "crafted");
    SegmentUploader uploader = new SegmentUploader(archive, SERIES, SIZE);
    BeginNote begin = begin();
    long firstSegment = SIZE.segmentNumber(START);
    SeriesWriter writer = new SeriesWriter(begin, firstSegment, uploader);
    writeBlocks(writer);
    for (String path : files.keySet().stream().sorted(PathOrder::compareFiles).toList()) {
      writer.startFile(path);
      writer.fileBytes(ByteBuffer.wrap(files.get(path)));
    }
    for (ForkEntry fork : forks) {
      writer.fork(fork);
    }
    entries.sort(PathOrder::compare);
    for (PathEntry entry : entries) {
      writer.path(entry);
    }
    writer.label(new LabelNote(label(), tablespaceMap));
    SeriesEnd end = writer.end(STOP, TIMELINE, Instant.ofEpochSecond(2000), 0);
    uploader.finish();
    BackupId id = BackupId.of(new SegmentName(SERIES, firstSegment, SIZE));
    SegmentName last = new SegmentName(SERIES, end.lastSegment(), SIZE);
    CommitFile commit =
        new CommitFile(id, begin, end.note(), last, end.indexLsn(), end.endLsn(), List.of());
    try (PendingFile file = archive.create(id.commitName(), true)) {
      file.write(ByteBuffer.wrap(commit.encode()));
      file.publish();
    }
    return id;
  }

  private void writeBlocks(SeriesWriter writer) throws IOException {
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer page = ByteBuffer.wrap(PAGE).order(ByteOrder.LITTLE_ENDIAN);
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(PgVersion.V15, ImageCompression.NONE)) {
      for (ForkEntry fork : forks) {
        int space = (int) fork.locator().tablespace();
        int database = (int) fork.locator().database();
        int relation = (int) fork.locator().relation();
        int length = encoder.encode(page, 0, space, database, relation, 0, 0, record, 0);
        writer.block(record, 0, length, space, database, relation, 0, 0, encoder.imageLength());
      }
    }
  }

  private static BeginNote begin() {
    return new BeginNote(
        "0123456789abcdef0123456789abcdef",
        PgVersion.V15,
        SIZE,
        7711635449941887756L,
        Optional.empty(),
        Lsn.INVALID,
        TIMELINE,
        START,
        TIMELINE,
        START.plus(64),
        "crafted",
        "15.18",
        true,
        false,
        false,
        "none",
        "all",
        "test",
        Instant.ofEpochSecond(1000));
  }

  private static String label() {
    return "START WAL LOCATION: "
        + START
        + " (file 000000010000000000000002)\nCHECKPOINT LOCATION: "
        + START.plus(64)
        + "\nBACKUP METHOD: streamed\nBACKUP FROM: primary\n"
        + "START TIME: 2026-11-24 07:24:09 UTC\nLABEL: crafted\nSTART TIMELINE: 1\n";
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
