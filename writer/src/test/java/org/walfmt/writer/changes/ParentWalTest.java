package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;
import org.walfmt.series.Series;
import org.walfmt.writer.kit.TestSeries;
import org.walfmt.writer.wal.WalFiles;

/** Two series of one name and length, which differ in their notes, serve as two servers' WAL. */
class ParentWalTest {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V15, TestSeries.SEGMENTS, TestSeries.SYSTEM);

  @TempDir Path directory;
  private Path one;
  private Path other;
  private SeriesParent parent;
  private Lsn record;

  @BeforeEach
  void makeTwoServersWal() throws IOException {
    one = directory.resolve("one");
    other = directory.resolve("other");
    parent = new SeriesParent(series(one, "0/300100"));
    series(other, "0/300108");
    try (WalReader reader =
        new WalReader(wal(one), IDENTITY, Lsn.parse("0/300000"), false, WalReader.MIN_KEEP)) {
      assertThat(reader.next()).isTrue(); // the begin note, which has the start LSN in it
      record = new Lsn(reader.lsn());
    }
  }

  private static Series series(Path where, String start) throws IOException {
    TestSeries made = TestSeries.full(where, 1, start);
    made.writer().startFile("global/pg_control");
    return made.finish("0/300200");
  }

  private WalFiles wal(Path where) throws IOException {
    TimelineHistory history = TimelineHistory.of(parent.series().id().timeline());
    return new WalFiles(
        List.of(), Optional.of(new DirectoryArchive(where, "test")), history, TestSeries.SEGMENTS);
  }

  private void check(Path server, Path archive) throws IOException {
    ParentWal.check(parent, record, wal(server), wal(archive), IDENTITY);
  }

  @Test
  void acceptsTheSameWal() throws Exception {
    check(one, one);
  }

  @Test
  void refusesAnotherRecordAtTheSamePlace() {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> check(other, one));
    assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(e)
        .hasMessage(parent.description() + " is of a server with other WAL than this one's");
    assertThat(e.detail().orElse("")).contains("the record at " + record + " has CRC ");
  }

  @Test
  void comparesNothingIfEitherHasNoSuchSegment() throws Exception {
    Path empty = Files.createDirectory(directory.resolve("empty"));
    check(empty, one);
    check(one, empty);
  }
}
