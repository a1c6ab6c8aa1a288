package org.walfmt.writer.summaries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.SegmentInput;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.decode.WalScan;
import org.walfmt.writer.wal.WalFiles;

class SummarizerTest extends SummarizerCase {
  /** What one walk over the range finds. */
  private List<ForkChanges> scanned(TimelineHistory history, Lsn start, Lsn end)
      throws IOException {
    WalFiles wal = new WalFiles(List.of(archive), Optional.empty(), history, MadeWal.SIZE);
    return new WalScan(wal, MadeWal.IDENTITY, false, 1, remarks)
        .run(start, Optional.empty(), end)
        .sorted();
  }

  private List<ForkChanges> read(SummaryName name) throws IOException {
    BlockChanges changes = new BlockChanges();
    new SummaryDirectory(summaries).read(name, changes);
    return changes.sorted();
  }

  @Test
  void everySummaryEndsWithTheFirstRecordBehindItsWindow() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(1, 15 << 20);
    SummarizeReport report = once();
    List<SummaryName> names = names();
    assertThat(names.get(0).start()).isEqualTo(wal.segments().get(0).start());
    for (int i = 1; i < names.size() - 1; i++) {
      Lsn boundary = new Lsn(names.get(i).start().value() & -WINDOW);
      Lsn first =
          wal.records.stream().filter(lsn -> !lsn.isBefore(boundary)).findFirst().orElseThrow();
      assertThat(names.get(i).start()).isEqualTo(first);
      assertThat(names.get(i).start()).isEqualTo(names.get(i - 1).end());
    }
    assertThat(names).hasSize(5);
    assertThat(names.get(4).end()).isEqualTo(wal.ending());
    assertThat(report)
        .isEqualTo(
            new SummarizeReport(
                Optional.of(new TimelineId(1)),
                Optional.of(names.get(0).start()),
                Optional.of(wal.ending()),
                wal.ending().value() - names.get(0).start().value(),
                5));
  }

  @Test
  void summariesTellWhatAScanOfTheirRangeTells() throws Exception {
    new MadeWal(archive, 1, FIRST).fill(2, 11 << 20);
    once();
    List<SummaryName> names = names();
    for (SummaryName name : names.subList(0, names.size() - 1)) {
      assertThat(read(name)).isEqualTo(scanned(ONE, name.start(), name.end())).isNotEmpty();
    }
  }

  /** Segments arrive a few at a time, and runs die between any two pieces of WAL. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void runsThatAreKilledAndGoOnMakeTheFilesOfASingleRun(long seed) throws Exception {
    MadeWal wal = new MadeWal(temporary.resolve("all"), 1, FIRST).fill(seed, 20 << 20);
    Path single = Files.createDirectory(temporary.resolve("single"));
    run(options(single, temporary.resolve("all")));
    Random random = new Random(seed);
    int there = 0;
    int killed = 0;
    while (there < wal.segments().size()) {
      int more = Math.min(1 + random.nextInt(4), wal.segments().size() - there);
      for (int i = 0; i < more; i++) {
        copy(wal.file(there++), archive);
      }
      int life = random.nextInt(5);
      try {
        new Summarizer(
                options(summaries, archive), new Killer(life), () -> {}, Duration.ZERO, WINDOW)
            .run();
      } catch (Killed e) {
        killed++;
      }
    }
    once();
    assertThat(killed).isPositive();
    assertThat(contents(summaries)).isEqualTo(contents(single)).hasSizeGreaterThan(4);
  }

  /** Ends a run in the middle: what is in no file then is lost. */
  private static final class Killer implements Monitor {
    private int life;

    Killer(int life) {
      this.life = life;
    }

    @Override
    public void phase(String name, long totalBytes) {}

    @Override
    public void advance(long bytes) {
      if (life-- == 0) {
        throw new Killed();
      }
    }

    @Override
    public void warning(String line) {}

    @Override
    public void info(String line) {}
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void removesNothingButTheShorterFile() throws Exception {
    MadeWal wal = new MadeWal(temporary.resolve("all"), 1, FIRST);
    while (wal.next().value() < 7 << 20) {
      wal.change(16384, 1);
    }
    wal.finish();
    copy(wal.file(0), archive);
    copy(wal.file(1), archive);
    once();
    SummaryName whole = names().get(0);
    SummaryName partial = names().get(1);
    assertThat(names()).hasSize(2);
    copy(wal.file(2), archive);
    once();
    assertThat(names()).hasSize(2).contains(whole).doesNotContain(partial);
    assertThat(names().get(1).start()).isEqualTo(partial.start());
    assertThat(names().get(1).end()).isGreaterThan(partial.end());
  }

  @Test
  void doesNothingWhenNothingIsNew() throws Exception {
    new MadeWal(archive, 1, FIRST).fill(4, 3 << 20);
    Lsn end = once().end().orElseThrow();
    SummarizeReport again = once();
    assertThat(again.start()).contains(end);
    assertThat(again.end()).contains(end);
    assertThat(again.files()).isZero();
    assertThat(again.bytes()).isZero();
  }

  @Test
  void aRecordOfManySegmentsBelongsToTheSummaryInWhichItBegins() throws Exception {
    MadeWal wal = new MadeWal(temporary.resolve("all"), 1, FIRST);
    wal.change(16384, 1);
    wal.message(3_900_000);
    wal.change(16385, 2);
    wal.finish();
    for (int i = 0; i < wal.segments().size(); i++) {
      copy(wal.file(i), archive);
      once();
      if (i < 3) {
        assertThat(names()).hasSize(1);
        assertThat(names().get(0).end()).isEqualTo(wal.records.get(1));
      }
    }
    assertThat(names()).hasSize(2);
    assertThat(names().get(0).end()).isEqualTo(wal.records.get(2));
    assertThat(read(names().get(1))).hasToString("[1663/5/16385 fork 0 blocks {2}]");
  }

  @Test
  void takesJustTheRangeThatIsWanted() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(5, 7 << 20);
    Lsn start = wal.records.get(500);
    Lsn end = wal.records.get(900);
    SummarizeOptions wanted =
        range(options(summaries, archive), Optional.of(start.plus(-8)), Optional.of(end.plus(-8)));
    run(wanted);
    assertThat(names().get(0).start()).isEqualTo(start);
    assertThat(names().get(names().size() - 1).end()).isEqualTo(end);
    assertThat(run(wanted).files()).isZero();
    once();
    assertThat(names().get(0).start()).isEqualTo(start);
    assertThat(names().get(names().size() - 1).end()).isEqualTo(wal.ending());
  }

  @Test
  void fillsAGapBetweenSummaries() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(6, 14 << 20);
    once();
    Map<String, String> all = contents(summaries);
    SummaryName second = names().get(1);
    new SummaryDirectory(summaries).remove(second);
    assertThat(once().files()).isZero();
    run(range(options(summaries, archive), Optional.of(second.start()), Optional.empty()));
    assertThat(contents(summaries)).isEqualTo(all);
    assertThat(wal.segments()).isNotEmpty();
  }

  @Test
  void speaksOncePerExtensionsResourceManager() throws Exception {
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(23, 5 << 20);
    MadeWal next = MadeWal.after(wal.last(), archive, 1, MadeWal.SIZE.segmentNumber(wal.ending()));
    Lsn first = next.next();
    next.change(142, 20000, 7);
    next.change(142, 20000, 8);
    next.finish();
    once();
    assertThat(remarks.warnings())
        .singleElement()
        .asString()
        .startsWith("WAL has records of an extension's resource manager 142, the first in WAL")
        .contains(next.segments().get(0) + ", LSN " + first + ", ")
        .endsWith(
            ": the blocks that they name are taken, other changes of relation files are not seen");
    assertThat(read(names().get(names().size() - 1)).toString())
        .contains("1663/5/20000 fork 0 blocks {7,8}");
  }

  @Test
  void goesOnWithTheChildWhereTheTimelineChanges() throws Exception {
    MadeWal old = new MadeWal(archive, 1, FIRST).fill(11, 5 << 20);
    SegmentName next = old.segments().get(old.segments().size() - 1).next();
    MadeWal abandoned = MadeWal.after(old.last(), archive, 1, next.number()).fill(12, 2 << 20);
    MadeWal child = MadeWal.after(old.last(), archive, 2, next.number()).fill(13, 2 << 20);
    writeHistory(2, "1\t" + next.start() + "\tno recovery target specified\n");
    once();
    List<SummaryName> names = names();
    SummaryCoverage coverage =
        SummaryCoverage.find(
            names,
            new WalPlace(archive, false).history(new TimelineId(2)).orElseThrow(),
            old.records.get(0),
            child.ending());
    assertThat(coverage.reached()).isEqualTo(child.ending());
    assertThat(coverage.names()).isEqualTo(names);
    assertThat(names).anyMatch(name -> name.end().equals(next.start()));
    assertThat(names.get(names.size() - 1).start().value() & -WINDOW).isNotZero();
    assertThat(abandoned.segments()).isNotEmpty();
  }

  @Test
  void wantsTheHistoryOfANewerTimeline() throws Exception {
    new MadeWal(archive, 1, FIRST).fill(14, 2 << 20);
    new MadeWal(archive, 2, FIRST + 5).fill(15, 2 << 20);
    assertThatThrownBy(this::once)
        .isInstanceOf(RefusedException.class)
        .hasMessage("timeline history file 00000002.history is missing");
    SummarizeOptions o = options(summaries, archive);
    SummarizeReport report =
        run(
            new SummarizeOptions(
                summaries,
                o.sources(),
                o.start(),
                o.end(),
                Optional.of(new TimelineId(1)),
                false,
                1));
    assertThat(report.timeline()).contains(new TimelineId(1));
  }

  /** The server uses a file again while it is read; another place has the segment. */
  @Test
  void readsOnInTheNextPlaceWhenTheServerUsesAFileAgain() throws Exception {
    Path server = temporary.resolve("data/pg_wal");
    Path status = Files.createDirectories(server.resolve("archive_status"));
    MadeWal wal = new MadeWal(server, 1, FIRST).fill(24, 2 << 20);
    SegmentName name = wal.segments().get(0);
    Files.createFile(status.resolve(name + ".done"));
    copy(wal.file(0), archive);
    byte[] bytes = Files.readAllBytes(wal.file(0));
    ReadySegments segments =
        WalPlaces.of(List.of(temporary.resolve("data"), archive)).segments(ONE, MadeWal.IDENTITY);
    try (SegmentInput input = segments.open(FIRST).orElseThrow()) {
      ByteBuffer room = ByteBuffer.allocate(bytes.length);
      input.read(room.limit(8192));
      Path recycled = Files.move(wal.file(0), server.resolve("000000010000000000000099"));
      Files.write(recycled, new byte[bytes.length]);
      room.limit(bytes.length);
      while (room.hasRemaining()) {
        assertThat(input.read(room)).isPositive();
      }
      assertThat(room.flip()).isEqualTo(ByteBuffer.wrap(bytes));
    }
  }

  /** A file that vanishes between being listed and looked at; the link leads to nothing. */
  @Test
  void passesOverASegmentThatVanished() throws Exception {
    Files.createSymbolicLink(
        archive.resolve("000000010000000000000001"), temporary.resolve("nothing"));
    MadeWal wal = new MadeWal(archive, 1, FIRST).fill(25, 2 << 20);
    assertThat(once().end()).contains(wal.ending());
  }

  @Test
  void readsNothingOfAServersWalThatMayStillBeWritten() throws Exception {
    Path server = temporary.resolve("data/pg_wal");
    MadeWal wal = new MadeWal(server, 1, FIRST).fill(16, 4 << 20);
    Path status = Files.createDirectory(server.resolve("archive_status"));
    int last = wal.segments().size() - 1;
    Path recycled = server.resolve(wal.segments().get(last).next().toString());
    Files.copy(wal.file(0), recycled);
    SummarizeOptions options = options(summaries, temporary.resolve("data"));
    Lsn end = run(options).end().orElseThrow();
    assertThat(end).isLessThanOrEqualTo(wal.segments().get(last).start());
    Files.createFile(status.resolve(wal.segments().get(last) + ".ready"));
    assertThat(run(options).end()).contains(wal.ending());
  }
}
