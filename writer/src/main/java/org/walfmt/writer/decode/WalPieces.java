package org.walfmt.writer.decode;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;

/**
 * A range of WAL as a row of pieces, in order; several are decoded ahead, side by side. That the
 * records of two neighbours follow each other is proved by {@code xl_prev}. Where it is not, or a
 * piece cannot be read by itself, it is read again from the record before on, which settles it.
 */
public final class WalPieces implements Closeable {
  /** Bytes of WAL per piece, which need not be those of a segment. */
  public static final int PIECE = 16 << 20;

  private record Ahead(long end, Future<WalPiece> piece) {}

  private final SegmentSource wal;
  private final StreamIdentity identity;
  private final long start;
  private final long before;
  private final long end;
  private final boolean mustEnd;
  private final boolean forMainForks;
  private final int jobs;
  private final long pieceBytes;
  private final ExecutorService workers;
  private final Deque<Ahead> ahead = new ArrayDeque<>();
  private long nextStart;
  private long position;
  private long lastRecord = WalPiece.NONE;
  private boolean isAllSubmitted;
  private boolean isOver;

  /**
   * The records that begin from {@code start} on and below {@code end}.
   *
   * @param wal opened by several threads at once
   * @param start LSN of a record
   * @param before the record before, which the first must follow, if that is known
   * @param mustEnd whether a record must begin at {@code end}, and is looked at: if it is not
   *     there, the walk came along a way that the server did not go
   * @param forMainForks whether what the WAL tells of other forks is passed over
   * @param jobs pieces decoded side by side
   */
  public WalPieces(
      SegmentSource wal,
      StreamIdentity identity,
      Lsn start,
      Optional<Lsn> before,
      Lsn end,
      boolean mustEnd,
      boolean forMainForks,
      int jobs) {
    this(wal, identity, start, before, end, mustEnd, forMainForks, jobs, PIECE);
  }

  /**
   * The same in pieces of another size.
   *
   * @param pieceBytes a power of two, at least a WAL page
   */
  WalPieces(
      SegmentSource wal,
      StreamIdentity identity,
      Lsn start,
      Optional<Lsn> before,
      Lsn end,
      boolean mustEnd,
      boolean forMainForks,
      int jobs,
      long pieceBytes) {
    this.pieceBytes = pieceBytes;
    this.wal = wal;
    this.identity = identity;
    this.start = start.value();
    this.before = before.map(Lsn::value).orElse(WalPiece.NONE);
    this.end = end.value();
    this.mustEnd = mustEnd;
    this.forMainForks = forMainForks;
    this.jobs = jobs;
    this.nextStart = start.value();
    this.position = start.value();
    this.workers =
        Executors.newFixedThreadPool(
            jobs,
            task -> {
              Thread thread = new Thread(task, "walfmt-wal-decode");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * The next piece; null after the last, which is the one that ends at the range's end or is not
   * complete.
   *
   * @throws org.walfmt.WalFormatException if the WAL is damaged
   * @throws org.walfmt.RefusedException if it does not tell all changes, or no record begins at the
   *     start
   */
  public @Nullable WalPiece next() throws IOException {
    while (!isOver) {
      submit();
      Ahead first = ahead.poll();
      if (first == null) {
        return null;
      }
      // A record or the rest of a segment after a switch may fill a piece.
      boolean isPassed =
          Long.compareUnsigned(position, first.end) >= 0
              && (!mustEnd || Long.compareUnsigned(first.end, end) < 0);
      if (!isPassed) {
        return take(first);
      }
      first.piece.cancel(false);
    }
    return null;
  }

  private void submit() {
    while (ahead.size() <= jobs && !isAllSubmitted) {
      long from = nextStart;
      long boundary = (from & -pieceBytes) + pieceBytes;
      long to = Long.compareUnsigned(boundary, end) < 0 ? boundary : end;
      ahead.add(new Ahead(to, workers.submit(() -> decode(from, to))));
      nextStart = to;
      isAllSubmitted = to == end;
    }
  }

  private WalPiece decode(long from, long to) throws IOException {
    return new PieceDecoder(wal, identity, forMainForks).decode(from, to, mustEnd && to == end);
  }

  private WalPiece take(Ahead taken) throws IOException {
    WalPiece piece = settled(taken);
    if (!piece.isEmpty()) {
      lastRecord = piece.last();
      position = piece.end();
    }
    isOver = !piece.isComplete() || taken.end == end;
    return piece;
  }

  private WalPiece settled(Ahead taken) throws IOException {
    try {
      WalPiece piece = taken.piece.get();
      requireFirst(piece);
      return follows(piece) ? piece : decode(lastRecord, taken.end);
    } catch (ExecutionException e) {
      if (lastRecord != WalPiece.NONE) {
        return decode(lastRecord, taken.end);
      }
      throw unwrap(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading WAL");
    }
  }

  /** The first record of all must follow the one before the range. */
  private void requireFirst(WalPiece piece) throws RefusedException {
    boolean isProved =
        lastRecord != WalPiece.NONE
            || before == WalPiece.NONE
            || piece.firstPrev() == WalPiece.NONE
            || piece.firstPrev() == before;
    if (!isProved) {
      throw RecordChain.otherHistory(
          new Lsn(start),
          "its first record follows one at "
              + new Lsn(piece.firstPrev())
              + ", but what was read before ends with the one at "
              + new Lsn(before));
    }
  }

  private boolean follows(WalPiece piece) {
    if (lastRecord == WalPiece.NONE) {
      return true;
    }
    if (piece.isEmpty() && !piece.isComplete()) {
      return true;
    }
    // The record at the range's end, which a switch often puts first in its piece, is proved too.
    return piece.firstPrev() == lastRecord && (!piece.isEmpty() || position == end);
  }

  private static IOException unwrap(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof IOException failure) {
      return failure;
    }
    throw cause instanceof RuntimeException bug ? bug : new IllegalStateException(cause);
  }

  /** LSN of the next record, or of where it would be, after the pieces handed out. */
  public Lsn position() {
    return new Lsn(position);
  }

  /** Waits for the workers, even if interrupted: they read files. */
  @Override
  public void close() {
    workers.shutdownNow();
    boolean interrupted = false;
    while (!workers.isTerminated()) {
      try {
        workers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
