package org.walfmt.writer.scan;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.walfmt.Lsn;
import org.walfmt.block.PageChecksum;
import org.walfmt.block.PageHeader;

/**
 * Tells sound pages from torn and damaged ones (rule CHANGE-6). A page read while the server writes
 * it may be torn: it is read again. If it stays wrong, it is accepted only if its LSN lies between
 * the backup's start and the server's position, since replay then rewrites it.
 *
 * <p>Hot: looks at every page. Serves one thread; the position is shared.
 */
final class PageCheck {
  private static final int READS = 6;
  private static final long PAUSE_MILLIS = 20;

  /** Reads a page of the chunk again, into the chunk's buffer. */
  interface Reread {
    /** False if the file no longer reaches as far as the chunk's page {@code index}. */
    boolean reread(int index) throws IOException;
  }

  /** The server's position as last heard of, which every page's LSN is compared with first. */
  static final class KnownPosition {
    private final ServerPosition server;
    private final AtomicLong known = new AtomicLong();

    KnownPosition(ServerPosition server) {
      this.server = server;
    }

    /** Whether the server's WAL goes as far as {@code lsn} by now. */
    boolean reaches(long lsn) throws IOException {
      if (Long.compareUnsigned(lsn, known.get()) <= 0) {
        return true;
      }
      synchronized (this) {
        if (Long.compareUnsigned(lsn, known.get()) > 0) {
          known.set(server.ask().value());
        }
      }
      return Long.compareUnsigned(lsn, known.get()) <= 0;
    }
  }

  private final boolean checksums;
  private final long start;
  private final KnownPosition position;
  private final PageChecksum checksum = new PageChecksum();

  PageCheck(boolean checksums, Lsn start, KnownPosition position) {
    this.checksums = checksums;
    this.start = start.value();
    this.position = position;
  }

  /**
   * Marks the pages that are wrong even after they were read again. The pause is one for all of
   * them, so that a damaged disk does not hold up the backup for hours.
   *
   * @param count pages in the buffer
   * @param firstBlock block number of the first, in the fork
   * @param wrong set for each page
   * @return how many are wrong
   */
  int check(ByteBuffer buffer, int count, long firstBlock, Reread source, boolean[] wrong)
      throws IOException {
    int left = 0;
    for (int i = 0; i < count; i++) {
      wrong[i] = !isSound(buffer, i * PageHeader.PAGE_SIZE, firstBlock + i);
      left += wrong[i] ? 1 : 0;
    }
    for (int read = 1; read < READS && left > 0; read++) {
      pause();
      for (int i = 0; i < count; i++) {
        if (wrong[i]
            && (!source.reread(i) || isSound(buffer, i * PageHeader.PAGE_SIZE, firstBlock + i))) {
          wrong[i] = false;
          left--;
        }
      }
    }
    return left;
  }

  private boolean isSound(ByteBuffer buffer, int page, long block) throws IOException {
    long lsn = PageHeader.lsn(buffer, page);
    if (PageHeader.isNew(buffer, page)) {
      return (lsn == 0 && PageHeader.isAllZero(buffer, page)) || isRewritten(lsn);
    }
    if (!position.reaches(lsn)) {
      return false;
    }
    return !checksums || checksum.matches(buffer, page, block) || isRewritten(lsn);
  }

  /** Whether replay from the start LSN on writes this page anew. */
  private boolean isRewritten(long lsn) throws IOException {
    return Long.compareUnsigned(lsn, start) >= 0 && position.reaches(lsn);
  }

  /** What is wrong with a page that is. */
  String describe(ByteBuffer buffer, int index, long block) {
    int page = index * PageHeader.PAGE_SIZE;
    long lsn = PageHeader.lsn(buffer, page);
    if (PageHeader.isNew(buffer, page)) {
      return "pd_upper is 0, but the page is not all zeros";
    }
    int expected = checksum.compute(buffer, page, block);
    int found = PageHeader.checksum(buffer, page);
    if (checksums && expected != found) {
      return String.format(
          "calculated checksum %04X but found %04X, page LSN %s", expected, found, new Lsn(lsn));
    }
    return "page LSN " + new Lsn(lsn) + " is after the server's position";
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a page was read again");
    }
  }
}
