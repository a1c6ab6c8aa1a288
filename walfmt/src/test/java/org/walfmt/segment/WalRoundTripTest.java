package org.walfmt.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.TestStream.Written;

/** What {@link WalEncoder} lays on pages, {@link WalReader} takes from them. */
class WalRoundTripTest {
  private static final int PAGE = TestStream.PAGE;
  private static final int MIB = TestStream.MIB;

  /** Lengths around everything that matters: headers, pages, segments. */
  private static TestStream randomStream(int segmentSize, long seed, int records)
      throws IOException {
    TestStream stream = new TestStream(segmentSize, 0x1_0000_0003L * MIB / segmentSize, seed);
    Random random = new Random(seed);
    for (int i = 0; i < records; i++) {
      switch (random.nextInt(8)) {
        case 0 -> stream.append(RecordHeader.LENGTH);
        case 1, 2 -> stream.append(RecordHeader.LENGTH + random.nextInt(100));
        case 3 -> stream.append(RecordHeader.LENGTH + random.nextInt(PAGE));
        case 4 -> stream.append(RecordHeader.LENGTH + random.nextInt(8 * PAGE));
        case 5 -> stream.appendLeavingOnPage(0);
        case 6 -> stream.appendLeavingOnPage(8 * random.nextInt(4));
        default -> stream.append(RecordHeader.LENGTH + (random.nextInt(20) == 0 ? 300_000 : 0));
      }
    }
    return stream;
  }

  private static void assertReads(WalReader reader, List<Written> records, int from)
      throws IOException {
    for (int i = from; i < records.size(); i++) {
      Written record = records.get(i);
      assertThat(reader.next()).as("record %d at %s", i, record.lsn()).isTrue();
      assertThat(reader.lsn()).isEqualTo(record.lsn().value());
      assertThat(reader.endLsn()).isEqualTo(record.end().value());
      assertThat(reader.totalLength()).isEqualTo(record.totalLength());
      assertThat(reader.keptLength()).isEqualTo(record.totalLength());
      int body = reader.offset() + RecordHeader.LENGTH;
      assertThat(reader.buffer().slice(body, record.body().capacity())).isEqualTo(record.body());
      assertThat(RecordHeader.prev(reader.buffer(), reader.offset()))
          .isEqualTo(i == 0 ? 0 : records.get(i - 1).lsn().value());
    }
  }

  private static void assertSwitchAndEnd(WalReader reader, Lsn switchLsn) throws IOException {
    assertThat(reader.next()).isTrue();
    assertThat(reader.lsn()).isEqualTo(switchLsn.value());
    assertThat(reader.info()).isEqualTo(0x40);
    assertThat(reader.next()).isFalse();
    assertThat(reader.end()).isEqualTo(WalEnd.NO_SEGMENT);
    assertThat(reader.position().value()).isEqualTo(reader.endLsn());
  }

  @ParameterizedTest
  @CsvSource({"1048576, 1", "1048576, 2", "1048576, 3", "2097152, 4", "16777216, 5"})
  void readsWhatWasWritten(int segmentSize, long seed) throws IOException {
    TestStream stream = randomStream(segmentSize, seed, segmentSize == 16 * MIB ? 3000 : 700);
    Lsn end = stream.finish();
    assertThat(stream.wal.segments()).hasSizeGreaterThan(1).hasSize(stream.wal.ended());
    try (WalReader strict = stream.readStrictly(stream.start());
        WalReader lenient = stream.read(stream.start())) {
      assertReads(strict, stream.records, 0);
      assertSwitchAndEnd(strict, end);
      assertReads(lenient, stream.records, 0);
      assertSwitchAndEnd(lenient, end);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 4096, 8193})
  void readsTheSameInSmallPieces(int bytes) throws IOException {
    TestStream stream = randomStream(MIB, 6, 300);
    Lsn end = stream.finish();
    stream.wal.mostPerRead(bytes);
    try (WalReader reader = stream.readStrictly(stream.start())) {
      assertReads(reader, stream.records, 0);
      assertSwitchAndEnd(reader, end);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8192, 3 * 8192, 1 << 20, 3 << 20})
  void readsTheSameWithAnyBuffer(int bytes) throws IOException {
    TestStream stream = randomStream(2 * MIB, 7, 300);
    Lsn end = stream.finish();
    try (WalReader reader =
        new WalReader(stream.wal, stream.identity, stream.start(), true, MIB, bytes)) {
      assertReads(reader, stream.records, 0);
      assertSwitchAndEnd(reader, end);
    }
  }

  @Test
  void beginsAtEveryRecord() throws IOException {
    TestStream stream = randomStream(MIB, 8, 300);
    stream.finish();
    for (int i = 0; i < stream.records.size(); i++) {
      try (WalReader reader = stream.readStrictly(stream.records.get(i).lsn())) {
        int end = Math.min(i + 3, stream.records.size());
        assertReads(reader, stream.records.subList(0, end), i);
      }
    }
  }

  @Test
  void beginsAtEveryPageWithTheFirstRecordOnItOrLater() throws IOException {
    TestStream stream = randomStream(MIB, 9, 300);
    Lsn last = stream.finish();
    int record = 0;
    for (Lsn page = stream.start(); page.isBefore(last); page = page.plus(PAGE)) {
      while (record < stream.records.size() && stream.records.get(record).lsn().isBefore(page)) {
        record++;
      }
      Lsn expected = record == stream.records.size() ? last : stream.records.get(record).lsn();
      try (WalReader reader = stream.read(page)) {
        assertThat(reader.next()).as("from page %s", page).isTrue();
        assertThat(new Lsn(reader.lsn())).as("from page %s", page).isEqualTo(expected);
      }
    }
  }

  @Test
  void beginsNowhereElse() throws IOException {
    TestStream stream = new TestStream(MIB, 3, 10);
    Lsn first = stream.append(100);
    stream.append(20_000);
    stream.finish();
    for (int offset : new int[] {1, 8, 39, 41, 44, 8192 + 8, 8192 + 23, 8192 + 24}) {
      assertRejectsStart(stream, stream.start().plus(offset));
    }
    assertThat(first).isEqualTo(stream.start().plus(40));
  }

  private static void assertRejectsStart(TestStream stream, Lsn start) throws IOException {
    try (WalReader reader = stream.read(start)) {
      assertThatThrownBy(reader::next)
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("no record begins here")
          .hasMessageContaining("LSN " + start);
    }
  }

  @Test
  void endsOfRecordsMayBeEndsOfPagesAndSegments() throws IOException {
    TestStream stream = new TestStream(MIB, 3, 11);
    stream.appendLeavingOnPage(0);
    stream.appendLeavingOnPage(0);
    stream.append(64);
    stream.appendLeavingInSegment(0);
    stream.append(24);
    Lsn end = stream.finish();
    assertThat(stream.records.get(0).end()).isEqualTo(Lsn.parse("0/302000"));
    assertThat(stream.records.get(1).lsn()).isEqualTo(Lsn.parse("0/302018"));
    assertThat(stream.records.get(3).end()).isEqualTo(Lsn.parse("0/400000"));
    assertThat(stream.records.get(4).lsn()).isEqualTo(Lsn.parse("0/400028"));
    try (WalReader reader = stream.readStrictly(stream.start())) {
      assertReads(reader, stream.records, 0);
      assertSwitchAndEnd(reader, end);
      assertThat(reader.endLsn()).isEqualTo(0x50_0000);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void aHeaderMayLieOnTwoPages(int bytes) throws IOException {
    TestStream stream = new TestStream(MIB, 3, 12);
    stream.appendLeavingOnPage(bytes);
    stream.append(24);
    stream.appendLeavingOnPage(bytes);
    stream.append(30_000);
    stream.appendLeavingInSegment(bytes);
    stream.append(25);
    Lsn end = stream.finish();
    try (WalReader reader = stream.readStrictly(stream.start())) {
      assertReads(reader, stream.records, 0);
      assertSwitchAndEnd(reader, end);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0/400028, 0/500000", // a segment of its own
    "8, 0/400038, 0/500000", // a NOOP lies across the end
    "16, 0/400030, 0/500000",
    "24, 0/3FFFE8, 0/400000",
    "32, 0/3FFFE0, 0/400000",
    "8168, 0/3FE018, 0/400000",
    "8176, 0/3FDFF0, 0/400000" // across a page end, which is allowed
  })
  void aSwitchNeverLiesInTwoSegments(int room, String lsn, String end) throws IOException {
    TestStream stream = new TestStream(MIB, 3, 13);
    stream.append(50);
    if (room == 8176) {
      stream.appendLeavingInSegment(8168 + 16 + 24);
      stream.append(24);
    } else {
      stream.appendLeavingInSegment(room);
    }
    assertThat(stream.finish()).isEqualTo(Lsn.parse(lsn));
    assertThat(stream.wal.segments()).hasSize(stream.wal.ended());
    try (WalReader reader = stream.readStrictly(stream.start())) {
      assertReads(reader, stream.records, 0);
      assertThat(reader.next()).isTrue();
      if (room == 8 || room == 16) {
        assertThat(reader.info()).isEqualTo(0x20);
        assertThat(new Lsn(reader.lsn())).isEqualTo(Lsn.parse("0/400000").plus(-room));
        assertThat(reader.next()).isTrue();
      }
      assertThat(reader.info()).isEqualTo(0x40);
      assertThat(new Lsn(reader.lsn())).isEqualTo(Lsn.parse(lsn));
      assertThat(new Lsn(reader.endLsn())).isEqualTo(Lsn.parse(end));
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void goesOnAfterASwitchInTheMiddle() throws IOException {
    TestStream stream = new TestStream(MIB, 3, 14);
    stream.append(100);
    Lsn end = stream.finish();
    assertThat(stream.next()).isEqualTo(Lsn.parse("0/400028"));
    stream.append(200);
    Lsn secondEnd = stream.finish();
    try (WalReader reader = stream.readStrictly(stream.start())) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.next()).isTrue();
      assertThat(reader.lsn()).isEqualTo(end.value());
      assertThat(reader.next()).isTrue();
      assertThat(RecordHeader.prev(reader.buffer(), reader.offset())).isEqualTo(end.value());
      assertSwitchAndEnd(reader, secondEnd);
    }
  }

  @Test
  void keepsOnlyTheBeginningOfLongRecords() throws IOException {
    TestStream stream = new TestStream(MIB, 3, 15);
    Lsn small = stream.append(1000);
    Lsn large = stream.append(3_000_000);
    Lsn after = stream.append(5000);
    stream.finish();
    try (WalReader reader =
        new WalReader(stream.wal, stream.identity, stream.start(), true, 10_000)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.lsn()).isEqualTo(small.value());
      assertThat(reader.next()).isTrue();
      assertThat(reader.lsn()).isEqualTo(large.value());
      assertThat(reader.totalLength()).isEqualTo(3_000_000);
      assertThat(reader.keptLength()).isEqualTo(10_000);
      assertThat(reader.buffer().capacity()).isLessThan(100_000);
      assertThat(reader.buffer().get(9_999))
          .isEqualTo(stream.records.get(1).body().get(9_999 - 24));
      assertThat(reader.next()).isTrue();
      assertThat(reader.lsn()).isEqualTo(after.value());
      assertThat(reader.keptLength()).isEqualTo(5000);
    }
    stream.wal.put(large.plus(2_500_000), stream.wal.get(large.plus(2_500_000)) ^ 1);
    try (WalReader reader = new WalReader(stream.wal, stream.identity, large, true, 10_000)) {
      assertThatThrownBy(reader::next)
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("record has CRC ");
    }
  }

  @Test
  void writesWholePagesInPiecesOfOneBuffer() throws IOException {
    TestStream stream = new TestStream(16 * MIB, 3, 16);
    stream.append(100);
    stream.finish();
    assertThat(stream.wal.segments()).hasSize(1);
    assertThat(stream.wal.segment(stream.start()).limit()).isEqualTo(16 * MIB);
  }
}
