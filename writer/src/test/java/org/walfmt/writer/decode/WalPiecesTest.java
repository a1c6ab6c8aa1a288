package org.walfmt.writer.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;
import org.walfmt.image.ImageCompression;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.record.LogicalMessage;
import org.walfmt.record.RecordCrc;
import org.walfmt.record.RecordHeader;
import org.walfmt.record.Rmgr;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.writer.kit.TestSeries;

/** Pieces of any size tell what one piece tells, of sound WAL and of damaged WAL. */
class WalPiecesTest {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V15, TestSeries.SEGMENTS, TestSeries.SYSTEM);
  private static final int SEGMENT = 1 << 20;
  private static final int FIRST = 3;
  private static final long WHOLE = 1L << 40;

  /** Segments in memory. */
  private static final class Segments implements SegmentSink, SegmentSource {
    private final List<byte[]> segments = new ArrayList<>();
    private ByteBuffer open = ByteBuffer.allocate(0);

    @Override
    public void begin(long number) {
      segments.add(new byte[SEGMENT]);
      open = ByteBuffer.wrap(segments.get(segments.size() - 1));
    }

    @Override
    public void write(ByteBuffer pages) {
      open.put(pages);
    }

    @Override
    public void end() {
      assertThat(open.hasRemaining()).isFalse();
    }

    @Override
    public Optional<SegmentInput> open(long number) {
      if (number < FIRST || number >= FIRST + segments.size()) {
        return Optional.empty();
      }
      ByteBuffer bytes = ByteBuffer.wrap(segments.get((int) number - FIRST));
      return Optional.of(
          new SegmentInput() {
            @Override
            public void seek(long offset) {
              bytes.position((int) offset);
            }

            @Override
            public int read(ByteBuffer room) {
              if (!bytes.hasRemaining()) {
                return -1;
              }
              int count = Math.min(room.remaining(), bytes.remaining());
              room.put(bytes.slice(bytes.position(), count));
              bytes.position(bytes.position() + count);
              return count;
            }

            @Override
            public void close() {}
          });
    }

    @Override
    public String name(long number) {
      return "segment " + number;
    }
  }

  private final Segments wal = new Segments();
  private final List<Lsn> records = new ArrayList<>();

  private void write(long seed) throws IOException {
    Random random = new Random(seed);
    WalEncoder encoder = new WalEncoder(IDENTITY, TimelineId.of(1), FIRST, wal);
    ByteBuffer record = ByteBuffer.allocate(4 << 20).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    BlockRecordEncoder blocks = new BlockRecordEncoder(PgVersion.V15, ImageCompression.NONE);
    long end = encoder.nextRecord().value() + (8L << 20);
    while (encoder.nextRecord().value() < end) {
      records.add(encoder.nextRecord());
      int length;
      if (random.nextInt(4) > 0) {
        page.putInt(4000, random.nextInt());
        int relation = 1 + random.nextInt(5);
        int block = random.nextInt(1 << random.nextInt(20));
        length = blocks.encode(page, 0, 1663, 5, relation, random.nextInt(4), block, record, 0);
      } else {
        int most = random.nextInt(40) == 0 ? 3 << 20 : 20_000;
        ByteBuffer message = ByteBuffer.allocate(random.nextInt(most));
        length = LogicalMessage.writeRecord(record, "test", message);
      }
      encoder.append(record, 0, length);
    }
    blocks.close();
    records.add(encoder.nextRecord());
    encoder.finish();
  }

  /** What a walk tells: all changes, and where and how it ended. */
  private String walk(Lsn start, Lsn end, boolean mustEnd, long pieceBytes) {
    BlockChanges changes = new BlockChanges();
    boolean isComplete = true;
    try (WalPieces pieces =
        new WalPieces(wal, IDENTITY, start, Optional.empty(), end, mustEnd, false, 3, pieceBytes)) {
      for (WalPiece piece = pieces.next(); piece != null; piece = pieces.next()) {
        changes.append(piece.changes());
        assertThat(isComplete).isTrue();
        isComplete = piece.isComplete();
      }
      List<ForkChanges> sorted = changes.sorted();
      return "to " + pieces.position() + (isComplete ? " " : " cut ") + sorted;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {8192, 16384, 65536, 1 << 20, 2 << 20, 4 << 20})
  void tellTheSameWhateverTheirSize(long pieceBytes) throws IOException {
    write(pieceBytes);
    Random random = new Random(1);
    for (int i = 0; i < 30; i++) {
      int from = random.nextInt(records.size());
      int to = from + random.nextInt(records.size() - from);
      boolean mustEnd = random.nextBoolean();
      Lsn start = records.get(from);
      Lsn end = records.get(to).plus(random.nextInt(8) == 0 ? 8 : 0);
      assertThat(walk(start, end, mustEnd, pieceBytes))
          .as("%s to %s", start, end)
          .isEqualTo(walk(start, end, mustEnd, WHOLE));
    }
  }

  @Test
  void endWhereTheWalDoes() throws IOException {
    write(4);
    Lsn beyond = IDENTITY.segmentSize().start(FIRST + 100);
    String whole = walk(records.get(0), beyond, false, WHOLE);
    assertThat(whole).startsWith("to ").contains(" cut ");
    assertThat(walk(records.get(0), beyond, false, 65536)).isEqualTo(whole);
    wal.segments.remove(5);
    assertThat(walk(records.get(0), beyond, false, 65536))
        .isEqualTo(walk(records.get(0), beyond, false, WHOLE))
        .isNotEqualTo(whole);
  }

  /** The rest of a segment after a switch is many pieces of zeros, which are passed over. */
  @Test
  void goOnAfterASwitch() throws IOException {
    write(5);
    Lsn last = records.get(records.size() - 1);
    Lsn end = IDENTITY.segmentSize().start(FIRST + wal.segments.size());
    assertThat(walk(last, end, false, 8192)).isEqualTo("to " + end.plus(40) + " []");
  }

  /** A long record was given up on some page of it, where another was begun instead. */
  @ParameterizedTest
  @ValueSource(longs = {8192, 16384, 65536, 1 << 20})
  void goOnAfterARecordThatWasGivenUp(long pieceBytes) throws IOException {
    for (int pages : new int[] {1, 2, 7, 8, 9, 100, 129}) {
      wal.segments.clear();
      records.clear();
      write(8);
      int record = 1;
      while (records.get(record + 1).value() - records.get(record).value() < 130 * 8192) {
        record++;
      }
      Lsn page = new Lsn((records.get(record).value() & -8192) + pages * 8192L);
      Lsn end = giveUp(record, page);
      for (int from : new int[] {0, record - 1}) {
        String whole = walk(records.get(from), end, true, WHOLE);
        assertThat(whole).startsWith("to " + end + " ").contains("1663/5/77 fork 0 blocks {3}");
        assertThat(walk(records.get(from), end, true, pieceBytes))
            .as("%d pages, from record %d", pages, from)
            .isEqualTo(whole);
      }
    }
  }

  /** Puts an overwrite record, one that changes a block and a last one on a page; returns that. */
  private Lsn giveUp(int record, Lsn page) throws IOException {
    int segment = (int) (page.value() / SEGMENT) - FIRST;
    int offset = IDENTITY.segmentSize().offset(page);
    wal.segments.subList(segment + 1, wal.segments.size()).clear();
    byte[] bytes = wal.segments.get(segment);
    Arrays.fill(bytes, offset, SEGMENT, (byte) 0);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header =
        XLogPageHeader.write(
            buffer,
            offset,
            IDENTITY.version(),
            TimelineId.of(1),
            page.value(),
            0,
            IDENTITY.segmentSize(),
            IDENTITY.systemIdentifier());
    int info = XLogPageHeader.FIRST_IS_OVERWRITE_CONTRECORD;
    buffer.putShort(offset + 2, (short) (buffer.getShort(offset + 2) | info));
    int at = offset + header;
    RecordHeader.write(buffer, at, 24 + 2 + 16, Rmgr.XLOG, 0xD0);
    buffer.put(at + 24, (byte) 255).put(at + 25, (byte) 16);
    buffer.putLong(at + 26, records.get(record).value());
    seal(buffer, at, 42, records.get(record - 1).value());
    Lsn overwrite = page.plus(header);
    ByteBuffer change = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    int length;
    try (BlockRecordEncoder blocks = new BlockRecordEncoder(PgVersion.V15, ImageCompression.NONE)) {
      ByteBuffer zeros = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
      length = blocks.encode(zeros, 0, 1663, 5, 77, 0, 3, change, 0);
    }
    buffer.put(at + 48, change, 0, length);
    seal(buffer, at + 48, length, overwrite.value());
    int last = at + 48 + (int) RecordHeader.align(length);
    RecordHeader.write(buffer, last, 24, Rmgr.XLOG, Rmgr.XLOG_NOOP);
    seal(buffer, last, 24, overwrite.plus(48).value());
    return page.plus(last - offset);
  }

  private static void seal(ByteBuffer buffer, int offset, int length, long prev) {
    RecordHeader.putPrev(buffer, offset, prev);
    RecordHeader.putCrc(buffer, offset, new RecordCrc().compute(buffer, offset, length));
  }

  /** Where a piece and the range end with the same record, no other record is read for proof. */
  @Test
  void proveTheRecordAtTheEnd() throws IOException {
    WalEncoder encoder = new WalEncoder(IDENTITY, TimelineId.of(1), FIRST, wal);
    ByteBuffer record = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
    int header = LogicalMessage.writeRecord(record, "test", ByteBuffer.allocate(1000)) - 1000;
    for (int room : new int[] {8192 - 40, 8192 - 24, 100}) {
      records.add(encoder.nextRecord());
      ByteBuffer message = ByteBuffer.allocate(room - header);
      encoder.append(record, 0, LogicalMessage.writeRecord(record, "test", message));
    }
    encoder.finish();
    Lsn end = records.get(2);
    assertThat(end).isEqualTo(IDENTITY.segmentSize().start(FIRST).plus(2 * 8192 + 24));
    assertThat(walk(records.get(0), end, true, 8192)).isEqualTo("to " + end + " []");
    ByteBuffer segment = ByteBuffer.wrap(wal.segments.get(0)).order(ByteOrder.LITTLE_ENDIAN);
    seal(segment, 2 * 8192 + 24, 100, records.get(0).value());
    assertThat(walk(records.get(0), end, true, WHOLE)).contains("incorrect prev-link");
    assertThat(walk(records.get(0), end, true, 8192))
        .isEqualTo(walk(records.get(0), end, true, WHOLE));
  }

  @Test
  void noticeDamageJustTheSame() throws IOException {
    write(6);
    Random random = new Random(7);
    Lsn start = records.get(0);
    Lsn end = records.get(records.size() - 1);
    String sound = walk(start, end, true, WHOLE);
    int noticed = 0;
    for (int i = 0; i < 150; i++) {
      byte[] segment = wal.segments.get(random.nextInt(wal.segments.size() - 1));
      int at = random.nextInt(3) == 0 ? 8192 * random.nextInt(128) : random.nextInt(SEGMENT);
      at = Math.min(SEGMENT - 1, at + random.nextInt(24));
      byte before = segment[at];
      segment[at] ^= (byte) (1 << random.nextInt(8));
      String expected = walk(start, end, true, WHOLE);
      assertThat(walk(start, end, true, 65536)).as("byte %d", at).isEqualTo(expected);
      noticed += expected.equals(sound) ? 0 : 1;
      segment[at] = before;
    }
    assertThat(noticed).isGreaterThan(100);
  }
}
