package org.walfmt.writer.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.writer.kit.Pages;
import org.walfmt.writer.kit.Remarks;

/** Segments of 1 MiB: segment 3 begins at 0/300000. */
class WalKeeperTest {
  private static final SegmentSize SIZE = new SegmentSize(1 << 20);
  private static final TimelineHistory FIRST = TimelineHistory.of(TimelineId.of(1));
  private static final Lsn START = Lsn.parse("0/300028");
  private static final Duration SOON = Duration.ofMillis(300);

  @TempDir Path directory;
  private Path wal;
  private Path stored;
  private final Remarks remarks = new Remarks();
  private volatile Lsn written = Lsn.parse("0/300028");

  @BeforeEach
  void makeDirectories() throws IOException {
    wal = Files.createDirectory(directory.resolve("pg_wal"));
    Files.createDirectory(wal.resolve("archive_status"));
    stored = Files.createDirectory(directory.resolve("archive"));
  }

  private WalKeeper keeper(boolean copy) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(stored, "test");
    return new WalKeeper(() -> written, archive, wal, SIZE, copy, remarks);
  }

  private static void segment(Path where, String name) throws IOException {
    Pages.sparse(where.resolve(name), 1 << 20);
  }

  private List<String> archived() throws IOException {
    try (Stream<Path> files = Files.list(stored)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void awaitThird() throws InterruptedException {
    Path third = stored.resolve("000000010000000000000003");
    for (int i = 0; i < 200 && Files.notExists(third); i++) {
      Thread.sleep(50);
    }
    Thread.sleep(50); // until the temporary name is gone too
  }

  private RefusedException refused(WalKeeper keeper, String stop, TimelineHistory history) {
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class,
            () -> keeper.finish(START, Lsn.parse(stop), history, false, SOON));
    assertThat(e).isNotNull();
    return e;
  }

  @Test
  void waitsUntilAllSegmentsAreThere() throws Exception {
    segment(stored, "000000010000000000000003");
    Thread archiver =
        new Thread(
            () -> {
              try {
                Thread.sleep(400);
                segment(stored, "000000010000000000000004");
              } catch (IOException | InterruptedException e) {
                remarks.warning(e.toString());
              }
            });
    try (WalKeeper keeper = keeper(false)) {
      keeper.start(START, FIRST);
      archiver.start();
      keeper.finish(START, Lsn.parse("0/400100"), FIRST, false, Duration.ofSeconds(20));
      assertThat(archived()).contains("000000010000000000000004");
    }
    archiver.join();
  }

  @Test
  void leavesToTheArchiverWhatWaitsForIt() throws Exception {
    segment(wal, "000000010000000000000003");
    Path ready = wal.resolve("archive_status/000000010000000000000003.ready");
    Files.createFile(ready);
    written = Lsn.parse("0/400028");
    try (WalKeeper keeper = keeper(true)) {
      keeper.start(START, FIRST);
      refused(keeper, "0/400000", FIRST);
      assertThat(archived()).isEmpty();
      Files.delete(ready); // it went somewhere else
      keeper.finish(START, Lsn.parse("0/400000"), FIRST, false, Duration.ofSeconds(20));
      assertThat(archived()).containsExactly("000000010000000000000003");
    }
  }

  @Test
  void namesWhatIsMissingWhenTheTimeIsOver() throws Exception {
    segment(stored, "000000010000000000000003");
    Pages.sparse(stored.resolve("000000010000000000000004"), 1000);
    try (WalKeeper keeper = keeper(false)) {
      keeper.start(START, FIRST);
      RefusedException e = refused(keeper, "0/500000", FIRST);
      assertThat(e.reason()).isEqualTo(Reason.INCOMPLETE);
      assertThat(e)
          .hasMessage("WAL file 000000010000000000000004 is not in archive \"" + stored + "\"");
    }
  }

  @Test
  void copiesSegmentsAsSoonAsTheyAreWritten() throws Exception {
    segment(wal, "000000010000000000000003");
    segment(wal, "000000010000000000000004");
    try (WalKeeper keeper = keeper(true)) {
      written = Lsn.parse("0/400100");
      keeper.start(START, FIRST);
      awaitThird();
      assertThat(archived()).containsExactly("000000010000000000000003");
      Files.delete(wal.resolve("000000010000000000000003")); // recycled
      written = Lsn.parse("0/500000");
      keeper.finish(START, Lsn.parse("0/400200"), FIRST, false, SOON);
    }
    assertThat(archived()).containsExactly("000000010000000000000003", "000000010000000000000004");
  }

  @Test
  void aSegmentThatWasRecycledTooSoonIsMissed() throws Exception {
    try (WalKeeper keeper = keeper(true)) {
      written = Lsn.parse("0/400100");
      keeper.start(START, FIRST);
      assertThat(refused(keeper, "0/400000", FIRST))
          .hasMessage("WAL segment 000000010000000000000003 was removed before it could be copied");
    }
  }

  @Test
  void copiesAgainIfTheTimelineChangedMeanwhile() throws Exception {
    segment(wal, "000000010000000000000003");
    segment(wal, "000000020000000000000003");
    Files.writeString(wal.resolve("00000002.history"), "1\t0/380000\tx\n");
    try (WalKeeper keeper = keeper(true)) {
      written = Lsn.parse("0/400100");
      keeper.start(START, FIRST);
      awaitThird();
      TimelineHistory second = WalHistory.read(wal, TimelineId.of(2));
      keeper.finish(START, Lsn.parse("0/390000"), second, true, SOON);
    }
    assertThat(archived())
        .containsExactly(
            "000000010000000000000003", "00000002.history", "000000020000000000000003");
  }

  @Test
  void putsAHistoryFileThatTheArchiverWillNot() throws Exception {
    segment(stored, "000000020000000000000003");
    Files.writeString(wal.resolve("00000002.history"), "1\t0/280000\tx\n");
    TimelineHistory second = WalHistory.read(wal, TimelineId.of(2));
    try (WalKeeper keeper = keeper(false)) {
      keeper.start(START, second);
      keeper.finish(START, Lsn.parse("0/400000"), second, false, SOON);
    }
    assertThat(stored.resolve("00000002.history")).hasContent("1\t0/280000\tx\n");
  }

  @Test
  void leavesAHistoryFileToTheArchiverThatIsAboutToTakeIt() throws Exception {
    segment(stored, "000000020000000000000003");
    Files.writeString(wal.resolve("00000002.history"), "1\t0/280000\tx\n");
    Files.createFile(wal.resolve("archive_status/00000002.history.ready"));
    TimelineHistory second = WalHistory.read(wal, TimelineId.of(2));
    try (WalKeeper keeper = keeper(false)) {
      keeper.start(START, second);
      assertThat(refused(keeper, "0/400000", second))
          .hasMessageContaining("WAL file 00000002.history is not in archive");
    }
  }

  @Test
  void closingWaitsForACopyToEnd() throws Exception {
    for (int i = 3; i < 10; i++) {
      segment(wal, "00000001000000000000000" + i);
    }
    written = Lsn.parse("0/A00000");
    try (WalKeeper keeper = keeper(true)) {
      keeper.start(START, FIRST);
      Thread.currentThread().interrupt();
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("walfmt-wal");
    assertThat(archived()).noneMatch(name -> name.endsWith(".tmp"));
  }

  @Test
  void waitsForASegmentThatTheArchiverIsJustWriting() throws Exception {
    segment(wal, "000000010000000000000003");
    Path target = stored.resolve("000000010000000000000003");
    Pages.sparse(target, 1000);
    Thread archiver =
        new Thread(
            () -> {
              try {
                Thread.sleep(400);
                segment(stored, "000000010000000000000003");
              } catch (IOException | InterruptedException e) {
                remarks.warning(e.toString());
              }
            });
    try (WalKeeper keeper = keeper(true)) {
      written = Lsn.parse("0/400100");
      keeper.start(START, FIRST);
      archiver.start();
      keeper.finish(START, Lsn.parse("0/400000"), FIRST, false, Duration.ofSeconds(20));
      assertThat(target).hasSize(1 << 20);
    }
    archiver.join();
  }
}
