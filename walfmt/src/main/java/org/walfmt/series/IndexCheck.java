package org.walfmt.series;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.walfmt.SegmentSize;
import org.walfmt.WalFormatException;

/**
 * Compares the keys in a series' index with the records that a walk has met (rule INDEX-3). Keeps
 * only sums of both, since a large series has many keys and many series are read side by side.
 */
final class IndexCheck {
  private final SegmentSize segmentSize;
  private final MessageDigest found = SeriesWriter.sha256();
  private final MessageDigest stated = SeriesWriter.sha256();
  private long blockSegment = -1;
  private long fileSegment = -1;

  IndexCheck(SegmentSize segmentSize) {
    this.segmentSize = segmentSize;
  }

  /** Takes a block record. */
  void addBlock(SeriesCursor cursor) {
    long segment = segmentSize.segmentNumber(cursor.lsn());
    if (segment != blockSegment) {
      blockSegment = segment;
      add(found, IndexKey.Block.of(cursor));
    }
  }

  /** Takes a file note. */
  void addFile(SeriesCursor cursor) throws WalFormatException {
    long segment = segmentSize.segmentNumber(cursor.lsn());
    if (segment != fileSegment) {
      fileSegment = segment;
      add(found, new IndexKey.File(cursor.filePath(), cursor.lsn()));
    }
  }

  /** Takes an index note after the first. */
  void addNote(SeriesCursor cursor) throws WalFormatException {
    for (IndexKey key : cursor.indexKeys()) {
      add(stated, key);
    }
  }

  /** Whether the index has exactly the keys it should have. Ends the use of this object. */
  boolean agrees() {
    return Arrays.equals(found.digest(), stated.digest());
  }

  private static void add(MessageDigest sum, IndexKey key) {
    sum.update((key + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
