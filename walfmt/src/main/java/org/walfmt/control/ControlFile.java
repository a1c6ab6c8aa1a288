package org.walfmt.control;

import java.nio.ByteBuffer;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;

/**
 * The file {@code global/pg_control}: {@code ControlFileData}, as far as a backup needs it.
 *
 * <p>The server writes it in one piece, but who reads it at that moment may still see a mix: on
 * {@code CorruptWalException}, read again. Source: {@code catalog/pg_control.h}. The offsets are
 * those of {@link ControlFileLayout}.
 *
 * @param systemIdentifier unsigned; made by initdb, the same in all copies of a cluster
 * @param time when the file was last written, in seconds since 1970 UTC
 * @param checkPoint where the last checkpoint's record begins
 * @param minRecoveryPoint up to where recovery must at least go; 0/0 unless in recovery
 * @param minRecoveryPointTimeline 0 unless in recovery
 * @param backupStartPoint start LSN of the backup that recovery runs from; else 0/0
 * @param backupEndPoint end of that backup if it was taken on a standby; else 0/0
 * @param backupEndRequired whether recovery must find a backup-end record
 * @param dataChecksums whether data pages have checksums
 */
public record ControlFile(
    PgVersion version,
    long systemIdentifier,
    ClusterState state,
    long time,
    Lsn checkPoint,
    CheckPointCopy checkPointCopy,
    Lsn minRecoveryPoint,
    TimelineId minRecoveryPointTimeline,
    Lsn backupStartPoint,
    Lsn backupEndPoint,
    boolean backupEndRequired,
    WalLevel walLevel,
    boolean walLogHints,
    SegmentSize segmentSize,
    boolean dataChecksums) {
  /** Path relative to the data directory. */
  public static final String PATH = "global/pg_control";

  /** Bytes in the file, most of them zero: {@code PG_CONTROL_FILE_SIZE}. */
  public static final int LENGTH = 8192;

  /** Bytes in a block of a relation: {@code BLCKSZ}. Servers built with another are refused. */
  public static final int BLOCK_SIZE = 8192;

  /** Blocks in a segment file of a relation: {@code RELSEG_SIZE}. Others are refused. */
  public static final int SEGMENT_BLOCKS = 131072;

  /** Bytes in a page of WAL: {@code XLOG_BLCKSZ}. Servers built with another are refused. */
  public static final int WAL_PAGE_SIZE = 8192;

  /**
   * Reads the whole file, from index 0 to the buffer's limit.
   *
   * @throws org.walfmt.UnsupportedWalException if the server is of another major, of another byte
   *     order, or built with other sizes than {@link #BLOCK_SIZE} and its like
   */
  public static ControlFile read(ByteBuffer file) throws WalFormatException {
    return ControlFileLayout.read(file);
  }
}
