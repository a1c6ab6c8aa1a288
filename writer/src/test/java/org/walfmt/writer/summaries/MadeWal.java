package org.walfmt.writer.summaries;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordCrc;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;

/** Segments of 1 MB in a directory, with records that change, cut and create relations. */
final class MadeWal implements SegmentSink {
  static final SegmentSize SIZE = new SegmentSize(1 << 20);
  static final StreamIdentity IDENTITY = new StreamIdentity(PgVersion.V15, SIZE, 42);
  private static final int BODY = RecordHeader.LENGTH;
  private static final int RM_XLOG = 0;
  private static final int RM_SMGR = 2;
  private static final int RM_HEAP = 10;

  final List<Lsn> records = new ArrayList<>();
  private final Path directory;
  private final TimelineId timeline;
  private final Lsn before;
  private final WalEncoder encoder;
  private final ByteBuffer record = ByteBuffer.allocate(4 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private final List<SegmentName> segments = new ArrayList<>();
  private boolean isLinked;

  MadeWal(Path directory, int timeline, long firstSegment) throws IOException {
    this(directory, timeline, firstSegment, Lsn.INVALID);
  }

  /** WAL that goes on: its first record is a change, and follows the one at {@code before}. */
  static MadeWal after(Lsn before, Path directory, int timeline, long firstSegment)
      throws IOException {
    MadeWal made = new MadeWal(directory, timeline, firstSegment, before);
    made.change(16384, 0);
    return made;
  }

  private MadeWal(Path directory, int timeline, long firstSegment, Lsn before) throws IOException {
    this.before = before;
    this.directory = Files.createDirectories(directory);
    this.timeline = new TimelineId(timeline);
    this.encoder = new WalEncoder(IDENTITY, this.timeline, firstSegment, this);
  }

  @Override
  public void begin(long number) throws IOException {
    segments.add(new SegmentName(timeline, number, SIZE));
    Files.createFile(file(segments.size() - 1));
  }

  @Override
  public void write(ByteBuffer pages) throws IOException {
    if (before.isValid() && !isLinked) {
      isLinked = true;
      int first = pages.position() + XLogPageHeader.LONG_LENGTH;
      RecordHeader.putPrev(pages, first, before.value());
      int length = (int) RecordHeader.totalLength(pages, first);
      RecordHeader.putCrc(pages, first, new RecordCrc().compute(pages, first, length));
    }
    try (SeekableByteChannel out =
        Files.newByteChannel(
            file(segments.size() - 1), StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      out.write(pages);
    }
  }

  @Override
  public void end() {}

  /** LSN of the last record. */
  Lsn last() {
    return records.get(records.size() - 1);
  }

  /** The segment files, the first is 0. */
  Path file(int index) {
    return directory.resolve(segments.get(index).toString());
  }

  List<SegmentName> segments() {
    return segments;
  }

  Lsn next() {
    return encoder.nextRecord();
  }

  /** Where the last record ends: after a switch, the next segment. */
  Lsn ending() {
    return RecordSearch.beforePageHeader(next(), SIZE);
  }

  /** Records of all kinds, until so many bytes of WAL are there; ends with a switch. */
  MadeWal fill(long seed, long bytes) throws IOException {
    Random random = new Random(seed);
    long end = next().value() + bytes;
    while (next().value() < end) {
      int relation = 16384 + random.nextInt(30);
      switch (random.nextInt(60)) {
        case 0 -> create(relation);
        case 1, 2 -> truncate(relation, random.nextInt(50));
        case 3 -> message(random.nextInt(20) == 0 ? 2_500_000 : 30_000);
        default -> change(relation, random.nextInt(100));
      }
    }
    finish();
    return this;
  }

  void finish() throws IOException {
    records.add(new Lsn(encoder.finish()));
  }

  private void append(int length) throws IOException {
    records.add(next());
    encoder.append(record, 0, length);
  }

  /** A record with main data only, whose length is that of what is put. */
  private void appendMain(int rmid, int info, int... words) throws IOException {
    int length = Integer.BYTES * words.length;
    int total = BODY + 2 + length;
    RecordHeader.write(record, 0, total, rmid, info);
    record.put(BODY, (byte) 255).put(BODY + 1, (byte) length);
    for (int i = 0; i < words.length; i++) {
      record.putInt(BODY + 2 + Integer.BYTES * i, words[i]);
    }
    append(total);
  }

  /** {@code XLOG_SMGR_CREATE} of a main fork. */
  void create(int relation) throws IOException {
    appendMain(RM_SMGR, 0x10, 1663, 5, relation, 0);
  }

  /** {@code XLOG_SMGR_TRUNCATE} of the main fork. */
  void truncate(int relation, int blocks) throws IOException {
    appendMain(RM_SMGR, 0x20, blocks, 1663, 5, relation, 1);
  }

  /** {@code XLOG_PARAMETER_CHANGE} to {@code wal_level=minimal}. */
  void minimal() throws IOException {
    appendMain(RM_XLOG, 0x60, 100, 8, 10, 0, 64, 0, 0);
  }

  void message(int length) throws IOException {
    append(LogicalMessage.writeRecord(record, "test", ByteBuffer.allocate(length)));
  }

  /** A record that names a block and has 100 bytes of data for it. */
  void change(int relation, int block) throws IOException {
    change(RM_HEAP, relation, block);
  }

  /** The same of another resource manager. */
  void change(int rmid, int relation, int block) throws IOException {
    int data = 100;
    int total = BODY + 20 + data;
    RecordHeader.write(record, 0, total, rmid, 0);
    record.put(BODY, (byte) 0).put(BODY + 1, (byte) 0x20).putShort(BODY + 2, (short) data);
    record.putInt(BODY + 4, 1663).putInt(BODY + 8, 5).putInt(BODY + 12, relation);
    record.putInt(BODY + 16, block);
    append(total);
  }
}
