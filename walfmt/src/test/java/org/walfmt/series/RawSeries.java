package org.walfmt.series;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.MemoryWal;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;

/** Records of a series one by one, in any order and shape, right or wrong. */
final class RawSeries {
  static final PgVersion VERSION = PgVersion.V16;
  static final SegmentSize SIZE = new SegmentSize(1 << 20);
  static final long FIRST = 5;
  static final StreamIdentity IDENTITY = new StreamIdentity(VERSION, SIZE, 7711635449941887756L);
  static final String NONCE = "00112233445566778899aabbccddeeff";

  private final MemoryWal wal = new MemoryWal(SIZE);
  private final SeriesDigest sums = new SeriesDigest();
  private final WalEncoder encoder;
  private final ByteBuffer record = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private Lsn lastRecord = Lsn.INVALID;

  RawSeries() {
    encoder = new WalEncoder(IDENTITY, new TimelineId(1), FIRST, wal);
  }

  /** The begin note of a full backup of {@link #IDENTITY}. */
  static BeginNote begin() {
    return begin(IDENTITY);
  }

  static BeginNote begin(StreamIdentity identity) {
    return new BeginNote(
        NONCE,
        identity.version(),
        identity.segmentSize(),
        identity.systemIdentifier(),
        Optional.empty(),
        Lsn.INVALID,
        new TimelineId(1),
        Lsn.parse("0/500028"),
        new TimelineId(1),
        Lsn.parse("0/500060"),
        "test",
        identity.version() + ".1",
        true,
        false,
        false,
        "none",
        "all",
        "test",
        Instant.ofEpochSecond(1000));
  }

  RawSeries beginNote() throws IOException {
    return note("walfmt.begin", begin().encode());
  }

  RawSeries note(String prefix, String json) throws IOException {
    return note(prefix, json.getBytes(StandardCharsets.UTF_8));
  }

  RawSeries note(String prefix, byte[] message) throws IOException {
    int length = LogicalMessage.writeRecord(record, prefix, ByteBuffer.wrap(message));
    return append(length);
  }

  RawSeries file(String path) throws IOException {
    sums.addFile();
    return note("walfmt.file", "{\"path\":\"" + path + "\"}");
  }

  RawSeries chunk(int length) throws IOException {
    sums.addFileBytes(length);
    return note("walfmt.chunk", new byte[length]);
  }

  RawSeries forks() throws IOException {
    return note("walfmt.inventory", "{\"forks\":[]}");
  }

  RawSeries paths() throws IOException {
    return note("walfmt.inventory", "{\"paths\":[]}");
  }

  RawSeries label() throws IOException {
    return note("walfmt.label", "{\"backup_label\":\"l\",\"tablespace_map\":\"\"}");
  }

  RawSeries index(String blocks, String files, String forks, String paths, String label)
      throws IOException {
    return note(
        "walfmt.index",
        new Sections(
                Lsn.parse(blocks),
                Lsn.parse(files),
                Lsn.parse(forks),
                Lsn.parse(paths),
                Lsn.parse(label))
            .encode());
  }

  /** An end note that agrees with what is there. */
  RawSeries endNote() throws IOException {
    return note("walfmt.end", end().encode());
  }

  EndNote end() {
    return sums.endNote(
        NONCE, Lsn.parse("0/500100"), new TimelineId(1), Instant.ofEpochSecond(2000), 0);
  }

  /** A block record of a page of zeros. */
  RawSeries block(long tablespace, long database, long relation, int fork, long number)
      throws IOException {
    return block(tablespace, database, relation, fork, number, new byte[8192]);
  }

  RawSeries block(long tablespace, long database, long relation, int fork, long number, byte[] page)
      throws IOException {
    try (BlockRecordEncoder blocks = new BlockRecordEncoder(VERSION, ImageCompression.NONE)) {
      int length =
          blocks.encode(
              ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN),
              0,
              (int) tablespace,
              (int) database,
              (int) relation,
              fork,
              (int) number,
              record,
              0);
      sums.addBlock(blocks.imageLength());
      return append(length);
    }
  }

  /** A record without any fragment. */
  RawSeries bare(int rmid, int info) throws IOException {
    RecordHeader.write(record, 0, RecordHeader.LENGTH, rmid, info);
    return append(RecordHeader.LENGTH);
  }

  /** A record with these bytes after its header. */
  RawSeries raw(int rmid, int info, byte[] body) throws IOException {
    RecordHeader.write(record, 0, RecordHeader.LENGTH + body.length, rmid, info);
    record.put(RecordHeader.LENGTH, body);
    return append(RecordHeader.LENGTH + body.length);
  }

  /** Chunks until {@code room} bytes, a multiple of 8, are left in the first segment. */
  RawSeries chunksUntil(int room) throws IOException {
    while (left() > 200_000) {
      chunk(100_000);
    }
    int pagesToCome = (left() - 1) / 8192;
    return chunk(left() - room - 24 * pagesToCome - LogicalMessage.overhead("walfmt.chunk"));
  }

  private int left() {
    return SIZE.bytes() - SIZE.offset(next());
  }

  /** Where the next record will begin. */
  Lsn next() {
    return encoder.nextRecord();
  }

  /** Where the last record begins. */
  Lsn lastRecord() {
    return lastRecord;
  }

  private RawSeries append(int length) throws IOException {
    lastRecord = new Lsn(encoder.append(record, 0, length));
    sums.addRecord(encoder.lastCrc());
    return this;
  }

  /** A switch record, and zeros to the end of the segment. */
  MemoryWal finish() throws IOException {
    encoder.finish();
    return wal;
  }

  /** Zeros to the end of the segment. */
  MemoryWal cutOff() throws IOException {
    Lsn end = new Lsn(encoder.finish());
    return wal.fill(end, SIZE.bytes() - SIZE.offset(end), 0);
  }
}
