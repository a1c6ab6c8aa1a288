package org.walfmt.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.record.RecordHeader;

/**
 * Ends of WAL, and what only looks like one; in the spirit of PostgreSQL's 039_end_of_wal.pl and
 * 026_overwrite_contrecord.pl.
 *
 * <p>The stream has 1 MiB segments from 0/300000: a record of 100 bytes; one that leaves 16 bytes
 * on the first page; one whose header lies on two pages; one on three pages; a small one; one that
 * goes on in the second segment; a small one; then what the test makes of it.
 *
 * <p>Long, since each ending and each damage of that one stream is a short test of its own.
 */
class WalEndTest {
  private static final int PAGE = 8192;
  private static final int MAGIC = 0;
  private static final int INFO = 2;
  private static final int TIMELINE = 4;
  private static final int PAGE_ADDRESS = 8;
  private static final int REMAINING = 16;
  private static final int PREV = 8;
  private static final int RMID = 17;
  private static final int CRC = 20;

  private TestStream stream;
  private MemoryWal wal;
  private Lsn first;
  private Lsn split;
  private Lsn spanning;
  private Lsn small;
  private Lsn crossing;
  private Lsn last;
  private Lsn end;

  @BeforeEach
  void write() throws IOException {
    stream = new TestStream(TestStream.MIB, 3, 1);
    wal = stream.wal;
    first = stream.append(100);
    stream.appendLeavingOnPage(16);
    split = stream.append(200);
    spanning = stream.append(20_000);
    small = stream.append(60);
    stream.appendLeavingInSegment(1000);
    crossing = stream.append(3000);
    last = stream.append(300);
    end = stream.finishWithZeros();
  }

  private static Lsn page(Lsn lsn) {
    return new Lsn(lsn.value() / PAGE * PAGE);
  }

  private static Lsn nextPage(Lsn lsn) {
    return page(lsn).plus(PAGE);
  }

  /** The LSNs read until the end or the failure. */
  private List<Lsn> walk(WalReader reader) throws IOException {
    List<Lsn> records = new ArrayList<>();
    while (reader.next()) {
      records.add(new Lsn(reader.lsn()));
    }
    return records;
  }

  private void endsBefore(Lsn record, WalEnd how) throws IOException {
    try (WalReader reader = stream.read()) {
      List<Lsn> expected =
          stream.records.stream()
              .map(TestStream.Written::lsn)
              .filter(lsn -> lsn.isBefore(record))
              .toList();
      assertThat(walk(reader)).isEqualTo(expected);
      assertThat(reader.end()).isEqualTo(how);
      assertThat(reader.next()).isFalse();
      assertThat(reader.end()).isEqualTo(how);
    }
  }

  private void failsAt(Lsn record, Class<? extends Exception> verdict, String fact, Lsn where) {
    failsAt(stream.read(), record, verdict, fact, where);
  }

  private void failsAt(
      WalReader reader, Lsn record, Class<? extends Exception> verdict, String fact, Lsn where) {
    assertThatThrownBy(
            () -> {
              while (reader.next()) {
                assertThat(new Lsn(reader.lsn())).isLessThan(record);
              }
            })
        .isInstanceOf(verdict)
        .hasMessageContaining(fact)
        .hasMessageContaining("LSN " + where + ",");
  }

  private void isCorrupt(Lsn record, String fact, Lsn where) {
    failsAt(record, CorruptWalException.class, fact, where);
  }

  @Test
  void endsAtZeros() throws IOException {
    endsBefore(end, WalEnd.ZEROS);
  }

  @Test
  void endsAtAZeroPage() throws IOException {
    TestStream other = new TestStream(TestStream.MIB, 3, 2);
    other.append(100);
    other.appendLeavingOnPage(0);
    assertThat(other.finishWithZeros()).isEqualTo(Lsn.parse("0/302018"));
    try (WalReader reader = other.read()) {
      assertThat(walk(reader)).hasSize(2);
      assertThat(reader.end()).isEqualTo(WalEnd.ZEROS);
      assertThat(reader.position()).isEqualTo(Lsn.parse("0/302000"));
    }
  }

  @Test
  void endsWhereTheNextSegmentIsMissing() throws IOException {
    TestStream other = new TestStream(TestStream.MIB, 3, 2);
    other.append(100);
    other.appendLeavingInSegment(0);
    other.append(100);
    other.finish();
    other.wal.segments().remove(4L);
    try (WalReader reader = other.read()) {
      assertThat(walk(reader)).hasSize(2);
      assertThat(reader.end()).isEqualTo(WalEnd.NO_SEGMENT);
      assertThat(reader.position()).isEqualTo(Lsn.parse("0/400000"));
    }
  }

  @Test
  void aWalkMayBeginAtTheEnd() throws IOException {
    for (Lsn start : List.of(end, nextPage(end), Lsn.parse("0/500000"), Lsn.parse("0/4FE018"))) {
      try (WalReader reader = stream.read(start)) {
        assertThat(reader.next()).as("from %s", start).isFalse();
        assertThat(reader.end()).isIn(WalEnd.ZEROS, WalEnd.NO_SEGMENT);
      }
    }
    recycle(nextPage(end));
    try (WalReader reader = stream.read(nextPage(end))) {
      assertThat(reader.next()).isFalse();
      assertThat(reader.end()).isEqualTo(WalEnd.RECYCLED);
    }
  }

  /** A page of a segment eight segments ago, in a file that was given a new name. */
  private void recycle(Lsn page) {
    boolean isFirst = stream.identity.segmentSize().offset(page) == 0;
    byte[] old = wal.bytes(isFirst ? stream.start() : stream.start().plus(PAGE), PAGE);
    wal.put(page, old);
    wal.putLong(page.plus(PAGE_ADDRESS), page.value() - 8L * TestStream.MIB);
  }

  @Test
  void endsAtARecycledPage() throws IOException {
    TestStream other = new TestStream(TestStream.MIB, 3, 2);
    other.append(100);
    other.appendLeavingOnPage(0);
    Lsn next = other.append(100);
    other.finish();
    other.wal.putLong(page(next).plus(PAGE_ADDRESS), 0x10_2000);
    try (WalReader reader = other.read()) {
      assertThat(walk(reader)).hasSize(2);
      assertThat(reader.end()).isEqualTo(WalEnd.RECYCLED);
    }
  }

  @Test
  void aRecordThatStopsAtARecycledPageIsTruncated() {
    recycle(nextPage(spanning));
    failsAt(
        spanning,
        TruncatedWalException.class,
        "record at " + spanning + " lacks its last 12016 bytes",
        nextPage(spanning));
  }

  @Test
  void aRecordThatStopsAtARecycledSegmentIsTruncated() {
    recycle(Lsn.parse("0/400000"));
    failsAt(
        crossing,
        TruncatedWalException.class,
        "record at " + crossing + " lacks its last 2000 bytes",
        Lsn.parse("0/400000"));
  }

  @Test
  void aRecordThatStopsAtZerosIsTruncated() {
    wal.fill(nextPage(spanning), PAGE, 0);
    failsAt(spanning, TruncatedWalException.class, "lacks its last", nextPage(spanning));
  }

  @Test
  void aRecordThatStopsAtAMissingSegmentIsTruncated() {
    wal.segments().remove(4L);
    failsAt(
        crossing,
        TruncatedWalException.class,
        "record at " + crossing + " lacks its last 2000 bytes: no segment",
        Lsn.parse("0/400000"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40, 8191, 8192, 8200, 20_000, (1 << 20) - 1})
  void aFileThatIsCutIsTruncated(int length) {
    wal.segment(stream.start()).limit(length);
    assertThatThrownBy(() -> walk(stream.read()))
        .isInstanceOf(TruncatedWalException.class)
        .hasMessageContaining("file has " + length + " bytes of 1048576");
  }

  @Test
  void aPageOfTheFutureIsCorrupt() {
    wal.putLong(page(small).plus(PAGE_ADDRESS), page(small).value() + PAGE);
    isCorrupt(spanning, "unexpected pageaddr " + nextPage(small), page(small));
  }

  @Test
  void aWrongMagicIsCorrupt() {
    wal.putShort(page(small).plus(MAGIC), 0x1234);
    isCorrupt(spanning, "invalid magic number 1234, expected D113", page(small));
  }

  @Test
  void anotherVersionIsUnsupported() {
    wal.putShort(page(small).plus(MAGIC), PgVersion.V17.walMagic());
    failsAt(
        spanning,
        UnsupportedWalException.class,
        "WAL of PostgreSQL 17 among that of 16",
        page(small));
  }

  @ParameterizedTest
  @CsvSource({"0011", "8001", "0003"})
  void wrongInfoBitsAreCorrupt(String info) {
    wal.putShort(page(small).plus(INFO), Integer.parseInt(info, 16));
    isCorrupt(spanning, "invalid info bits " + info, page(small));
  }

  @Test
  void aSegmentWithoutItsLongHeaderIsCorrupt() {
    Lsn segment = Lsn.parse("0/400000");
    wal.putShort(segment.plus(INFO), 0x0001);
    isCorrupt(crossing, "invalid info bits 0001", segment);
  }

  @Test
  void aSegmentOfAnotherClusterIsCorrupt() throws IOException {
    Lsn segment = Lsn.parse("0/400000");
    wal.putLong(segment.plus(24), -1);
    isCorrupt(crossing, "WAL is of system 18446744073709551615, expected 42", segment);
    assertThatThrownBy(() -> walk(stream.read(last)))
        .as("from the middle of the segment")
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("WAL is of system 18446744073709551615, expected 42");
  }

  @Test
  void aSegmentOfAnotherSizeIsCorrupt() {
    Lsn segment = Lsn.parse("0/400000");
    wal.putInt(segment.plus(32), 16 << 20);
    isCorrupt(crossing, "segment size 16777216, expected 1048576", segment);
  }

  @Test
  void anotherWalPageSizeIsCorrupt() {
    Lsn segment = Lsn.parse("0/400000");
    wal.putInt(segment.plus(36), 16384);
    isCorrupt(crossing, "WAL page size 16384, expected 8192", segment);
  }

  @Test
  void aTimelineMayOnlyGrow() throws IOException {
    Lsn page = page(small);
    for (Lsn later = page; later.isBefore(Lsn.parse("0/500000")); later = later.plus(PAGE)) {
      if (later.isBefore(nextPage(last))) {
        wal.putInt(later.plus(TIMELINE), 7);
      }
    }
    try (WalReader reader = stream.read()) {
      assertThat(walk(reader)).hasSize(8);
      assertThat(reader.timeline().number()).isEqualTo(7);
    }
    failsAt(
        stream.readStrictly(stream.start()),
        spanning,
        CorruptWalException.class,
        "timeline 7, expected 3",
        page);
    wal.putInt(Lsn.parse("0/400000").plus(TIMELINE), 6);
    isCorrupt(crossing, "timeline 6 after timeline 7", Lsn.parse("0/400000"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 23, 1 << 30, -1})
  void anImpossibleLengthIsCorrupt(int length) {
    wal.putInt(small, length);
    isCorrupt(small, "invalid record length " + Integer.toUnsignedString(length), small);
  }

  @Test
  void anImpossibleLengthOfASplitHeaderIsCorrupt() {
    wal.putInt(split, 23);
    isCorrupt(split, "invalid record length 23", split);
  }

  /** Nothing is allocated for a length that only the length field claims. */
  @Test
  void aGreatLengthIsNotBelieved() {
    wal.putInt(spanning, 0x3FFF_FFFF);
    try (WalReader reader = new WalReader(wal, stream.identity, first, false, Integer.MAX_VALUE)) {
      assertThatThrownBy(() -> walk(reader))
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("expected 1073733839 of the record at " + spanning);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aResourceManagerThatNobodyHasIsCorrupt() {
    wal.put(small.plus(RMID), 22);
    isCorrupt(small, "invalid resource manager id 22", small);
    wal.put(small.plus(RMID), 127);
    isCorrupt(small, "invalid resource manager id 127", small);
  }

  @Test
  void aResourceManagerOfAnExtensionIsFineFrom15On() throws IOException {
    wal.put(small.plus(RMID), 128).mendCrc(small);
    endsBefore(end, WalEnd.ZEROS);
  }

  @Test
  void aPreviousLsnThatIsNotTheLastRecordsIsCorrupt() {
    wal.putLong(small.plus(PREV), split.value());
    isCorrupt(small, "record with incorrect prev-link " + split + ", expected " + spanning, small);
    wal.putLong(split.plus(PREV), first.value());
    isCorrupt(split, "record with incorrect prev-link " + first, split);
  }

  @Test
  void thePreviousLsnOfTheFirstRecordIsAnyBeforeItself() throws IOException {
    try (WalReader reader = stream.read(small)) {
      assertThat(reader.next()).isTrue();
    }
    wal.putLong(small.plus(PREV), 40).mendCrc(small);
    try (WalReader reader = stream.read(small)) {
      assertThat(reader.next()).isTrue();
    }
    wal.putLong(small.plus(PREV), small.value()).mendCrc(small);
    try (WalReader reader = stream.read(small)) {
      assertThatThrownBy(reader::next)
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("record with incorrect prev-link " + small + " in WAL segment");
    }
  }

  @Test
  void aWrongChecksumIsCorrupt() {
    wal.putInt(small.plus(CRC), 0);
    isCorrupt(small, "record has CRC 00000000, its bytes have ", small);
    wal.put(nextPage(spanning).plus(1000), wal.get(nextPage(spanning).plus(1000)) ^ 0x10);
    isCorrupt(spanning, "record has CRC ", spanning);
    wal.put(page(split).plus(PAGE + 24 + 100), 1);
    isCorrupt(split, "record has CRC ", split);
  }

  @Test
  void paddingInTheHeaderIsChecksummed() {
    wal.put(small.plus(18), 1);
    isCorrupt(small, "record has CRC ", small);
  }

  @Test
  void aContinuationWithoutItsFlagIsCorrupt() {
    wal.putShort(nextPage(spanning).plus(INFO), 0);
    isCorrupt(spanning, "page does not continue the record at " + spanning, nextPage(spanning));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 12_015, 12_017, -1})
  void aContinuationOfAnotherLengthIsCorrupt(int remaining) {
    wal.putInt(nextPage(spanning).plus(REMAINING), remaining);
    isCorrupt(
        spanning,
        "page continues with "
            + Integer.toUnsignedString(remaining)
            + " bytes, expected 12016 of the record at "
            + spanning,
        nextPage(spanning));
  }

  @Test
  void aPageThatContinuesNothingIsCorrupt() throws IOException {
    TestStream other = new TestStream(TestStream.MIB, 3, 2);
    other.append(100);
    other.appendLeavingOnPage(0);
    other.append(100);
    other.finish();
    Lsn page = Lsn.parse("0/302000");
    other.wal.putShort(page.plus(INFO), 0x0001).putInt(page.plus(REMAINING), 100);
    assertThatThrownBy(() -> walk(other.read()))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("page continues a record that was never begun")
        .hasMessageContaining("LSN 0/302000");
  }

  @Test
  void whatServersLeaveInPaddingAndFlagsIsOnlyRefusedInSeries() throws IOException {
    Lsn padding = small.plus(60);
    wal.put(padding, 7);
    endsBefore(end, WalEnd.ZEROS);
    failsAt(
        stream.readStrictly(stream.start()),
        small,
        CorruptWalException.class,
        "padding after a record is not zero",
        padding);
    wal.putShort(nextPage(first).plus(INFO), 0x0005);
    endsBefore(end, WalEnd.ZEROS);
    failsAt(
        stream.readStrictly(stream.start()),
        split,
        CorruptWalException.class,
        "invalid info bits 0005, remaining length 184",
        nextPage(first));
    wal.putShort(nextPage(first).plus(INFO), 0x0001).putInt(nextPage(first).plus(20), 1);
    endsBefore(end, WalEnd.ZEROS);
    failsAt(
        stream.readStrictly(stream.start()),
        split,
        CorruptWalException.class,
        "page header padding is not zero",
        nextPage(first));
  }

  @Test
  void aSeriesFileWithMoreBytesIsCorrupt() {
    byte[] bytes = new byte[TestStream.MIB + 1];
    wal.segment(stream.start()).get(0, bytes, 0, TestStream.MIB);
    wal.segments().put(3L, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    failsAt(
        stream.readStrictly(stream.start()),
        first,
        CorruptWalException.class,
        "file is longer than 1048576 bytes",
        Lsn.parse("0/3FFFFF"));
  }

  /** A crash lost the tail of a record; the server went on at the page where it was missing. */
  private void overwrite(Lsn record, Lsn lastComplete) {
    Lsn page = nextPage(record);
    boolean isFirst = stream.identity.segmentSize().offset(page) == 0;
    wal.fill(page, PAGE, 0);
    wal.putShort(page, PgVersion.V16.walMagic()).putShort(page.plus(INFO), isFirst ? 10 : 8);
    wal.putInt(page.plus(TIMELINE), 3).putLong(page.plus(PAGE_ADDRESS), page.value());
    if (isFirst) {
      wal.putLong(page.plus(24), 42).putInt(page.plus(32), 1 << 20).putInt(page.plus(36), PAGE);
    }
    Lsn at = page.plus(isFirst ? 40 : 24);
    wal.putInt(at, 42).putLong(at.plus(PREV), lastComplete.value());
    wal.put(at.plus(16), 0xD0);
    wal.put(at.plus(24), 255).put(at.plus(25), 16).putLong(at.plus(26), record.value());
    wal.mendCrc(at);
  }

  private void assertOverwritten(Lsn record, Lsn lastComplete, int header) throws IOException {
    overwrite(record, lastComplete);
    try (WalReader reader = stream.read()) {
      while (reader.next() && reader.lsn() != lastComplete.value()) {
        assertThat(new Lsn(reader.lsn())).isLessThan(lastComplete);
      }
      assertThat(reader.next()).isTrue();
      assertThat(new Lsn(reader.lsn())).isEqualTo(nextPage(record).plus(header));
      assertThat(reader.info()).isEqualTo(0xD0);
      assertThat(RecordHeader.prev(reader.buffer(), reader.offset()))
          .isEqualTo(lastComplete.value());
      assertThat(reader.next()).isFalse();
      assertThat(reader.end()).isEqualTo(WalEnd.ZEROS);
    }
    failsAt(
        stream.readStrictly(stream.start()),
        record,
        CorruptWalException.class,
        "invalid info bits",
        nextPage(record));
    try (WalReader reader = stream.read(nextPage(record))) {
      assertThat(reader.next()).as("a walk from the page itself").isTrue();
      assertThat(reader.info()).isEqualTo(0xD0);
    }
  }

  @Test
  void goesOnAfterAnOverwrittenRecord() throws IOException {
    assertOverwritten(spanning, split, 24);
  }

  @Test
  void goesOnAfterAnOverwrittenRecordOfWhichHalfAHeaderIsLeft() throws IOException {
    assertOverwritten(split, stream.records.get(1).lsn(), 24);
  }

  @Test
  void goesOnAfterARecordOverwrittenAtASegmentStart() throws IOException {
    assertOverwritten(crossing, stream.records.get(5).lsn(), 40);
  }

  @Test
  void theRecordAfterAnOverwrittenOneFollowsTheLastWholeOne() {
    overwrite(spanning, spanning);
    isCorrupt(
        nextPage(spanning).plus(24),
        "record with incorrect prev-link " + spanning + ", expected " + split,
        nextPage(spanning).plus(24));
  }
}
