package org.walfmt.replayer.kit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
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
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
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

/** An archive that gets synthetic backups and the ordinary WAL that they need. */
public final class SyntheticArchive {
  public static final SegmentSize SIZE = new SegmentSize(1 << 20);
  public static final long SYSTEM = 7711635449941887756L;

  private final Path directory;
  private final DirectoryArchive archive;
  private int count;

  public SyntheticArchive(Path directory) throws IOException {
    Files.createDirectories(directory);
    this.directory = directory;
    this.archive = new DirectoryArchive(directory, "test");
  }

  public DirectoryArchive archive() {
    return archive;
  }

  public Path directory() {
    return directory;
  }

  /**
   * What an incremental says of a fork.
   *
   * @param blocks the block records to write
   */
  public record ForkPlan(List<Integer> blocks, boolean delta, OptionalLong limit) {
    /** All blocks. */
    public static ForkPlan whole(int length) {
      List<Integer> blocks = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        blocks.add(i);
      }
      return new ForkPlan(blocks, false, OptionalLong.empty());
    }

    /** These blocks, the others from older series. */
    public static ForkPlan changed(Integer... blocks) {
      return new ForkPlan(List.of(blocks), true, OptionalLong.empty());
    }
  }

  /** A backup to be made; each method changes one thing of it. */
  public static final class Draft {
    public PgVersion version = PgVersion.V15;
    public long system = SYSTEM;
    public SegmentSize segmentSize = SIZE;
    public ClusterModel model;
    public Optional<Parent> parent = Optional.empty();
    public Lsn reference = Lsn.INVALID;
    public TimelineId referenceTimeline = new TimelineId(1);
    public Lsn start;
    public TimelineId startTimeline = new TimelineId(1);
    public Lsn stop;
    public TimelineId stopTimeline = new TimelineId(1);
    public Instant startTime = Instant.ofEpochSecond(1000);
    public boolean checksums = true;
    public long damagedPages;
    public List<BackupId> replaces = List.of();
    public boolean wal = true;
    public String label = "";
    public Map<ForkKey, ForkPlan> forks = new TreeMap<>();
    public List<String> unchanged = new ArrayList<>();
    public TimelineId seriesTimeline;
    public ImageCompression compression = ImageCompression.NONE;

    /** Lengths that the inventory states instead of the true ones. */
    public Map<ForkKey, Integer> statedLengths = new TreeMap<>();

    /** Forks that the inventory lacks. */
    public List<ForkKey> hiddenForks = new ArrayList<>();

    /** Files that the inventory lacks. */
    public List<String> hiddenFiles = new ArrayList<>();

    /** Files that are said to have other contents than they have. */
    public Map<String, byte[]> statedContents = new TreeMap<>();

    private Draft(ClusterModel model, int number) {
      this.model = model;
      this.start = Lsn.parse(Integer.toHexString(number) + "/100028");
      this.stop = Lsn.parse(Integer.toHexString(number) + "/200100");
      this.seriesTimeline = new TimelineId(0x8CF0_0000 + 100 - number);
    }
  }

  /** A full backup, start and stop in a gigabyte of its own. */
  public Draft full(ClusterModel model) {
    return new Draft(model, ++count);
  }

  /** An incremental on top of a series; all forks are whole until {@code forks} says otherwise. */
  public Draft incremental(CommitFile.Summary parent, ClusterModel model) {
    Draft draft = new Draft(model, ++count);
    draft.parent = Optional.of(new Parent.Series(parent.id(), parent.nonce()));
    draft.reference = parent.startLsn();
    draft.referenceTimeline = parent.startTimeline();
    return draft;
  }

  /** Makes a full backup. */
  public CommitFile.Summary takeFull(ClusterModel model) throws IOException {
    return take(full(model));
  }

  /** Writes the series, its WAL and its commit. */
  public CommitFile.Summary take(Draft draft) throws IOException {
    SegmentUploader uploader =
        new SegmentUploader(archive, draft.seriesTimeline, draft.segmentSize);
    BeginNote begin = begin(draft);
    Lsn first = begin.isFull() ? draft.start : draft.reference;
    long firstSegment = draft.segmentSize.segmentNumber(first);
    SeriesWriter writer = new SeriesWriter(begin, firstSegment, uploader);
    blocks(draft, writer);
    files(draft, writer);
    inventory(draft, writer);
    writer.label(new LabelNote(label(draft), tablespaceMap(draft)));
    SeriesEnd end =
        writer.end(draft.stop, draft.stopTimeline, Instant.ofEpochSecond(2000), draft.damagedPages);
    uploader.finish();
    SegmentName name = new SegmentName(draft.seriesTimeline, firstSegment, draft.segmentSize);
    CommitFile commit =
        new CommitFile(
            BackupId.of(name),
            begin,
            end.note(),
            new SegmentName(draft.seriesTimeline, end.lastSegment(), draft.segmentSize),
            end.indexLsn(),
            end.endLsn(),
            draft.replaces);
    if (draft.wal) {
      wal(draft.stopTimeline, draft.start, draft.stop);
    }
    put(commit.id().commitName(), commit.encode());
    return CommitFile.decode(commit.id(), commit.encode());
  }

  /** Puts a file into the archive. */
  public void put(String name, byte[] contents) throws IOException {
    try (PendingFile file = archive.create(name, true)) {
      file.write(ByteBuffer.wrap(contents));
      file.publish();
    }
  }

  /** Puts empty WAL of the right length into the archive. */
  public void wal(TimelineId timeline, Lsn start, Lsn stop) throws IOException {
    for (long n = SIZE.segmentNumber(start); n <= SIZE.segmentNumberBefore(stop); n++) {
      Path file = directory.resolve(new SegmentName(timeline, n, SIZE).toString());
      try (RandomAccessFile segment = new RandomAccessFile(file.toFile(), "rw")) {
        segment.setLength(SIZE.bytes());
      }
    }
  }

  private static void blocks(Draft draft, SeriesWriter writer) throws IOException {
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    try (BlockRecordEncoder encoder = new BlockRecordEncoder(draft.version, draft.compression)) {
      for (Map.Entry<ForkKey, List<byte[]>> fork : draft.model.forks().entrySet()) {
        ForkKey key = fork.getKey();
        for (int block : plan(draft, key).blocks()) {
          ByteBuffer page =
              ByteBuffer.wrap(fork.getValue().get(block)).order(ByteOrder.LITTLE_ENDIAN);
          int space = (int) key.locator().tablespace();
          int database = (int) key.locator().database();
          int relation = (int) key.locator().relation();
          int number = key.fork().number();
          int length = encoder.encode(page, 0, space, database, relation, number, block, record, 0);
          writer.block(
              record, 0, length, space, database, relation, number, block, encoder.imageLength());
        }
      }
    }
  }

  private static ForkPlan plan(Draft draft, ForkKey key) {
    ForkPlan plan = draft.forks.get(key);
    return plan != null
        ? plan
        : ForkPlan.whole(draft.model.forks().getOrDefault(key, List.of()).size());
  }

  private static List<String> paths(Draft draft) {
    List<String> paths = new ArrayList<>(draft.model.files().keySet());
    paths.sort(PathOrder::compareFiles);
    return paths;
  }

  private static void files(Draft draft, SeriesWriter writer) throws IOException {
    for (String path : paths(draft)) {
      if (!draft.unchanged.contains(path)) {
        writer.startFile(path);
        writer.fileBytes(ByteBuffer.wrap(contents(draft, path)));
      }
    }
  }

  private static byte[] contents(Draft draft, String path) {
    byte[] contents = draft.model.files().get(path);
    if (contents == null) {
      throw new IllegalArgumentException(path);
    }
    return contents;
  }

  private static void inventory(Draft draft, SeriesWriter writer) throws IOException {
    for (Map.Entry<ForkKey, List<byte[]>> fork : draft.model.forks().entrySet()) {
      ForkKey key = fork.getKey();
      if (draft.hiddenForks.contains(key)) {
        continue;
      }
      ForkPlan plan = plan(draft, key);
      int blocks = draft.statedLengths.getOrDefault(key, fork.getValue().size());
      writer.fork(
          new ForkEntry(
              key.locator(),
              key.fork(),
              blocks,
              ForkEntry.filesFor(blocks),
              0600,
              plan.delta(),
              plan.limit()));
    }
    List<PathEntry> entries = new ArrayList<>();
    entries.add(new PathEntry.Directory(PathEntry.ROOT, 0700));
    draft.model.directories().forEach(each -> entries.add(new PathEntry.Directory(each, 0700)));
    draft
        .model
        .tablespaces()
        .forEach((path, target) -> entries.add(new PathEntry.Tablespace(path, 0700, target)));
    for (String path : paths(draft)) {
      if (draft.hiddenFiles.contains(path)) {
        continue;
      }
      byte[] contents = draft.statedContents.getOrDefault(path, contents(draft, path));
      entries.add(
          new PathEntry.RegularFile(
              path, 0600, contents.length, sha256(contents), draft.unchanged.contains(path)));
    }
    entries.sort(PathOrder::compare);
    for (PathEntry entry : entries) {
      writer.path(entry);
    }
  }

  /** In hex. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The label of a draft. */
  public static String label(Draft draft) {
    if (!draft.label.isEmpty()) {
      return draft.label;
    }
    return "START WAL LOCATION: "
        + draft.start
        + " (file "
        + SegmentName.of(draft.startTimeline, draft.start, SIZE)
        + ")\nCHECKPOINT LOCATION: "
        + draft.start.plus(64)
        + "\nBACKUP METHOD: streamed\nBACKUP FROM: primary\n"
        + "START TIME: 2026-11-24 07:24:09 UTC\nLABEL: test\nSTART TIMELINE: "
        + draft.startTimeline
        + "\n";
  }

  private static String tablespaceMap(Draft draft) {
    StringBuilder map = new StringBuilder();
    draft
        .model
        .tablespaces()
        .forEach(
            (path, target) ->
                map.append(path.substring("pg_tblspc/".length()))
                    .append(' ')
                    .append(target)
                    .append('\n'));
    return map.toString();
  }

  private static BeginNote begin(Draft draft) {
    return new BeginNote(
        sha256(draft.seriesTimeline.toHex().getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .substring(32),
        draft.version,
        draft.segmentSize,
        draft.system,
        draft.parent,
        draft.reference,
        draft.parent.isEmpty() ? draft.startTimeline : draft.referenceTimeline,
        draft.start,
        draft.startTimeline,
        draft.start.plus(64),
        "test",
        draft.version + ".1",
        draft.checksums,
        false,
        false,
        draft.compression.name().toLowerCase(java.util.Locale.ROOT),
        draft.parent.isEmpty() ? "all" : "scan",
        "test",
        draft.startTime);
  }

  /** Flips a bit of a file of the archive. */
  public void damage(String name, long offset) {
    try {
      Path file = directory.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      bytes[(int) offset] ^= 1;
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets a page's LSN. */
  public static void setLsn(byte[] page, Lsn lsn) {
    ByteBuffer.wrap(page)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0, Long.rotateLeft(lsn.value(), Integer.SIZE));
  }

  /** Flips a bit where a file of the archive holds {@code text}. */
  public void damage(String name, String text) throws IOException {
    byte[] bytes = Files.readAllBytes(directory.resolve(name));
    int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(text);
    damage(name, at);
  }
}
