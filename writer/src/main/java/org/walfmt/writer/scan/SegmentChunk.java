package org.walfmt.writer.scan;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;
import org.walfmt.block.HashPage;
import org.walfmt.block.PageHeader;
import org.walfmt.record.BlockRecordEncoder;

/**
 * Up to 1 MiB of pages of one file and, once encoded, the block records of those that are taken.
 * Used again and again; owned by one thread at a time.
 */
final class SegmentChunk implements PageCheck.Reread {
  static final int PAGE_SIZE = PageHeader.PAGE_SIZE;

  /** Pages in a chunk; a 1 GiB segment file is a whole number of chunks. */
  static final int PAGES = 128;

  final ByteBuffer pages =
      ByteBuffer.allocateDirect(PAGES * PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  final ByteBuffer records =
      ByteBuffer.allocateDirect(PAGES * BlockRecordEncoder.MAX_LENGTH)
          .order(ByteOrder.LITTLE_ENDIAN);
  final int[] offsets = new int[PAGES];
  final int[] lengths = new int[PAGES];
  final int[] imageLengths = new int[PAGES];
  final int[] blocks = new int[PAGES];
  final List<DamagedPage> damaged = new ArrayList<>();
  final List<Disagreement> disagreements = new ArrayList<>();

  private final boolean[] wrong = new boolean[PAGES];
  private ForkFile file;
  private ForkKey fork;
  private ForkPlan plan;
  private int firstBlockInFile;
  private int pageCount;
  private int recordCount;

  SegmentChunk(ForkFile file, ForkKey fork, ForkPlan plan) {
    this.file = file;
    this.fork = fork;
    this.plan = plan;
  }

  /**
   * Reads pages from a block of the file on.
   *
   * @return whole pages read; fewer than {@code most} at the end of the file
   */
  int read(ForkFile from, ForkKey of, ForkPlan by, int blockInFile, int most) throws IOException {
    file = from.retain();
    fork = of;
    plan = by;
    firstBlockInFile = blockInFile;
    recordCount = 0;
    damaged.clear();
    disagreements.clear();
    pages.clear().limit(most * PAGE_SIZE);
    pageCount = from.read(pages, blockInFile) / PAGE_SIZE;
    pages.clear();
    return pageCount;
  }

  /** Checks all pages and encodes those to take. */
  void encode(BlockRecordEncoder encoder, PageCheck check, ScanSettings settings)
      throws IOException {
    int at = 0;
    long first = file.firstBlock() + firstBlockInFile;
    check.check(pages, pageCount, first, this, wrong);
    for (int i = 0; i < pageCount; i++) {
      int page = i * PAGE_SIZE;
      long block = first + i;
      if (wrong[i]) {
        damaged.add(new DamagedPage(file.path(), block, check.describe(pages, i, block)));
      }
      if (plan.isAudit() && !wrong[i]) {
        audit(page, block, settings);
      }
      if (wrong[i] || isTaken(page, block, settings.segmentSize())) {
        offsets[recordCount] = at;
        blocks[recordCount] = (int) block;
        lengths[recordCount] =
            encoder.encode(
                pages,
                page,
                tablespace(),
                database(),
                relation(),
                forkNumber(),
                (int) block,
                records,
                at);
        imageLengths[recordCount] = encoder.imageLength();
        at += lengths[recordCount];
        recordCount++;
      }
    }
  }

  @Override
  public boolean reread(int index) throws IOException {
    ByteBuffer room = pages.duplicate();
    room.limit((index + 1) * PAGE_SIZE).position(index * PAGE_SIZE);
    return file.read(room, firstBlockInFile + index) == PAGE_SIZE;
  }

  /**
   * Whether the page may have changed since the parent. An LSN below the first segment is no
   * position (0: never logged; 1: an index build), so that nothing can be told from it.
   */
  private boolean isTaken(int page, long block, SegmentSize segmentSize) {
    if (!plan.delta() || block >= plan.parentBlocks()) {
      return true;
    }
    if (!plan.readsAll()) {
      return plan.wants(block);
    }
    if (plan.names(block)) {
      return true;
    }
    long lsn = PageHeader.lsn(pages, page);
    return Long.compareUnsigned(lsn, plan.changedSince()) >= 0
        || Long.compareUnsigned(lsn, segmentSize.bytes()) < 0;
  }

  /**
   * Compares what the page's LSN tells with what the WAL does. Nothing can be told from a page that
   * changed after the start, nor from an LSN that is no position. The first page of a hash index's
   * bucket may be named without being changed.
   */
  private void audit(int page, long block, ScanSettings settings) {
    long lsn = PageHeader.lsn(pages, page);
    if (block >= plan.parentBlocks()
        || Long.compareUnsigned(lsn, settings.segmentSize().bytes()) < 0
        || Long.compareUnsigned(lsn, settings.startLsn().value()) >= 0) {
      return;
    }
    boolean isMoved = Long.compareUnsigned(lsn, plan.changedSince()) >= 0;
    boolean isNamed = plan.names(block);
    if (isMoved && !isNamed) {
      disagreements.add(
          new Disagreement(
              file.path(), block, "page LSN " + new Lsn(lsn) + ", but no WAL names the block"));
    } else if (isNamed
        && !isMoved
        && plan.lsnsTellAll()
        && !HashPage.isPrimaryBucket(pages, page)) {
      disagreements.add(
          new Disagreement(
              file.path(),
              block,
              "WAL names the block, but page LSN " + new Lsn(lsn) + " is older"));
    }
  }

  int pageCount() {
    return pageCount;
  }

  int recordCount() {
    return recordCount;
  }

  int tablespace() {
    return (int) fork.locator().tablespace();
  }

  int database() {
    return (int) fork.locator().database();
  }

  int relation() {
    return (int) fork.locator().relation();
  }

  int forkNumber() {
    return fork.fork().number();
  }

  /** Lets go of the file. */
  void release() throws IOException {
    file.close();
  }
}
