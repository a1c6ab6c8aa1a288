package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.writer.changes.ChangeChoice;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.changes.Changes;
import org.walfmt.writer.changes.SummaryChanges;
import org.walfmt.writer.wal.WalFiles;

/**
 * A backup's changes by summaries of one segment, and the WAL of the next: that must go on where
 * they end.
 */
class SummariesThenWalTest extends SummarizerCase {
  private MadeWal wal;

  @BeforeEach
  void sumUpOneSegment() throws IOException {
    wal = new MadeWal(archive, 1, FIRST);
    for (int i = 0; i < 5; i++) {
      wal.change(16384, i);
    }
    wal.finish();
    once();
  }

  /** The next segment, which follows a record of the first one. */
  private Lsn next(Lsn before) throws IOException {
    MadeWal next = MadeWal.after(before, archive, 1, FIRST + 1);
    Lsn end = next.next();
    next.finish();
    return end;
  }

  private Changes find(ChangeSource wanted, Lsn end) throws IOException {
    return new ChangeChoice(
            new WalFiles(List.of(archive), Optional.empty(), ONE, MadeWal.SIZE),
            MadeWal.IDENTITY,
            SummaryChanges.of(
                temporary.resolve("none"), Optional.of(summaries), ONE, MadeWal.IDENTITY),
            wal.records.get(0),
            end,
            1,
            remarks)
        .find(wanted, OptionalLong.empty());
  }

  private RefusedException refusal(ChangeSource wanted, Lsn end) {
    RefusedException e = catchThrowableOfType(RefusedException.class, () -> find(wanted, end));
    assertThat(e).as("refusal by %s", wanted).isNotNull();
    return e;
  }

  private void forgetLastRecords() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(summaries, "*.last")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  @Test
  void readsOnWhereTheSummariesEnd() throws Exception {
    Lsn end = next(wal.last());
    for (int i = 0; i < 2; i++) {
      Changes found = find(ChangeSource.SUMMARIES, end);
      assertThat(found.blocks().orElseThrow().sorted())
          .hasToString("[1663/5/16384 fork 0 blocks {0,1,2,3,4}]");
      forgetLastRecords();
    }
  }

  @Test
  void refusesWalThatFollowsAnotherRecord() throws Exception {
    Lsn end = next(wal.records.get(3));
    for (int i = 0; i < 2; i++) {
      for (ChangeSource wanted : List.of(ChangeSource.SUMMARIES, ChangeSource.AUTO)) {
        RefusedException e = refusal(wanted, end);
        assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
        assertThat(e).hasMessageContaining("the WAL does not go on at ");
      }
      forgetLastRecords();
    }
  }

  @Test
  void asksTheNextSourceIfNothingProvesThatTheWalGoesOn() throws Exception {
    Lsn end = next(wal.last());
    Files.delete(wal.file(0));
    find(ChangeSource.SUMMARIES, end);
    forgetLastRecords();
    RefusedException e = refusal(ChangeSource.SUMMARIES, end);
    assertThat(e.reason()).isEqualTo(Reason.INCOMPLETE);
    assertThat(e).hasMessageContaining("the record at " + wal.last() + " is missing");
    assertThat(find(ChangeSource.AUTO, end).source()).isEqualTo(ChangeSource.SCAN);
    String range = wal.records.get(0) + " to " + end;
    assertThat(remarks.infos())
        .last()
        .asString()
        .startsWith("changes by page scan, since the WAL does not tell: WAL segment ")
        .contains(wal.segments().get(0) + " is missing; the WAL from " + range + " is needed");
  }
}
