package org.walfmt.writer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
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
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
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

  private void scan(Lsn end) throws IOException {
    WalScan.run(wal, IDENTITY, records.get(0), end, true, 2, new Remarks());
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
            RefusedException.class,
            () -> WalScan.run(wal, IDENTITY, start, records.get(3), true, 2, new Remarks()));
    assertThat(refused.reason()).isEqualTo(RefusedException.Reason.MISMATCH);
    assertThat(refused).hasMessage("no record begins at " + start + ", where one should");
    assertThat(refused.detail().orElseThrow())
        .contains("in WAL segment ")
        .endsWith("; the WAL from " + start + " to " + records.get(3) + " is needed");
  }

  @Test
  void refusesWalThatEndsTooSoon() {
    assertThatThrownBy(() -> scan(Lsn.parse("0/500000")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is missing");
  }
}
