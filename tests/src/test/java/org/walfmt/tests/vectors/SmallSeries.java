package org.walfmt.tests.vectors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageChecksum;
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
import org.walfmt.series.PathOrder;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;

/** Backups of clusters that never were: every kind of note, fork, path and image in little room. */
final class SmallSeries {
  static final SegmentSize SIZE = new SegmentSize(1 << 20);

  private static final int PAGE_SIZE = 8192;
  private static final TimelineId TIMELINE = new TimelineId(1);
  private static final Instant START = Instant.parse("2026-11-24T07:27:44.123456Z");
  private static final String LABEL =
      """
      START WAL LOCATION: 0/5000028 (file 000000010000000000000050)
      CHECKPOINT LOCATION: 0/5000060
      BACKUP METHOD: streamed
      BACKUP FROM: primary
      START TIME: 2026-11-24 07:27:44 UTC
      LABEL: vector
      START TIMELINE: 1
      """;

  private final BeginNote begin;
  private final BackupId id;
  private final MemorySegments sink;
  private final SeriesWriter writer;
  private final BlockRecordEncoder encoder;
  private final ByteBuffer record =
      ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
  private final List<PathEntry> paths = new ArrayList<>();
  private String commit = "";

  private SmallSeries(BeginNote begin, int seriesTimeline) throws IOException {
    this.begin = begin;
    Lsn held = begin.isFull() ? begin.startLsn() : begin.referenceLsn();
    SegmentName first = SegmentName.of(new TimelineId(seriesTimeline), held, SIZE);
    id = BackupId.of(first);
    sink = new MemorySegments(SIZE, first.timeline());
    writer = new SeriesWriter(begin, first.number(), sink);
    encoder =
        new BlockRecordEncoder(
            begin.version(), ImageCompression.parse(begin.compression()).orElseThrow());
  }

  MemorySegments segments() {
    return sink;
  }

  /** The bytes of the commit file, which are text. */
  String commit() {
    return commit;
  }

  /** The worked example of the specification: one of everything and no more. */
  static SmallSeries example() throws IOException {
    BeginNote begin = begin(PgVersion.V16, ImageCompression.NONE, Optional.empty(), "all");
    SmallSeries series = new SmallSeries(begin, 0x8CF9_53E0);
    series.block(1663, 5, 16384, 0, 0, heapPage(0));
    series.block(1663, 5, 16384, 0, 1, new byte[PAGE_SIZE]);
    series.file("PG_VERSION", "16\n");
    series.file("global/pg_control", "not a real one");
    series.writer.fork(fork(1663, 5, 16384, ForkNumber.MAIN, 2, false, OptionalLong.empty()));
    series.directory(".");
    series.paths("base", "base/5", "global");
    series.finish("", 0);
    return series;
  }

  /** A full backup. */
  static SmallSeries full(PgVersion version, ImageCompression compression) throws IOException {
    BeginNote begin = begin(version, compression, Optional.empty(), "all");
    SmallSeries series = new SmallSeries(begin, 0x8CF9_5300 + version.major());
    series.block(1663, 5, 16384, 0, 0, heapPage(0));
    series.block(1663, 5, 16384, 0, 1, new byte[PAGE_SIZE]);
    if (compression != ImageCompression.NONE) {
      series.block(1663, 5, 16384, 0, 2, fullPage());
    }
    series.block(1663, 5, 16384, 2, 0, mapPage());
    series.block(1664, 0, 1262, 0, 0, heapPage(0));
    series.block(16390, 5, 0xFFFF_FFFFL, 3, 0, heapPage(0));
    series.file("PG_VERSION", version + "\n");
    series.file("base/5/PG_VERSION", version + "\n");
    series.file("base/5/empty", "");
    series.file("base.txt", "\u00e9\n".repeat(30));
    series.file("global/pg_control", "not a real one" + "\0".repeat(8178));
    int blocks = compression == ImageCompression.NONE ? 2 : 3;
    OptionalLong none = OptionalLong.empty();
    series.writer.fork(fork(1663, 5, 16384, ForkNumber.MAIN, blocks, false, none));
    series.writer.fork(fork(1663, 5, 16384, ForkNumber.VM, 1, false, none));
    series.writer.fork(fork(1663, 5, 16385, ForkNumber.MAIN, 0, false, none));
    series.writer.fork(fork(1664, 0, 1262, ForkNumber.MAIN, 1, false, none));
    series.writer.fork(fork(16390, 5, 0xFFFF_FFFFL, ForkNumber.INIT, 1, false, none));
    series.directory(".");
    series.paths("base", "base/5", "global", "pg_tblspc", "pg_wal");
    series.finish("16390 /srv/a \u00e9\\\n b\n", 0);
    return series;
  }

  /** An incremental backup. */
  static SmallSeries incremental(
      PgVersion version, ImageCompression compression, Parent parent, String changes)
      throws IOException {
    BeginNote begin = begin(version, compression, Optional.of(parent), changes);
    SmallSeries series = new SmallSeries(begin, 0x8CF9_6300 + version.major());
    series.block(1663, 5, 16384, 0, 0, heapPage(0));
    series.block(1663, 5, 16384, 0, 4, heapPage(4));
    series.block(1663, 5, 16384, 2, 0, mapPage());
    series.file("base.txt", "\u00e9\n".repeat(31));
    series.file("global/pg_control", "not a real one");
    boolean wal = !changes.equals("scan");
    series.writer.fork(
        fork(
            1663,
            5,
            16384,
            ForkNumber.MAIN,
            5,
            true,
            wal ? OptionalLong.of(4) : OptionalLong.empty()));
    series.writer.fork(fork(1663, 5, 16384, ForkNumber.VM, 1, false, OptionalLong.empty()));
    series.unchanged("PG_VERSION", version + "\n");
    series.directory(".");
    series.paths("base", "base/5", "global");
    series.finish("", 2);
    return series;
  }

  private static BeginNote begin(
      PgVersion version, ImageCompression compression, Optional<Parent> parent, String changes) {
    return new BeginNote(
        "00112233445566778899aabbccddeeff",
        version,
        SIZE,
        Long.parseUnsignedLong("17711635449941887756"),
        parent,
        parent.isPresent() ? Lsn.parse("0/4F80028") : Lsn.INVALID,
        TIMELINE,
        Lsn.parse("0/5000028"),
        TIMELINE,
        Lsn.parse("0/5000060"),
        "vector",
        version + ".1",
        true,
        false,
        false,
        compression.toString(),
        changes,
        "walfmt 0.1.0",
        START);
  }

  private void block(
      long tablespace, long database, long relation, int fork, long number, byte[] page)
      throws IOException {
    int length =
        encoder.encode(
            ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN),
            0,
            (int) tablespace,
            (int) database,
            (int) relation,
            fork,
            (int) number,
            record,
            0);
    writer.block(
        record,
        0,
        length,
        (int) tablespace,
        (int) database,
        (int) relation,
        fork,
        (int) number,
        encoder.imageLength());
  }

  private void file(String path, String contents) throws IOException {
    byte[] bytes = contents.getBytes(UTF_8);
    writer.startFile(path);
    writer.fileBytes(ByteBuffer.wrap(bytes));
    paths.add(new PathEntry.RegularFile(path, 0600, bytes.length, sha256(bytes), false));
  }

  private void unchanged(String path, String contents) {
    byte[] bytes = contents.getBytes(UTF_8);
    paths.add(new PathEntry.RegularFile(path, 0600, bytes.length, sha256(bytes), true));
  }

  private void directory(String path) {
    paths.add(new PathEntry.Directory(path, 0700));
  }

  private void paths(String... directories) {
    for (String path : directories) {
      paths.add(
          new PathEntry.Directory(
              path, 0700, path.equals("base/5") ? Optional.of("17 2026") : Optional.empty()));
      if (path.equals("pg_tblspc")) {
        paths.add(new PathEntry.Tablespace("pg_tblspc/16390", 0700, "/srv/a \u00e9\n b"));
      }
    }
  }

  private static ForkEntry fork(
      long tablespace,
      long database,
      long relation,
      ForkNumber fork,
      long blocks,
      boolean delta,
      OptionalLong limit) {
    return new ForkEntry(
        new RelFileLocator(tablespace, database, relation), fork, blocks, 1, 0600, delta, limit);
  }

  private void finish(String tablespaceMap, long damagedPages) throws IOException {
    paths.sort(PathOrder::compare);
    for (PathEntry path : paths) {
      writer.path(path);
    }
    writer.label(new LabelNote(LABEL, tablespaceMap));
    SeriesEnd end =
        writer.end(
            Lsn.parse("0/5000100"), TIMELINE, Instant.parse("2026-11-24T07:28:01Z"), damagedPages);
    encoder.close();
    SegmentName last = new SegmentName(id.timeline(), end.lastSegment(), SIZE);
    CommitFile file =
        new CommitFile(id, begin, end.note(), last, end.indexLsn(), end.endLsn(), List.of());
    commit = new String(file.encode(), UTF_8);
  }

  /** A heap page with one tuple, its checksum right. */
  private static byte[] heapPage(long block) {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    page.putInt(0, 0).putInt(4, 0x04FFFF80); // pd_lsn
    page.putShort(12, (short) 28).putShort(14, (short) 8160); // pd_lower, pd_upper
    page.putShort(16, (short) 8192).putShort(18, (short) 0x2004); // pd_special, pd_pagesize_version
    page.putInt(24, 8160 | 1 << 15 | 29 << 17); // a line pointer
    page.put(8160, HexFormat.of().parseHex("f3020000000000000000000000000000010001000009180007"));
    page.put(8185, "hole".getBytes(UTF_8));
    page.putShort(8, (short) new PageChecksum().compute(page, 0, block));
    return page.array();
  }

  /** A page of a visibility map: its standard hole is not empty. */
  private static byte[] mapPage() {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 24).putShort(14, (short) 8192);
    page.putShort(16, (short) 8192).putShort(18, (short) 0x2004);
    page.put(24, (byte) 3);
    page.putShort(8, (short) new PageChecksum().compute(page, 0, 0));
    return page.array();
  }

  /** A page without a hole. */
  private static byte[] fullPage() {
    byte[] page = new byte[PAGE_SIZE];
    for (int i = 0; i < PAGE_SIZE; i++) {
      page[i] = (byte) (7 * i + 3 | 1);
    }
    return page;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
