package org.walfmt;

/**
 * Bytes per WAL segment file, {@code wal_segment_size}: a power of two, 1 MiB to 1 GiB.
 *
 * <p>Turns positions into segment numbers and back. Source: PostgreSQL 18, {@code
 * access/xlog_internal.h}.
 */
public record SegmentSize(int bytes) {
  /** initdb's default, 16 MiB. */
  public static final SegmentSize DEFAULT = new SegmentSize(16 << 20);

  private static final int MIN = 1 << 20;
  private static final int MAX = 1 << 30;

  public SegmentSize {
    if (!isValid(bytes)) {
      throw new IllegalArgumentException("invalid WAL segment size " + bytes);
    }
  }

  /** Whether initdb could have set this size: {@code IsValidWalSegSize}. */
  public static boolean isValid(int bytes) {
    return bytes >= MIN && bytes <= MAX && Integer.bitCount(bytes) == 1;
  }

  /** Number of the segment that holds the byte at {@code lsn}. */
  public long segmentNumber(Lsn lsn) {
    return lsn.value() >>> Integer.numberOfTrailingZeros(bytes);
  }

  /**
   * Number of the segment that holds the byte before {@code end}: for exclusive ends, so that an
   * end on a boundary belongs to the segment before ({@code XLByteToPrevSeg}).
   */
  public long segmentNumberBefore(Lsn end) {
    return segmentNumber(end.plus(-1));
  }

  /** Offset of {@code lsn} within its segment. */
  public int offset(Lsn lsn) {
    return (int) (lsn.value() & (bytes - 1));
  }

  /** First position of segment {@code number}. */
  public Lsn start(long number) {
    return new Lsn(number << Integer.numberOfTrailingZeros(bytes));
  }

  /** Segments per 2^32 bytes of WAL: {@code XLogSegmentsPerXLogId}. */
  long segmentsPerLogId() {
    return (1L << Integer.SIZE) / bytes;
  }
}
