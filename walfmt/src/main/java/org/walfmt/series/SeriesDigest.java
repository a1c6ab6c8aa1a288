package org.walfmt.series;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;

/**
 * The sums over a series, kept by who writes it and by who walks over all of it: the end note must
 * agree with them (rule SERIES-7), and the index notes with where parts and segments began (rules
 * INDEX-2 and INDEX-3).
 *
 * <p>Of a walk it is given every record, from the begin note to the switch record, by {@link #add}.
 */
public final class SeriesDigest {
  private final MessageDigest digest = SeriesWriter.sha256();
  private final ByteBuffer crcBytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
  private final Map<RecordKind, Lsn> starts = new EnumMap<>(RecordKind.class);
  private @Nullable BeginNote begin;
  private @Nullable IndexCheck index;
  private @Nullable EndNote end;
  private long blocks;
  private long imageBytes;
  private long files;
  private long fileBytes;
  private long records;

  /**
   * Takes the record at which {@code cursor} stands; checks the index and end notes.
   *
   * @throws CorruptWalException if the series is not what its notes say
   */
  public void add(SeriesCursor cursor) throws WalFormatException {
    RecordKind kind = cursor.kind();
    if (begin == null && kind != RecordKind.BEGIN) {
      throw cursor.corrupt("series begins with a record " + kind);
    }
    for (int i = 0; i < cursor.passedCount(); i++) {
      addRecord(cursor.passedCrc(i));
    }
    boolean firstOfKind = !starts.containsKey(kind);
    if (firstOfKind) {
      starts.put(kind, cursor.lsn());
    }
    switch (kind) {
      case BEGIN -> {
        begin = begin(cursor);
        index = new IndexCheck(begin.segmentSize());
      }
      case BLOCK -> {
        addBlock(cursor.block().imageLength());
        index().addBlock(cursor);
      }
      case FILE -> {
        addFile();
        index().addFile(cursor);
      }
      case CHUNK -> addFileBytes(cursor.payloadLength());
      case FORKS, PATHS, LABEL, NOOP, SWITCH -> {}
      case INDEX -> {
        if (firstOfKind) {
          checkSections(cursor);
        } else {
          index().addNote(cursor);
        }
      }
      case END -> checkEnd(cursor);
    }
    if (kind.compareTo(RecordKind.END) < 0) {
      addRecord(cursor.crc());
    }
  }

  private IndexCheck index() {
    return Objects.requireNonNull(index);
  }

  private static BeginNote begin(SeriesCursor cursor) throws WalFormatException {
    BeginNote note = cursor.begin();
    if (!cursor.pageTimeline().equals(note.startTimeline())) {
      throw cursor.corrupt(
          "pages of timeline "
              + cursor.pageTimeline()
              + " hold a series of timeline "
              + note.startTimeline());
    }
    return note;
  }

  void addBlock(int imageLength) {
    blocks++;
    imageBytes += imageLength;
  }

  void addFile() {
    files++;
  }

  void addFileBytes(long bytes) {
    fileBytes += bytes;
  }

  /** Takes a record's {@code xl_crc}. */
  void addRecord(int crc) {
    records++;
    crcBytes.putInt(0, crc);
    digest.update(crcBytes.array());
  }

  /** The end note to follow the records so far. Ends the use of this object. */
  EndNote endNote(
      String nonce, Lsn stopLsn, TimelineId stopTimeline, Instant stopTime, long damagedPages) {
    return new EndNote(
        nonce,
        stopLsn,
        stopTimeline,
        stopTime,
        blocks,
        imageBytes,
        files,
        fileBytes,
        records,
        damagedPages,
        HexFormat.of().formatHex(digest.digest()));
  }

  private void checkSections(SeriesCursor cursor) throws WalFormatException {
    Sections stated = cursor.sections();
    Lsn label = starts.get(RecordKind.LABEL);
    if (label == null) {
      throw cursor.corrupt("series has no label note");
    }
    Lsn paths = starts.getOrDefault(RecordKind.PATHS, label);
    Lsn forks = starts.getOrDefault(RecordKind.FORKS, paths);
    Lsn files = starts.getOrDefault(RecordKind.FILE, forks);
    Lsn blocks = starts.getOrDefault(RecordKind.BLOCK, files);
    Sections found = new Sections(blocks, files, forks, paths, label);
    if (!stated.equals(found)) {
      throw cursor.corrupt("index note has " + stated + ", found " + found);
    }
  }

  private void checkEnd(SeriesCursor cursor) throws WalFormatException {
    if (!starts.containsKey(RecordKind.INDEX)) {
      throw cursor.corrupt("series has no index note");
    }
    if (!index().agrees()) {
      throw cursor.corrupt("keys of the index are not those of the records");
    }
    EndNote stated = cursor.end();
    EndNote found =
        endNote(
            begin == null ? "" : begin.nonce(),
            stated.stopLsn(),
            stated.stopTimeline(),
            stated.stopTime(),
            stated.damagedPages());
    requireSame("nonce", stated.nonce(), found.nonce(), cursor);
    requireSame("number of blocks", stated.blocks(), found.blocks(), cursor);
    requireSame("bytes of images", stated.imageBytes(), found.imageBytes(), cursor);
    requireSame("number of files", stated.files(), found.files(), cursor);
    requireSame("bytes of files", stated.fileBytes(), found.fileBytes(), cursor);
    requireSame("number of records", stated.records(), found.records(), cursor);
    requireSame("digest", stated.digest(), found.digest(), cursor);
    end = stated;
  }

  private static void requireSame(String what, Object stated, Object found, SeriesCursor cursor)
      throws CorruptWalException {
    if (!stated.equals(found)) {
      throw cursor.corrupt("end note has " + what + " " + stated + ", found " + found);
    }
  }

  /** Whether the end note has been seen and agreed with all that came before it. */
  public boolean isProven() {
    return end != null;
  }
}
