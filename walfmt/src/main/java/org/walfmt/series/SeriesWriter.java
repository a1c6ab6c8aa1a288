package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.record.LogicalMessage;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;

/**
 * Writes a series, in the one order it may have: begin, blocks, files, forks, paths, label, end.
 * The caller keeps keys and paths in order; what is out of order is refused as a mistake of ours.
 *
 * <p>Serves one thread. {@link SeriesCursor} is the mirror image.
 */
public final class SeriesWriter {
  private static final int MAX_RECORD = 1 << 20;
  private static final int INVENTORY_MESSAGE = 64 << 10;
  private static final int ENTRY_ROOM = 16 << 10;

  private enum Part {
    BLOCKS,
    FILES,
    FORKS,
    PATHS,
    LABEL,
    DONE
  }

  private final BeginNote begin;
  private final WalEncoder wal;
  private final IndexKeys keys;
  private final BlockOrder order = new BlockOrder();
  private final SeriesDigest sums = new SeriesDigest();
  private final ByteBuffer note;
  private final ByteBuffer chunk;
  private final Map<Part, Lsn> starts = new EnumMap<>(Part.class);
  private Part part = Part.BLOCKS;
  private String lastFile = "";
  private @Nullable ForkEntry lastFork;
  private @Nullable PathEntry lastPath;
  private @Nullable JsonText inventory;

  /** Begins a series whose first segment has number {@code firstSegment}. */
  public SeriesWriter(BeginNote begin, long firstSegment, SegmentSink sink) throws IOException {
    this.begin = begin;
    StreamIdentity identity =
        new StreamIdentity(begin.version(), begin.segmentSize(), begin.systemIdentifier());
    this.wal = new WalEncoder(identity, begin.startTimeline(), firstSegment, sink);
    this.keys = new IndexKeys(begin.segmentSize());
    this.note = ByteBuffer.allocate(maxRecord(begin.segmentSize())).order(ByteOrder.LITTLE_ENDIAN);
    this.chunk =
        ByteBuffer.allocate(
            maxRecord(begin.segmentSize()) - LogicalMessage.overhead(NotePrefix.CHUNK));
    append(NotePrefix.BEGIN, begin.encode());
    starts.put(Part.BLOCKS, wal.nextRecord());
  }

  /**
   * Bytes of the longest record in a series (rule RECORD-3): 1 MiB, or a quarter of the segment.
   */
  public static int maxRecord(SegmentSize size) {
    return Math.min(MAX_RECORD, size.bytes() / 4);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Appends a block record that {@link org.walfmt.record.BlockRecordEncoder} wrote. */
  public void block(
      ByteBuffer record,
      int offset,
      int totalLength,
      int tablespace,
      int database,
      int relation,
      int fork,
      int block,
      int imageLength)
      throws IOException {
    go(Part.BLOCKS);
    if (order.advance(tablespace, database, relation, fork, block) <= 0) {
      throw new IllegalStateException("block twice or out of order: " + order);
    }
    long lsn = wal.append(record, offset, totalLength);
    sums.addRecord(wal.lastCrc());
    sums.addBlock(imageLength);
    keys.addBlock(lsn, tablespace, database, relation, fork, block);
  }

  /** Begins a file; its contents follow by {@link #fileBytes}. */
  public void startFile(String path) throws IOException {
    go(Part.FILES);
    if (!lastFile.isEmpty() && PathOrder.compareFiles(lastFile, path) >= 0) {
      throw new IllegalStateException("file " + path + " after " + lastFile);
    }
    lastFile = path;
    flushChunk();
    long lsn = append(NotePrefix.FILE, new JsonText().string("path", path).finish());
    keys.addFile(lsn, path);
    sums.addFile();
  }

  /** Takes the buffer's remaining bytes as the next of the file begun last. */
  public void fileBytes(ByteBuffer bytes) throws IOException {
    if (part != Part.FILES) {
      throw new IllegalStateException("contents of no file");
    }
    sums.addFileBytes(bytes.remaining());
    while (bytes.hasRemaining()) {
      int piece = Math.min(bytes.remaining(), chunk.remaining());
      chunk.put(chunk.position(), bytes, bytes.position(), piece);
      chunk.position(chunk.position() + piece);
      bytes.position(bytes.position() + piece);
      if (!chunk.hasRemaining()) {
        flushChunk();
      }
    }
  }

  private void flushChunk() throws IOException {
    if (chunk.position() > 0) {
      appendMessage(NotePrefix.CHUNK, chunk.flip());
      chunk.clear();
    }
  }

  /** Adds a fork to the inventory. */
  public void fork(ForkEntry entry) throws IOException {
    go(Part.FORKS);
    if (lastFork != null && lastFork.compareTo(entry) >= 0) {
      throw new IllegalStateException("fork twice or out of order: " + entry);
    }
    lastFork = entry;
    entry.encode(inventory("forks"));
  }

  /** Adds a directory, tablespace or file to the inventory. */
  public void path(PathEntry entry) throws IOException {
    go(Part.PATHS);
    if (lastPath != null && PathOrder.compare(lastPath, entry) >= 0) {
      throw new IllegalStateException("path twice or out of order: " + entry);
    }
    lastPath = entry;
    PathEntry.encode(entry, inventory("paths"));
  }

  private JsonText inventory(String array) throws IOException {
    JsonText open = inventory;
    if (open != null && open.length() > Math.min(INVENTORY_MESSAGE, note.capacity() - ENTRY_ROOM)) {
      flushInventory();
      open = null;
    }
    if (open == null) {
      open = new JsonText().startArray(array);
      inventory = open;
    }
    return open;
  }

  private void flushInventory() throws IOException {
    JsonText open = inventory;
    if (open != null) {
      inventory = null;
      append(NotePrefix.INVENTORY, open.endArray().finish());
    }
  }

  /** Writes the label, after the inventory. */
  public void label(LabelNote label) throws IOException {
    if (part == Part.LABEL) {
      throw new IllegalStateException("second label");
    }
    go(Part.LABEL);
    append(NotePrefix.LABEL, label.encode());
  }

  /**
   * Ends the series: index, end note, switch, and zeros to the end of the last segment.
   *
   * @return what the commit must say
   */
  public SeriesEnd end(Lsn stopLsn, TimelineId stopTimeline, Instant stopTime, long damagedPages)
      throws IOException {
    if (!starts.containsKey(Part.LABEL)) {
      throw new IllegalStateException("series without a label");
    }
    go(Part.DONE);
    Lsn indexLsn = wal.nextRecord();
    append(NotePrefix.INDEX, sections().encode());
    for (byte[] message : keys.encode(INVENTORY_MESSAGE)) {
      append(NotePrefix.INDEX, message);
    }
    EndNote end = sums.endNote(begin.nonce(), stopLsn, stopTimeline, stopTime, damagedPages);
    long endLsn = append(NotePrefix.END, end.encode());
    long switchLsn = wal.finish();
    long lastSegment = begin.segmentSize().segmentNumber(new Lsn(switchLsn));
    return new SeriesEnd(end, indexLsn, new Lsn(endLsn), lastSegment);
  }

  private Sections sections() {
    return new Sections(
        start(Part.BLOCKS),
        start(Part.FILES),
        start(Part.FORKS),
        start(Part.PATHS),
        start(Part.LABEL));
  }

  private Lsn start(Part of) {
    return Objects.requireNonNull(starts.get(of));
  }

  /** Goes on to a part; parts between here and there are empty. */
  private void go(Part to) throws IOException {
    if (to == part) {
      return;
    }
    if (to.compareTo(part) < 0) {
      throw new IllegalStateException(to + " after " + part);
    }
    flushChunk();
    flushInventory();
    Lsn here = wal.nextRecord();
    for (Part passed : EnumSet.range(part, to)) {
      starts.putIfAbsent(passed, here);
    }
    part = to;
  }

  private long append(String prefix, byte[] message) throws IOException {
    return appendMessage(prefix, ByteBuffer.wrap(message));
  }

  private long appendMessage(String prefix, ByteBuffer message) throws IOException {
    if (message.remaining() > note.capacity() - LogicalMessage.overhead(prefix)) {
      throw new IOException(
          prefix + " note of " + message.remaining() + " bytes does not fit into a record");
    }
    int length = LogicalMessage.writeRecord(note, prefix, message);
    long lsn = wal.append(note, 0, length);
    sums.addRecord(wal.lastCrc());
    return lsn;
  }
}
