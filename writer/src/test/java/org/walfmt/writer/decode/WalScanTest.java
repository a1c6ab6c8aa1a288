package org.walfmt.writer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.record.RecordHeader;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;
import org.walfmt.series.Series;
import org.walfmt.writer.kit.Remarks;
import org.walfmt.writer.kit.TestSeries;
import org.walfmt.writer.wal.WalFiles;

/** A series is WAL, and serves as such here. */
class WalScanTest {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V15, TestSeries.SEGMENTS, TestSeries.SYSTEM);

  @TempDir Path directory;
  private WalFiles wal;
  private List<Lsn> records;

  @BeforeEach
  void makeWal() throws IOException {
    TestSeries made = TestSeries.full(directory, 1, "0/300028");
    made.writer().startFile("global/pg_control");
    Series series = made.finish("0/300100");
    TimelineHistory history = TimelineHistory.of(series.id().timeline());
    wal =
        new WalFiles(
            List.of(),
            Optional.of(new DirectoryArchive(directory, "test")),
            history,
            TestSeries.SEGMENTS);
    records = new ArrayList<>();
    try (WalReader reader =
        new WalReader(wal, IDENTITY, Lsn.parse("0/300000"), false, WalReader.MIN_KEEP)) {
      while (reader.next()) {
        records.add(new Lsn(reader.lsn()));
      }
    }
  }

  private void scan(Lsn start, Optional<Lsn> before, Lsn end) throws IOException {
    new WalScan(wal, IDENTITY, true, 2, new Remarks()).run(start, before, end);
  }

  private void scan(Lsn end) throws IOException {
    scan(records.get(0), Optional.empty(), end);
  }

  @Test
  void readsUpToARecord() throws Exception {
    assertThat(records).hasSizeGreaterThan(3);
    scan(records.get(3));
    scan(records.get(0));
  }

  @Test
  void distrustsWalInWhichNoRecordBeginsAtTheEndOfTheRange() {
    Lsn end = records.get(3).plus(8);
    assertThatThrownBy(() -> scan(end))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("no record begins at " + end)
        .hasMessageContaining("in WAL segment ")
        .hasMessageEndingWith("; the WAL from " + records.get(0) + " to " + end + " is needed");
  }

  @Test
  void takesAStartWithoutARecordForAnotherHistory() {
    Lsn start = records.get(1).plus(8);
    RefusedException refused =
        catchThrowableOfType(
            RefusedException.class, () -> scan(start, Optional.empty(), records.get(3)));
    assertThat(refused.reason()).isEqualTo(RefusedException.Reason.MISMATCH);
    assertThat(refused).hasMessage("no record begins at " + start + ", where one should");
    assertThat(refused.detail().orElseThrow())
        .contains("in WAL segment ")
        .endsWith("; the WAL from " + start + " to " + records.get(3) + " is needed");
  }

  /** With another length, it is cut off or damaged, as the case may be. */
  @Test
  void takesADamagedFirstRecordForDamage() throws Exception {
    Lsn start = records.get(1);
    Path file = directory.resolve(wal.name(TestSeries.SEGMENTS.segmentNumber(start)));
    byte[] bytes = Files.readAllBytes(file);
    for (int at = Integer.BYTES; at < RecordHeader.LENGTH; at++) {
      bytes[TestSeries.SEGMENTS.offset(start) + at] ^= 0x10;
      Files.write(file, bytes);
      assertThatThrownBy(() -> scan(start, Optional.empty(), records.get(3)))
          .as("byte %d of the record flipped", at)
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("; the WAL from " + start + " to " + records.get(3) + " is needed");
      bytes[TestSeries.SEGMENTS.offset(start) + at] ^= 0x10;
    }
  }

  private void scanAfter(Lsn before) throws IOException {
    Optional<Lsn> known = Optional.of(before);
    scan(records.get(2), known, records.get(3));
  }

  @Test
  void takesARecordThatFollowsAnotherOneForAnotherHistory() throws Exception {
    scanAfter(records.get(1));
    RefusedException refused =
        catchThrowableOfType(RefusedException.class, () -> scanAfter(records.get(0)));
    assertThat(refused.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(refused)
        .hasMessage("the WAL does not go on at " + records.get(2) + ", as it should");
    assertThat(refused.detail().orElseThrow())
        .startsWith("its first record follows one at " + records.get(1))
        .contains("ends with the one at " + records.get(0))
        .endsWith("; the WAL from " + records.get(2) + " to " + records.get(3) + " is needed");
  }

  @Test
  void findsTheRecordBefore() throws Exception {
    for (int i = 1; i < records.size(); i++) {
      assertThat(RecordChain.before(wal, IDENTITY, records.get(i))).contains(records.get(i - 1));
    }
    assertThat(RecordChain.before(wal, IDENTITY, Lsn.parse("0/900000"))).isEmpty();
    assertThatThrownBy(() -> RecordChain.before(wal, IDENTITY, records.get(0)))
        .isInstanceOf(RefusedException.class)
        .hasMessage("the WAL does not go on at " + records.get(0) + ", as it should");
  }

  @Test
  void refusesWalThatEndsTooSoon() {
    assertThatThrownBy(() -> scan(Lsn.parse("0/500000")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is missing");
  }
}
