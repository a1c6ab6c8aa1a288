package org.walfmt.replayer.verify;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.block.PageChecksum;
import org.walfmt.block.PageHeader;
import org.walfmt.series.Series;

/**
 * Judges the pages of a backup, as the backup did (rule CHANGE-6): one with a wrong checksum is
 * torn if its LSN lies in the WAL that will be replayed, else damaged.
 */
public final class PageVerdict {
  private final boolean checksums;
  private final long start;
  private final long stop;
  private final PageChecksum checksum = new PageChecksum();
  private boolean torn;

  /** Judges pages of the state that {@code series} stands for. */
  public PageVerdict(Series series) {
    this(series.begin().checksums(), series.begin().startLsn(), series.end().stopLsn());
  }

  /** Judges pages of a state that replay from {@code start} to {@code stop} makes consistent. */
  public PageVerdict(boolean checksums, Lsn start, Lsn stop) {
    this.checksums = checksums;
    this.start = start.value();
    this.stop = stop.value();
  }

  /** Whether the page judged last is torn. */
  public boolean isTorn() {
    return torn;
  }

  /** What is wrong with a page; empty if it is sound, or torn. */
  public Optional<String> judge(ByteBuffer page, int at, long block) {
    torn = false;
    long lsn = PageHeader.lsn(page, at);
    boolean isNew = PageHeader.isNew(page, at);
    if (isNew && PageHeader.isAllZero(page, at)) {
      return Optional.empty();
    }
    boolean known = Long.compareUnsigned(lsn, stop) <= 0;
    if (!isNew && known && (!checksums || checksum.matches(page, at, block))) {
      return Optional.empty();
    }
    if (known && Long.compareUnsigned(lsn, start) >= 0) {
      torn = true;
      return Optional.empty();
    }
    if (isNew) {
      return Optional.of("pd_upper is 0, but the page is not all zeros");
    }
    if (!known) {
      return Optional.of("page LSN " + new Lsn(lsn) + " is after the stop LSN of the backup");
    }
    return Optional.of(
        String.format(
            "calculated checksum %04X but found %04X, page LSN %s",
            checksum.compute(page, at, block), PageHeader.checksum(page, at), new Lsn(lsn)));
  }
}
