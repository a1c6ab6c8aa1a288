package org.walfmt.series;

import java.util.ArrayList;
import java.util.List;
import org.walfmt.Lsn;
import org.walfmt.SegmentSize;

/**
 * The sparse index of a series: for each segment the first block record and the first file note
 * that begin in it (rule INDEX-3). Goes into the {@code walfmt.index} notes after the first.
 */
final class IndexKeys {
  private final SegmentSize segmentSize;
  private final List<IndexKey> keys = new ArrayList<>();
  private long blockSegment = -1;
  private long fileSegment = -1;

  IndexKeys(SegmentSize segmentSize) {
    this.segmentSize = segmentSize;
  }

  void addBlock(long lsn, int tablespace, int database, int relation, int fork, int block) {
    long segment = segmentSize.segmentNumber(new Lsn(lsn));
    if (segment != blockSegment) {
      blockSegment = segment;
      keys.add(
          new IndexKey.Block(
              Integer.toUnsignedLong(tablespace),
              Integer.toUnsignedLong(database),
              Integer.toUnsignedLong(relation),
              fork,
              Integer.toUnsignedLong(block),
              new Lsn(lsn)));
    }
  }

  void addFile(long lsn, String path) {
    long segment = segmentSize.segmentNumber(new Lsn(lsn));
    if (segment != fileSegment) {
      fileSegment = segment;
      keys.add(new IndexKey.File(path, new Lsn(lsn)));
    }
  }

  /** The messages of the notes, each at most about {@code maxLength} bytes. */
  List<byte[]> encode(int maxLength) {
    List<byte[]> messages = new ArrayList<>();
    int at = 0;
    while (at < keys.size()) {
      JsonText json = new JsonText().startArray("keys");
      while (at < keys.size() && json.length() < maxLength) {
        json.startObject();
        keys.get(at++).encode(json);
        json.endObject();
      }
      messages.add(json.endArray().finish());
    }
    return messages;
  }
}
