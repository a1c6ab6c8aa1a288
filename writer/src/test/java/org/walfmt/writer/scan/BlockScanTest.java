package org.walfmt.writer.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.roaringbitmap.RoaringBitmap;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageChecksum;
import org.walfmt.block.RelFileLocator;
import org.walfmt.image.ImageCompression;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.Series;
import org.walfmt.writer.kit.Pages;
import org.walfmt.writer.kit.Remarks;
import org.walfmt.writer.kit.TestSeries;
import org.walfmt.writer.source.DataDirectory;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/**
 * Forks of a synthetic data directory, scanned into a series and read back from it.
 *
 * <p>Long, since each rule of what a scan takes is a short test of its own on the same directory.
 */
class BlockScanTest {
  private static final String START = "0/5000028";
  private static final Lsn REFERENCE = Lsn.parse("0/3000028");
  private static final long GIB_BLOCKS = 131072;

  @TempDir Path directory;
  private Path database;
  private final Remarks remarks = new Remarks();
  private final List<ForkEntry> entries = new ArrayList<>();
  private List<DamagedPage> damaged = List.of();
  private long damagedCount;
  private long disagreements;
  private long bytesRead;
  private Lsn server = Lsn.parse("0/6000000");

  @BeforeEach
  void makeDirectories() throws IOException {
    database = Files.createDirectories(directory.resolve("data/base/5"));
    Files.createDirectories(directory.resolve("data/global"));
    Files.createDirectories(directory.resolve("data/pg_tblspc"));
  }

  /** One plan for all forks. */
  private record OnePlan(Optional<ForkPlan> one) implements ForkPlanner {
    @Override
    public void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity) {}

    @Override
    public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
      return one;
    }
  }

  private Map<String, ByteBuffer> scan(ForkPlanner planner) throws IOException {
    return TestSeries.pages(series(planner));
  }

  private Series series(ForkPlanner planner) throws IOException {
    TestSeries made = TestSeries.full(directory.resolve("archive"), 1, START);
    BlockScan scan = newScan(planner, () -> server);
    scan.run(made.writer(), entries::add);
    damaged = scan.damaged();
    damagedCount = scan.damagedCount();
    disagreements = scan.disagreementCount();
    bytesRead = scan.bytesRead();
    made.writer().startFile("global/pg_control");
    for (ForkEntry entry : entries) {
      made.writer().fork(entry);
    }
    Series series = made.finish("0/6000000");
    assertThat(TestSeries.forks(series)).isEqualTo(entries);
    return series;
  }

  private BlockScan newScan(ForkPlanner planner, ServerPosition position) {
    ScanSettings settings =
        new ScanSettings(
            PgVersion.V15,
            TestSeries.SEGMENTS,
            ImageCompression.NONE,
            true,
            Lsn.parse(START),
            2,
            0);
    DataDirectory source = new DataDirectory(directory.resolve("data"), PgVersion.V15);
    return new BlockScan(settings, source, planner, position, remarks);
  }

  private Map<String, ByteBuffer> scanWhole() throws IOException {
    return scan(new OnePlan(Optional.of(ForkPlan.WHOLE)));
  }

  private Map<String, ByteBuffer> scanDelta(long parentBlocks) throws IOException {
    return scan(new OnePlan(Optional.of(ForkPlan.since(REFERENCE.value(), parentBlocks))));
  }

  private void page(String file, long block, ByteBuffer page) throws IOException {
    Pages.write(database.resolve(file), block, page);
  }

  private static ForkEntry entry(long relation, ForkNumber fork, long blocks, int files) {
    return new ForkEntry(
        new RelFileLocator(1663, 5, relation),
        fork,
        blocks,
        files,
        0644,
        false,
        OptionalLong.empty());
  }

  @Test
  void takesEveryPageOfAWholeFork() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    page("7", 1, Pages.zeros());
    page("7", 2, Pages.sound("0/2002000", 2));
    page("7_vm", 0, Pages.sound("0/2001000", 0));
    page("8_init", 0, Pages.sound("0/0", 0));
    Map<String, ByteBuffer> pages = scanWhole();
    assertThat(pages.keySet()).containsExactly("7/0/0", "7/0/1", "7/0/2", "7/2/0", "8/3/0");
    assertThat(pages.get("7/0/2")).isEqualTo(Pages.sound("0/2002000", 2));
    assertThat(entries)
        .containsExactly(
            entry(7, ForkNumber.MAIN, 3, 1),
            entry(7, ForkNumber.VM, 1, 1),
            entry(8, ForkNumber.INIT, 1, 1));
    assertThat(bytesRead).isEqualTo(5 * 8192);
    assertThat(damagedCount).isZero();
  }

  @Test
  void anAuditTakesWhatEitherTellsAndSaysWhereTheyDisagree() throws IOException {
    page("7", 0, Pages.sound("0/3000027", 0)); // neither
    page("7", 1, Pages.sound("0/3000028", 1)); // both
    page("7", 2, Pages.sound("0/4000000", 2)); // LSN alone
    page("7", 3, Pages.sound("0/2000000", 3)); // WAL alone
    page("7", 4, Pages.sound(START, 4)); // changed after the start
    page("7", 5, Pages.zeros());
    page("7", 6, Pages.sound("0/1", 6)); // no position
    page("7", 7, Pages.sound("0/4000000", 7)); // at the limit, new whatever is told
    RoaringBitmap named = RoaringBitmap.bitmapOf(1, 3, 5, 6);
    ForkPlan audit = ForkPlan.audit(REFERENCE.value(), named, 7, OptionalLong.of(7), true);
    Map<String, ByteBuffer> pages = scan(new OnePlan(Optional.of(audit)));
    assertThat(pages.keySet())
        .containsExactly("7/0/1", "7/0/2", "7/0/3", "7/0/4", "7/0/5", "7/0/6", "7/0/7");
    assertThat(remarks.warnings())
        .containsExactly(
            "change sources disagree: file \"base/5/7\", block 2: page LSN 0/4000000, but no WAL"
                + " names the block",
            "change sources disagree: file \"base/5/7\", block 3: WAL names the block, but page LSN"
                + " 0/2000000 is older");
    assertThat(disagreements).isEqualTo(2);
  }

  /** Replay only locks it: {@code hash_xlog_delete} in {@code hash_xlog.c}. */
  @Test
  void anAuditKnowsThatABucketsFirstPageMayBeNamedUnchanged() throws IOException {
    page("7", 0, hashPage(0, 0xFF80, 0x02)); // the first page of a bucket
    page("7", 1, hashPage(1, 0xFF80, 0x12)); // with a split or dead tuples
    page("7", 2, hashPage(2, 0xFF80, 0x01)); // an overflow page
    page("7", 3, hashPage(3, 0xFF81, 0x02)); // of another kind of index
    RoaringBitmap named = RoaringBitmap.bitmapOf(0, 1, 2, 3);
    ForkPlan audit = ForkPlan.audit(REFERENCE.value(), named, 4, OptionalLong.empty(), true);
    assertThat(scan(new OnePlan(Optional.of(audit))).keySet())
        .containsExactly("7/0/0", "7/0/1", "7/0/2", "7/0/3");
    assertThat(remarks.warnings())
        .hasSize(2)
        .satisfiesExactly(
            line -> assertThat(line).contains("block 2: WAL names the block"),
            line -> assertThat(line).contains("block 3: WAL names the block"));
  }

  private static ByteBuffer hashPage(long block, int pageId, int flags) {
    ByteBuffer page = Pages.sound("0/2000000", block);
    page.putShort(16, (short) (8192 - 16));
    page.putShort(8192 - 4, (short) flags);
    page.putShort(8192 - 2, (short) pageId);
    page.putShort(8, (short) 0);
    page.putShort(8, (short) new PageChecksum().compute(page, 0, block));
    return page;
  }

  @Test
  void anAuditSaysNothingOfOlderLsnsThatNeedNotHaveMoved() throws IOException {
    page("7", 0, Pages.sound("0/4000000", 0)); // LSN alone
    page("7", 1, Pages.sound("0/2000000", 1)); // WAL alone
    RoaringBitmap named = RoaringBitmap.bitmapOf(1);
    ForkPlan audit = ForkPlan.audit(REFERENCE.value(), named, 2, OptionalLong.empty(), false);
    Map<String, ByteBuffer> pages = scan(new OnePlan(Optional.of(audit)));
    assertThat(pages.keySet()).containsExactly("7/0/0", "7/0/1");
    assertThat(remarks.warnings())
        .containsExactly(
            "change sources disagree: file \"base/5/7\", block 0: page LSN 0/4000000, but no WAL"
                + " names the block");
  }

  @Test
  void ofADeltaTakesWhatChangedSinceTheReference() throws IOException {
    page("7", 0, Pages.sound("0/3000027", 0));
    page("7", 1, Pages.sound("0/3000028", 1));
    page("7", 2, Pages.sound("0/3000029", 2));
    page("7", 3, Pages.sound("0/2FFFFFF", 3));
    page("7", 4, Pages.sound("0/2FFFFFF", 4));
    assertThat(scanDelta(4).keySet()).containsExactly("7/0/1", "7/0/2", "7/0/4");
    assertThat(entries.get(0).delta()).isTrue();
    assertThat(entries.get(0).blocks()).isEqualTo(5);
  }

  @Test
  void ofADeltaTakesPagesWhoseLsnIsNoPosition() throws IOException {
    page("7", 0, Pages.zeros());
    page("7", 1, Pages.sound("0/0", 1));
    page("7", 2, Pages.sound("0/1", 2));
    page("7", 3, Pages.sound("0/3E8", 3));
    page("7", 4, Pages.sound("0/2FFFFFF", 4));
    assertThat(scanDelta(5).keySet()).containsExactly("7/0/0", "7/0/1", "7/0/2", "7/0/3");
  }

  @Test
  void aRelationGoesOnInTheNextFileAfterOneGib() throws IOException {
    Pages.sparse(database.resolve("7"), 1L << 30);
    page("7.1", 0, Pages.sound("0/2001000", GIB_BLOCKS));
    page("7.1", 1, Pages.sound("0/2001000", 1)); // with the checksum of another block
    page("7.1", 2, Pages.sound("0/5000100", GIB_BLOCKS + 2));
    Series series = series(new OnePlan(Optional.of(ForkPlan.since(REFERENCE.value(), 1L << 20))));
    List<String> names = new ArrayList<>();
    ByteBuffer zeros = Pages.zeros();
    List<String> wrong = new ArrayList<>();
    TestSeries.eachPage(
        series,
        (name, page) -> {
          names.add(name);
          ByteBuffer expected =
              switch (name) {
                case "7/0/131073" -> Pages.sound("0/2001000", 1);
                case "7/0/131074" -> Pages.sound("0/5000100", GIB_BLOCKS + 2);
                default -> zeros;
              };
          if (page.mismatch(expected) >= 0) {
            wrong.add(name);
          }
        });
    assertThat(wrong).isEmpty();
    assertThat(names)
        .hasSize((int) GIB_BLOCKS + 2)
        .startsWith("7/0/0", "7/0/1")
        .endsWith("7/0/131071", "7/0/131073", "7/0/131074");
    assertThat(damaged)
        .singleElement()
        .satisfies(
            page -> {
              assertThat(page.path()).isEqualTo("base/5/7.1");
              assertThat(page.block()).isEqualTo(GIB_BLOCKS + 1);
            });
    assertThat(entries).extracting(ForkEntry::blocks).containsExactly(GIB_BLOCKS + 3);
    assertThat(entries).extracting(ForkEntry::files).containsExactly(2);
  }

  @Test
  void afterAShortFileLaterOnesCountAsEmpty() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    page("7.1", 0, Pages.sound("0/2001000", GIB_BLOCKS));
    Files.createFile(database.resolve("7.2"));
    Files.createFile(database.resolve("7.4"));
    assertThat(scanWhole().keySet()).containsExactly("7/0/0");
    assertThat(entries).containsExactly(entry(7, ForkNumber.MAIN, 1, 3));
  }

  @Test
  void aFileOnlyOfALaterSegmentIsNoRelation() throws IOException {
    page("7.1", 0, Pages.sound("0/2001000", GIB_BLOCKS));
    page("8", 0, Pages.sound("0/2001000", 0));
    assertThat(scanWhole().keySet()).containsExactly("8/0/0");
    assertThat(entries).containsExactly(entry(8, ForkNumber.MAIN, 1, 1));
  }

  @Test
  void anEmptyFileIsInTheInventoryAlone() throws IOException {
    Files.createFile(database.resolve("7"));
    assertThat(scanWhole()).isEmpty();
    assertThat(entries).containsExactly(entry(7, ForkNumber.MAIN, 0, 1));
  }

  @Test
  void ofAFileOfOddSizeWholePagesAreTaken() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    page("7", 1, Pages.sound("0/2001000", 1));
    Files.write(database.resolve("8"), new byte[8191]);
    byte[] odd = new byte[2 * 8192 + 100];
    System.arraycopy(Files.readAllBytes(database.resolve("7")), 0, odd, 0, 2 * 8192);
    Files.write(database.resolve("7"), odd);
    assertThat(scanWhole().keySet()).containsExactly("7/0/0", "7/0/1");
    assertThat(entries)
        .containsExactly(entry(7, ForkNumber.MAIN, 2, 1), entry(8, ForkNumber.MAIN, 0, 1));
  }

  @Test
  void aFileThatVanishesIsNotInTheBackup() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    page("8", 0, Pages.sound("0/2001000", 0));
    ForkPlanner dropping =
        new ForkPlanner() {
          @Override
          public void enter(DatabaseDirectory entered, Optional<DirectoryIdentity> identity) {}

          @Override
          public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
            Files.deleteIfExists(database.resolve("7"));
            return Optional.of(ForkPlan.WHOLE);
          }
        };
    assertThat(scan(dropping).keySet()).containsExactly("8/0/0");
    assertThat(entries).containsExactly(entry(8, ForkNumber.MAIN, 1, 1));
  }

  @Test
  void aForkWithoutAPlanIsLeftOut() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    assertThat(scan(new OnePlan(Optional.empty()))).isEmpty();
    assertThat(entries).isEmpty();
  }

  @Test
  void damagedPagesAreTakenAndReported() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    page("7", 1, Pages.sound("0/2001000", 1).put(8100, (byte) 1));
    page("7", 2, Pages.sound("0/9000000", 2));
    Map<String, ByteBuffer> pages = scanDelta(3);
    assertThat(pages.keySet()).containsExactly("7/0/1", "7/0/2");
    assertThat(pages.get("7/0/1")).isEqualTo(Pages.sound("0/2001000", 1).put(8100, (byte) 1));
    assertThat(damagedCount).isEqualTo(2);
    assertThat(remarks.warnings()).hasSize(2);
    assertThat(remarks.warnings().get(0))
        .matches(
            "damaged page: file \"base/5/7\", block 1: calculated checksum [0-9A-F]{4} but found"
                + " [0-9A-F]{4}, page LSN 0/2001000");
    assertThat(remarks.warnings().get(1))
        .isEqualTo(
            "damaged page: file \"base/5/7\", block 2: page LSN 0/9000000 is after the server's"
                + " position");
  }

  @Test
  void ofManyDamagedPagesAThousandAreListed() throws IOException {
    for (int block = 0; block < 1100; block++) {
      page("7", block, Pages.sound("0/2001000", block + 1));
    }
    assertThat(scanDelta(1100)).hasSize(1100);
    assertThat(damagedCount).isEqualTo(1100);
    assertThat(damaged).hasSize(1000);
    assertThat(remarks.warnings()).hasSize(1000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void manyForksComeInOrderWithTheRightPages(int seed) throws IOException {
    Random random = new Random(seed);
    Map<String, ByteBuffer> expected = new TreeMap<>();
    for (int relation = 1; relation <= 150; relation++) {
      int blocks = random.nextInt(4) == 0 ? random.nextInt(400) : random.nextInt(4);
      ByteBuffer contents = ByteBuffer.allocate(blocks * Pages.SIZE);
      for (int block = 0; block < blocks; block++) {
        Lsn lsn = new Lsn(0x1000000L + random.nextInt(0x4000000));
        ByteBuffer page = Pages.sound(lsn, block, random.nextInt());
        contents.put(block * Pages.SIZE, page, 0, Pages.SIZE);
        if (!lsn.isBefore(REFERENCE) || block >= 200) {
          expected.put(relation + "/0/" + block, page);
        }
      }
      Files.write(database.resolve("" + relation), contents.array());
    }
    assertThat(new TreeMap<>(scanDelta(200))).isEqualTo(expected);
    assertThat(entries).extracting(entry -> entry.locator().relation()).isSorted().hasSize(150);
  }

  @Test
  void aServerThatCannotBeAskedEndsTheScan() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0));
    TestSeries made = TestSeries.full(directory.resolve("archive"), 1, START);
    BlockScan failing =
        newScan(
            new OnePlan(Optional.of(ForkPlan.WHOLE)),
            () -> {
              throw new IOException("server is gone");
            });
    assertThatThrownBy(() -> failing.run(made.writer(), entries::add))
        .isInstanceOf(IOException.class)
        .hasMessage("server is gone");
    assertNoThreadIsLeft();
  }

  @Test
  void aFailureOfTheConsumerEndsTheScan() throws IOException {
    for (int relation = 1; relation < 100; relation++) {
      page("" + relation, 0, Pages.sound("0/2001000", 0));
    }
    TestSeries made = TestSeries.full(directory.resolve("archive"), 1, START);
    BlockScan failing = newScan(new OnePlan(Optional.of(ForkPlan.WHOLE)), () -> server);
    assertThatThrownBy(
            () ->
                failing.run(
                    made.writer(),
                    entry -> {
                      throw new IOException("disk is full");
                    }))
        .hasMessage("disk is full");
    assertNoThreadIsLeft();
  }

  @Test
  void anInterruptEndsTheScanAndItsThreads() throws IOException {
    page("7", 0, Pages.sound("0/2001000", 0).put(8100, (byte) 1));
    TestSeries made = TestSeries.full(directory.resolve("archive"), 1, START);
    BlockScan interrupted = newScan(new OnePlan(Optional.of(ForkPlan.WHOLE)), () -> server);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> interrupted.run(made.writer(), entries::add))
        .isInstanceOf(IOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertNoThreadIsLeft();
  }

  /** An executor counts as terminated a moment before its last thread is gone. */
  private static void assertNoThreadIsLeft() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("walfmt-")) {
        assertThatCode(() -> thread.join(100)).doesNotThrowAnyException();
      }
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("walfmt-read", "walfmt-encode");
  }
}
