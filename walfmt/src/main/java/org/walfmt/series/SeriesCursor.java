package org.walfmt.series;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;
import org.walfmt.record.BlockReference;
import org.walfmt.record.DecodedRecord;
import org.walfmt.record.FullPageImage;
import org.walfmt.record.ImageRestorer;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;

/**
 * Walks over the records of a series, from its start or from any record in it, and lets nothing
 * through that breaks a rule of its own record or of the order of records. Nothing is allocated for
 * a block record.
 *
 * <p>Serves one thread. What it hands out is good until the next call of {@link #next}.
 */
public final class SeriesCursor implements Closeable {
  /** Bytes read at a time where nothing else is asked for. */
  static final int BUFFER_SIZE = 1 << 20;

  private static final int NO_FORK = -1;

  private final WalReader wal;
  private final Supplier<WalPosition> here;
  private final StreamIdentity identity;
  private final DecodedRecord decoded;
  private final ImageRestorer restorer;
  private final int maxRecord;
  private RecordKind kind = RecordKind.BEGIN;
  private boolean started;
  private int lastFork = NO_FORK;
  private int lastTablespace;
  private int lastDatabase;
  private int lastRelation;
  private int lastBlock;

  /**
   * @param start LSN of a record of the series, or of its first segment
   */
  public SeriesCursor(SegmentSource source, StreamIdentity identity, Lsn start) {
    this(source, identity, start, BUFFER_SIZE);
  }

  /**
   * The same, for many cursors side by side.
   *
   * @param bufferSize bytes read at a time, a multiple of 8192
   */
  public SeriesCursor(SegmentSource source, StreamIdentity identity, Lsn start, int bufferSize) {
    this.identity = identity;
    this.maxRecord = SeriesWriter.maxRecord(identity.segmentSize());
    this.wal = new WalReader(source, identity, start, true, maxRecord, bufferSize);
    this.here = wal::where;
    this.decoded = new DecodedRecord(identity.version());
    this.restorer = new ImageRestorer(identity.version());
  }

  /**
   * Goes to the next record.
   *
   * @return false after the switch record, which ends the series
   */
  public boolean next() throws IOException {
    if (started && kind == RecordKind.SWITCH) {
      return false;
    }
    if (!wal.next()) {
      throw new TruncatedWalException("series ends without its switch record", wal.whereNext());
    }
    if (wal.totalLength() > maxRecord) {
      throw corrupt("record of " + wal.totalLength() + " bytes in a series");
    }
    RecordKind before = kind;
    classify();
    checkOrder(before);
    started = true;
    return true;
  }

  private void classify() throws WalFormatException {
    ByteBuffer buffer = wal.buffer();
    int offset = wal.offset();
    if (RecordHeader.xid(buffer, offset) != 0) {
      throw corrupt("record with a transaction id in a series");
    }
    decoded.decode(buffer, offset, wal.totalLength(), wal.keptLength(), here);
    int rmid = wal.rmid();
    int info = wal.info();
    if (rmid == Rmgr.XLOG && info == Rmgr.XLOG_FPI) {
      classifyBlock();
    } else if (rmid == Rmgr.LOGICAL_MESSAGE && info == Rmgr.MESSAGE) {
      classifyNote();
    } else if (rmid == Rmgr.XLOG && info == Rmgr.XLOG_SWITCH) {
      requireBare();
      kind = RecordKind.SWITCH;
    } else if (rmid == Rmgr.XLOG && info == Rmgr.XLOG_NOOP) {
      requireBare();
      kind = RecordKind.NOOP;
      int size = identity.segmentSize().bytes();
      if (size - identity.segmentSize().offset(new Lsn(wal.lsn())) >= RecordHeader.LENGTH) {
        throw corrupt("superfluous NOOP record in a series");
      }
    } else {
      throw corrupt(
          String.format("record of resource manager %d, info %02X in a series", rmid, info));
    }
  }

  private void requireBare() throws CorruptWalException {
    if (wal.totalLength() != RecordHeader.LENGTH) {
      throw corrupt("record of " + wal.totalLength() + " bytes where 24 are expected");
    }
  }

  private void classifyBlock() throws WalFormatException {
    kind = RecordKind.BLOCK;
    BlockReference block = decoded.blockCount() == 1 ? decoded.block(0) : null;
    if (block == null
        || decoded.mainLength() != 0
        || block.id() != 0
        || block.flags() != (block.fork() | FullPageImage.HAS_IMAGE)
        || !block.isApplied()
        || (block.imageInfo() & ~FullPageImage.knownBits(identity.version())) != 0) {
      throw corrupt("full-page image record is no block record");
    }
    int order = lastFork == NO_FORK ? 1 : compareToLast(block);
    if (order <= 0) {
      throw corrupt(
          (order == 0 ? "block occurs twice: " : "block out of order: ") + describe(block));
    }
    lastTablespace = block.tablespace();
    lastDatabase = block.database();
    lastRelation = block.relation();
    lastFork = block.fork();
    lastBlock = block.number();
  }

  private int compareToLast(BlockReference block) {
    int order = Integer.compareUnsigned(block.tablespace(), lastTablespace);
    order = order != 0 ? order : Integer.compareUnsigned(block.database(), lastDatabase);
    order = order != 0 ? order : Integer.compareUnsigned(block.relation(), lastRelation);
    order = order != 0 ? order : Integer.compare(block.fork(), lastFork);
    return order != 0 ? order : Integer.compareUnsigned(block.number(), lastBlock);
  }

  private static String describe(BlockReference block) {
    return Integer.toUnsignedString(block.tablespace())
        + "/"
        + Integer.toUnsignedString(block.database())
        + "/"
        + Integer.toUnsignedString(block.relation())
        + " fork "
        + block.fork()
        + " block "
        + Integer.toUnsignedString(block.number());
  }

  private void classifyNote() throws WalFormatException {
    String prefix = LogicalMessage.prefix(wal.buffer(), decoded).orElse("");
    if (decoded.blockCount() > 0
        || !LogicalMessage.isCanonical(wal.buffer(), decoded)
        || wal.totalLength() != LogicalMessage.overhead(prefix) + payloadLength()) {
      throw corrupt("logical message is no note");
    }
    kind =
        switch (prefix) {
          case NotePrefix.BEGIN -> RecordKind.BEGIN;
          case NotePrefix.FILE -> RecordKind.FILE;
          case NotePrefix.CHUNK -> RecordKind.CHUNK;
          case NotePrefix.INVENTORY -> inventoryKind();
          case NotePrefix.LABEL -> RecordKind.LABEL;
          case NotePrefix.INDEX -> RecordKind.INDEX;
          case NotePrefix.END -> RecordKind.END;
          default ->
              throw new UnsupportedWalException(
                  "unknown note \"" + prefix.replaceAll("[^ -~]", "?") + "\"", wal.where());
        };
  }

  /** Forks and paths share a prefix; the array's name, right after the brace, tells them apart. */
  private RecordKind inventoryKind() {
    int name = payloadOffset() + 2;
    boolean forks = payloadLength() > 2 && wal.buffer().get(name) == 'f';
    return forks ? RecordKind.FORKS : RecordKind.PATHS;
  }

  private void checkOrder(RecordKind before) throws CorruptWalException {
    boolean fits;
    if (!started) {
      fits = true;
    } else {
      int step = kind.compareTo(before);
      fits =
          switch (kind) {
            case BEGIN -> false;
            case BLOCK, FORKS, PATHS, INDEX -> step >= 0;
            case FILE -> step >= 0 || before == RecordKind.CHUNK;
            case CHUNK -> before == RecordKind.FILE || before == RecordKind.CHUNK;
            case LABEL, END, NOOP, SWITCH -> step > 0;
          };
    }
    if (!fits) {
      throw corrupt("record " + kind + " after " + before + " in a series");
    }
    if (kind == RecordKind.SWITCH && started && before.compareTo(RecordKind.END) < 0) {
      throw corrupt("switch record before the end note");
    }
  }

  /** What the record is. */
  public RecordKind kind() {
    return kind;
  }

  /** LSN of the record. */
  public Lsn lsn() {
    return new Lsn(wal.lsn());
  }

  /** {@code xl_crc} of the record. */
  public int crc() {
    return RecordHeader.crc(wal.buffer(), wal.offset());
  }

  /** Timeline in the page headers. */
  public TimelineId pageTimeline() {
    return wal.timeline();
  }

  /** The block reference of a block record. */
  public BlockReference block() {
    return decoded.block(0);
  }

  /** Writes the page of a block record to {@code at} in {@code out}. */
  public void restorePage(ByteBuffer out, int at) throws CorruptWalException {
    restorer.restore(wal.buffer(), decoded.block(0), out, at, here);
  }

  private int payloadOffset() {
    return LogicalMessage.messageOffset(wal.buffer(), decoded);
  }

  /** Bytes of a note's message. */
  public int payloadLength() {
    return LogicalMessage.messageLength(wal.buffer(), decoded);
  }

  /** Copies a chunk's bytes to the buffer's position, which is moved; there must be room. */
  public void copyPayload(ByteBuffer to) {
    to.put(to.position(), wal.buffer(), payloadOffset(), payloadLength());
    to.position(to.position() + payloadLength());
  }

  private byte[] payload() {
    byte[] message = new byte[payloadLength()];
    wal.buffer().get(payloadOffset(), message);
    return message;
  }

  /** The begin note. */
  public BeginNote begin() throws WalFormatException {
    return BeginNote.decode(payload(), wal.where());
  }

  /** The path of a file note. */
  public String filePath() throws WalFormatException {
    JsonFields json = JsonFields.parse(payload(), wal.where());
    String path = json.string("path");
    json.done();
    if (!PathOrder.isSafe(path)) {
      throw corrupt("unsafe path \"" + path + "\" in file note");
    }
    return path;
  }

  /** The entries of a part of the inventory. */
  public List<ForkEntry> forks() throws WalFormatException {
    JsonFields json = JsonFields.parse(payload(), wal.where());
    List<ForkEntry> entries = new ArrayList<>();
    for (JsonFields object : json.objects("forks")) {
      entries.add(ForkEntry.decode(object));
    }
    json.done();
    return entries;
  }

  /** The entries of a part of the inventory. */
  public List<PathEntry> paths() throws WalFormatException {
    JsonFields json = JsonFields.parse(payload(), wal.where());
    List<PathEntry> entries = new ArrayList<>();
    for (JsonFields object : json.objects("paths")) {
      entries.add(PathEntry.decode(object));
    }
    json.done();
    return entries;
  }

  /** The label note. */
  public LabelNote label() throws WalFormatException {
    return LabelNote.decode(payload(), wal.where());
  }

  /** The first index note. */
  public Sections sections() throws WalFormatException {
    return Sections.decode(payload(), wal.where());
  }

  /** The end note. */
  public EndNote end() throws WalFormatException {
    return EndNote.decode(payload(), wal.where());
  }

  /** The place of the record, for messages. */
  public WalPosition where() {
    return wal.where();
  }

  /** A finding about the record. */
  public CorruptWalException corrupt(String fact) {
    return new CorruptWalException(fact, wal.where());
  }

  @Override
  public void close() throws IOException {
    restorer.close();
    wal.close();
  }
}
