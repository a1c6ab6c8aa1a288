package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.TimelineId;
import org.walfmt.summary.SummaryName;

/** WAL that cannot be summed up: what was before it is, and nothing else. */
class SummarizerFailuresTest extends SummarizerCase {
  @Test
  void refusesAMissingSegment() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(7, 6 << 20);
    Files.delete(wal.file(2));
    assertThatThrownBy(this::once)
        .isInstanceOf(RefusedException.class)
        .hasMessage("WAL segment " + wal.segments().get(2) + " is missing")
        .extracting(e -> ((RefusedException) e).detail().orElseThrow())
        .asString()
        .contains("segment " + wal.segments().get(3) + " is there")
        .contains("summed up to " + names().get(names().size() - 1).end());
    assertThat(names()).isNotEmpty();
    assertThatThrownBy(this::once).hasMessageContaining("is missing");
    Lsn behind = wal.segments().get(3).start();
    run(range(options(summaries, archive), Optional.of(behind), Optional.empty()));
    assertThat(names().get(names().size() - 1).end()).isEqualTo(wal.ending());
  }

  @Test
  void refusesASegmentThatWasCutShort() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(8, 6 << 20);
    try (FileChannel file = FileChannel.open(wal.file(2), StandardOpenOption.WRITE)) {
      file.truncate(8192);
    }
    assertThatThrownBy(this::once)
        .isInstanceOf(RefusedException.class)
        .hasMessage("WAL segment " + wal.segments().get(2) + " has 8192 bytes, expected 1048576");
  }

  @Test
  void passesALastSegmentOverThatIsNotAllThere() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(9, 3 << 20);
    int last = wal.segments().size() - 1;
    try (FileChannel file = FileChannel.open(wal.file(last), StandardOpenOption.WRITE)) {
      file.truncate(8192);
    }
    once();
    assertThat(remarks.warnings())
        .containsExactly(
            "WAL segment " + wal.segments().get(last) + " has 8192 bytes, and was passed over");
  }

  @Test
  void refusesASegmentThatIsNotFilled() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST);
    while (wal.next().value() < 5 << 20) {
      wal.change(16384, 1);
    }
    wal.finish();
    try (FileChannel file = FileChannel.open(wal.file(1), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(16384), (1 << 20) - 16384);
    }
    assertThatThrownBy(this::once)
        .isInstanceOf(RefusedException.class)
        .hasMessage("WAL segment " + wal.segments().get(1) + " is not filled to its end");
    assertThat(names()).allMatch(name -> name.end().isBefore(wal.segments().get(2).start()));
  }

  @Test
  void namesTheRecordThatIsDamaged() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST);
    while (wal.next().value() < 6 << 20) {
      wal.change(16384, wal.records.size());
    }
    wal.finish();
    Lsn damaged =
        wal.records.stream()
            .filter(lsn -> lsn.value() % 8192 > 24 && lsn.value() % 8192 < 4096)
            .filter(lsn -> lsn.isAfter(new Lsn(0x480000)))
            .findFirst()
            .orElseThrow();
    try (FileChannel file = FileChannel.open(wal.file(1), StandardOpenOption.WRITE)) {
      byte[] bytes = {1};
      file.write(ByteBuffer.wrap(bytes), MadeWal.SIZE.offset(damaged) + 60);
    }
    assertThatThrownBy(this::once)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("record has CRC")
        .hasMessageContaining("in WAL segment 000000010000000000000004, LSN " + damaged)
        .hasMessageContaining("summing up the WAL from " + names().get(0).end() + " to 0/700000");
    assertThat(names()).hasSize(1);
  }

  @Test
  void sumsUpNothingThatWasWrittenWithWalLevelMinimal() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST);
    while (wal.next().value() < 9 << 20) {
      wal.change(16384, 1);
    }
    Lsn minimal = wal.next();
    wal.minimal();
    wal.change(16384, 2);
    wal.message(4_000_000);
    Lsn raised = wal.next();
    wal.change(16384, 3);
    wal.finish();
    assertThatThrownBy(this::once)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("was written with wal_level=minimal in part")
        .extracting(e -> ((RefusedException) e).detail().orElseThrow())
        .asString()
        .contains("LSN " + minimal);
    assertThat(names()).allMatch(name -> !name.end().isAfter(minimal)).isNotEmpty();
    assertThatThrownBy(this::once).hasMessageContaining("wal_level=minimal");
    run(range(options(summaries, archive), Optional.of(raised), Optional.empty()));
    assertThat(names()).contains(new SummaryName(new TimelineId(1), raised, wal.ending()));
    once();
  }

  @Test
  void refusesAResourceManagerThatNoServerHas() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST);
    wal.change(16384, 1);
    Lsn unknown = wal.next();
    wal.change(100, 16384, 2);
    wal.finish();
    assertThatThrownBy(this::once)
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("invalid resource manager id 100 in WAL segment ")
        .hasMessageContaining("LSN " + unknown);
  }

  /** A twin's WAL, whose segment begins with a record of its own, goes on from other records. */
  @Test
  void refusesANextSegmentThatDoesNotFollowWhatIsSummedUp() throws Exception {
    MadeWal wal = oneSegment(5);
    once();
    Lsn end = wal.ending();
    Map<String, String> before = contents(summaries);
    MadeWal.after(wal.records.get(3), archive, 1, FIRST + 1).finish();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::once)
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.MISMATCH))
          .hasMessageContaining("the WAL does not go on at " + end.plus(40) + ", as it should")
          .hasMessageContaining("summing up the WAL from " + end + " to ");
    }
    assertThat(contents(summaries)).isEqualTo(before).hasSize(1);
  }

  /** What is summed up goes on without the WAL before, which may be gone by then. */
  @Test
  void provesWhatFollowsAlthoughTheSegmentBeforeIsGone() throws Exception {
    MadeWal wal = oneSegment(5);
    once();
    Files.delete(wal.file(0));
    MadeWal twin = MadeWal.after(wal.records.get(3), archive, 1, FIRST + 1);
    twin.finish();
    assertThatThrownBy(this::once).hasMessageContaining("the WAL does not go on at ");
    Files.delete(twin.file(0));
    MadeWal next = MadeWal.after(wal.last(), archive, 1, FIRST + 1);
    next.finish();
    assertThat(once().end()).contains(next.ending());
  }

  /** If no file tells the last record of the summaries, the WAL must. */
  @Test
  void looksTheLastRecordUpInTheWal() throws Exception {
    MadeWal wal = oneSegment(5);
    once();
    removeLastRecords();
    MadeWal twin = MadeWal.after(wal.records.get(3), archive, 1, FIRST + 1);
    twin.finish();
    assertThatThrownBy(this::once)
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.MISMATCH))
        .hasMessageContaining("the WAL does not go on at " + wal.ending() + ", as it should");
    Files.delete(twin.file(0));
    MadeWal next = MadeWal.after(wal.last(), archive, 1, FIRST + 1);
    next.finish();
    Path first = Files.move(wal.file(0), temporary.resolve("moved"));
    assertThatThrownBy(this::once)
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.INCOMPLETE))
        .hasMessageContaining("the record at " + wal.last() + " is missing");
    Files.move(first, wal.file(0));
    assertThat(once().end()).contains(next.ending());
  }

  private MadeWal oneSegment(int records) throws IOException {
    MadeWal wal = new MadeWal(archive, 1, FIRST);
    for (int i = 0; i < records; i++) {
      wal.change(16384, i);
    }
    wal.finish();
    return wal;
  }

  private void removeLastRecords() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(summaries, "*.last")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  @Test
  void refusesWhatIsNotThere() throws Exception {
    assertThatThrownBy(this::once)
        .isInstanceOf(RefusedException.class)
        .hasMessage("no WAL segment in \"" + archive + "\"");
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(10, 2 << 20);
    SummarizeOptions options = options(summaries, archive);
    assertThatThrownBy(() -> run(range(options, Optional.of(new Lsn(0x900000)), Optional.empty())))
        .isInstanceOf(RefusedException.class)
        .hasMessage("WAL segment 000000010000000000000009 is missing");
    assertThatThrownBy(() -> run(range(options, Optional.empty(), Optional.of(new Lsn(0x900000)))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is missing");
    assertThat(names().get(names().size() - 1).end()).isEqualTo(wal.ending());
  }
}
