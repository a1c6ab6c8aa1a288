package org.walfmt.series;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;

/**
 * The commit of a backup: a backup history file in PostgreSQL's grammar, with lines of ours after
 * it. It goes into the archive last and makes the series a backup (rule COMMIT-1); from it and the
 * segments' names everything else is found.
 *
 * @param lastSegment the last segment of the series
 * @param indexLsn LSN of the first index note
 * @param endLsn LSN of the end note
 * @param replaces backups that this one stands for, after a merge
 */
public record CommitFile(
    BackupId id,
    BeginNote begin,
    EndNote end,
    SegmentName lastSegment,
    Lsn indexLsn,
    Lsn endLsn,
    List<BackupId> replaces) {
  static final String VERSION = "WALFMT VERSION: ";
  static final String CHECKSUM = "WALFMT CHECKSUM: ";
  static final String STANDBY = "standby";
  static final String NO_PARENT = "none";
  static final String MANIFEST = "manifest ";
  static final String CLEAN = "clean";
  static final String DAMAGED = "damaged ";
  static final int MAX_LENGTH = 64 << 10;
  static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** The bytes of the file. */
  public byte[] encode() {
    StringBuilder text = new StringBuilder();
    SegmentSize size = begin.segmentSize();
    if (!BeginNote.isLabel(begin.label())) {
      throw new IllegalArgumentException("label of several lines");
    }
    line(text, "START WAL LOCATION", startText(begin.startTimeline(), begin.startLsn(), size));
    line(text, "STOP WAL LOCATION", stopText(end.stopTimeline(), end.stopLsn(), size));
    line(text, "CHECKPOINT LOCATION", begin.checkpointLsn());
    line(text, "BACKUP METHOD", "streamed");
    line(text, "BACKUP FROM", begin.fromStandby() ? STANDBY : primaryWord(begin.version()));
    line(text, "START TIME", TIME.format(begin.startTime()));
    line(text, "LABEL", begin.label());
    line(text, "START TIMELINE", begin.startTimeline());
    line(text, "STOP TIME", TIME.format(end.stopTime()));
    line(text, "STOP TIMELINE", end.stopTimeline());
    if (!begin.isFull()) {
      line(text, "INCREMENTAL FROM LSN", begin.referenceLsn());
      line(text, "INCREMENTAL FROM TLI", begin.referenceTimeline());
    }
    line(text, "WALFMT VERSION", BeginNote.FORMAT_VERSION);
    line(text, "WALFMT POSTGRES", begin.version());
    line(text, "WALFMT SEGMENT SIZE", size.bytes());
    line(text, "WALFMT SYSTEM IDENTIFIER", Long.toUnsignedString(begin.systemIdentifier()));
    line(text, "WALFMT LAST SEGMENT", lastSegment);
    line(text, "WALFMT INDEX LSN", indexLsn);
    line(text, "WALFMT END LSN", endLsn);
    line(text, "WALFMT PARENT", parentText());
    for (BackupId replaced : replaces) {
      line(text, "WALFMT REPLACES", replaced);
    }
    line(text, "WALFMT NONCE", begin.nonce());
    line(text, "WALFMT DIGEST", end.digest());
    line(text, "WALFMT VERDICT", verdict());
    byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
    text.append(CHECKSUM).append(sha256(body)).append('\n');
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  static String startText(TimelineId timeline, Lsn start, SegmentSize size) {
    return start + " (file " + SegmentName.of(timeline, start, size) + ")";
  }

  /** The stop LSN is exclusive; in all majors the segment of the byte before it is named. */
  static String stopText(TimelineId timeline, Lsn stop, SegmentSize size) {
    SegmentName file = new SegmentName(timeline, size.segmentNumberBefore(stop), size);
    return stop + " (file " + file + ")";
  }

  static String primaryWord(PgVersion version) {
    return version == PgVersion.V13 ? "master" : "primary";
  }

  private String parentText() {
    if (begin.parent().isEmpty()) {
      return NO_PARENT;
    }
    Parent parent = begin.parent().get();
    return parent instanceof Parent.Series series
        ? series.id().text()
        : MANIFEST + ((Parent.Manifest) parent).sha256();
  }

  private String verdict() {
    return end.damagedPages() == 0 ? CLEAN : DAMAGED + end.damagedPages();
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(name).append(": ").append(value).append('\n');
  }

  static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(SeriesWriter.sha256().digest(bytes));
  }

  /**
   * What a commit tells by itself, without the series.
   *
   * @param parent id of the parent series; empty for a full backup or an external parent
   * @param manifest SHA-256 of the external parent's manifest
   * @param referenceTimeline for a full backup the start timeline
   */
  public record Summary(
      BackupId id,
      PgVersion version,
      SegmentSize segmentSize,
      long systemIdentifier,
      Lsn startLsn,
      TimelineId startTimeline,
      Lsn stopLsn,
      TimelineId stopTimeline,
      boolean fromStandby,
      Instant startTime,
      Instant stopTime,
      String label,
      Lsn referenceLsn,
      Optional<BackupId> parent,
      Optional<String> manifest,
      List<BackupId> replaces,
      SegmentName firstSegment,
      SegmentName lastSegment,
      Lsn indexLsn,
      Lsn endLsn,
      String nonce,
      String digest,
      long damagedPages,
      Lsn checkpointLsn,
      TimelineId referenceTimeline) {
    /** Whether the backup holds every block. */
    public boolean isFull() {
      return !referenceLsn.isValid();
    }

    /** Segments of the series. */
    public long segments() {
      return lastSegment.number() - firstSegment.number() + 1;
    }
  }

  /**
   * Reads a commit.
   *
   * @throws CorruptWalException if its checksum or a line is wrong
   * @throws UnsupportedWalException if it is of another format version
   */
  public static Summary decode(BackupId id, byte[] bytes)
      throws CorruptWalException, UnsupportedWalException {
    return CommitReader.decode(id, bytes);
  }
}
