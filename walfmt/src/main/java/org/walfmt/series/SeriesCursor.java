package org.walfmt.series;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.WalPosition;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.BlockRecordEncoder;
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

  private static final ByteBuffer FORKS = ascii("{\"forks\":[");
  private static final ByteBuffer PATHS = ascii("{\"paths\":[");

  private final WalReader wal;
  private final Supplier<WalPosition> here;
  private final StreamIdentity identity;
  private final DecodedRecord decoded;
  private final ImageRestorer restorer;
  private final BlockOrder order = new BlockOrder();
  private final int maxRecord;
  private RecordKind kind = RecordKind.BEGIN;
  private boolean started;
  private int[] passed = new int[1];
  private int passedCount;

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
   * Goes to the next record; passes over notes of extensions.
   *
   * @return false after the switch record, which ends the series
   */
  public boolean next() throws IOException {
    passedCount = 0;
    if (started && kind == RecordKind.SWITCH) {
      return false;
    }
    readRecord();
    while (isExtension()) {
      if (!started || kind.compareTo(RecordKind.END) >= 0) {
        throw corrupt("note of an extension before or after a series");
      }
      passed = passedCount < passed.length ? passed : Arrays.copyOf(passed, 2 * passedCount);
      passed[passedCount++] = crc();
      readRecord();
    }
    RecordKind found = classify();
    if (started ? !found.mayFollow(kind) : found == RecordKind.BEGIN && !isFirst()) {
      throw corrupt("record " + found + " after " + (started ? kind : "others") + " in a series");
    }
    kind = found;
    started = true;
    return true;
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();
  }

  private void readRecord() throws IOException {
    if (!wal.next()) {
      throw new TruncatedWalException("series ends without its switch record", wal.whereNext());
    }
    if (wal.totalLength() > maxRecord) {
      throw corrupt("record of " + wal.totalLength() + " bytes in a series");
    }
    if (RecordHeader.xid(wal.buffer(), wal.offset()) != 0) {
      throw corrupt("record with a transaction id in a series");
    }
    if (RecordHeader.padding(wal.buffer(), wal.offset()) != 0) {
      throw corrupt("record header padding is not zero");
    }
    decoded.decode(wal.buffer(), wal.offset(), wal.totalLength(), wal.keptLength(), here);
  }

  private boolean isFirst() {
    return RecordHeader.prev(wal.buffer(), wal.offset()) == 0;
  }

  private RecordKind classify() throws WalFormatException {
    int rmid = wal.rmid();
    int info = wal.info();
    if (rmid == Rmgr.XLOG && info == Rmgr.XLOG_FPI) {
      checkBlock();
      return RecordKind.BLOCK;
    } else if (isMessage()) {
      return classifyNote();
    } else if (rmid == Rmgr.XLOG && info == Rmgr.XLOG_SWITCH) {
      requireBare();
      if (roomInSegment() < RecordHeader.LENGTH) {
        throw corrupt("switch record in two segments of a series");
      }
      return RecordKind.SWITCH;
    } else if (rmid == Rmgr.XLOG && info == Rmgr.XLOG_NOOP) {
      requireBare();
      if (roomInSegment() >= RecordHeader.LENGTH) {
        throw corrupt("superfluous NOOP record in a series");
      }
      return RecordKind.NOOP;
    }
    throw corrupt(
        String.format("record of resource manager %d, info %02X in a series", rmid, info));
  }

  private boolean isMessage() {
    return wal.rmid() == Rmgr.LOGICAL_MESSAGE && wal.info() == Rmgr.MESSAGE;
  }

  private int roomInSegment() {
    return identity.segmentSize().bytes() - identity.segmentSize().offset(new Lsn(wal.lsn()));
  }

  private void requireBare() throws CorruptWalException {
    if (wal.totalLength() != RecordHeader.LENGTH) {
      throw corrupt("record of " + wal.totalLength() + " bytes where 24 are expected");
    }
  }

  private void checkBlock() throws WalFormatException {
    BlockReference block = decoded.blockCount() == 1 ? decoded.block(0) : null;
    if (block == null
        || decoded.mainLength() != 0
        || block.id() != 0
        || block.flags() != (block.fork() | FullPageImage.HAS_IMAGE)
        || !block.isApplied()
        || (block.imageInfo() & ~FullPageImage.knownBits(identity.version())) != 0
        || wal.totalLength() != BlockRecordEncoder.overhead(block) + block.imageLength()) {
      throw corrupt("full-page image record is no block record");
    }
    int step =
        order.advance(
            block.tablespace(), block.database(), block.relation(), block.fork(), block.number());
    if (step <= 0) {
      throw corrupt((step == 0 ? "block occurs twice: " : "block out of order: ") + order);
    }
  }

  /** Whether this is a note whose name begins with {@code x-}: another program's business. */
  private boolean isExtension() {
    return isMessage()
        && LogicalMessage.prefix(wal.buffer(), decoded).orElse("").startsWith(NotePrefix.EXTENSION);
  }

  private RecordKind classifyNote() throws WalFormatException {
    Optional<String> prefix = LogicalMessage.prefix(wal.buffer(), decoded);
    if (prefix.isEmpty()
        || decoded.blockCount() > 0
        || !LogicalMessage.isCanonical(wal.buffer(), decoded)
        || wal.totalLength() != LogicalMessage.overhead(prefix.get()) + payloadLength()) {
      throw corrupt("logical message is no note");
    }
    return switch (prefix.get()) {
      case NotePrefix.BEGIN -> RecordKind.BEGIN;
      case NotePrefix.FILE -> RecordKind.FILE;
      case NotePrefix.CHUNK -> {
        if (payloadLength() == 0) {
          throw corrupt("empty chunk in a series");
        }
        yield RecordKind.CHUNK;
      }
      case NotePrefix.INVENTORY -> inventoryKind();
      case NotePrefix.LABEL -> RecordKind.LABEL;
      case NotePrefix.INDEX -> RecordKind.INDEX;
      case NotePrefix.END -> RecordKind.END;
      default ->
          throw new UnsupportedWalException(
              "unknown note \"" + prefix.get().replaceAll("[^ -~]", "?") + "\"", wal.where());
    };
  }

  /** Forks and paths share a prefix; the first bytes tell them apart (rule INVENTORY-1). */
  private RecordKind inventoryKind() throws CorruptWalException {
    if (payloadBegins(FORKS)) {
      return RecordKind.FORKS;
    } else if (payloadBegins(PATHS)) {
      return RecordKind.PATHS;
    }
    throw corrupt("inventory note begins with neither forks nor paths");
  }

  private boolean payloadBegins(ByteBuffer start) {
    return payloadLength() >= start.limit()
        && wal.buffer().slice(payloadOffset(), start.limit()).equals(start);
  }

  /** Notes of extensions between the record before and this one. */
  int passedCount() {
    return passedCount;
  }

  /** {@code xl_crc} of note {@code i} of these. */
  int passedCrc(int i) {
    return passed[i];
  }

  /** What the record is. */
  public RecordKind kind() {
    return kind;
  }

  /** LSN of the record. */
  public Lsn lsn() {
    return new Lsn(wal.lsn());
  }

  /** LSN at which the next record begins. */
  Lsn nextLsn() {
    Lsn next = wal.position();
    boolean atPage = next.value() % XLogPageHeader.PAGE_SIZE == 0;
    return atPage ? next.plus(XLogPageHeader.length(next, identity.segmentSize())) : next;
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

  /** The keys of an index note after the first. */
  List<IndexKey> indexKeys() throws WalFormatException {
    return IndexKey.decode(payload(), wal.where());
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
