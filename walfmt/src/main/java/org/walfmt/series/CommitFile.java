package org.walfmt.series;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
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
 * it. It goes into the archive last and makes the series a backup; from it and the segments' names
 * everything else is found.
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
  private static final String CHECKSUM = "WALFMT CHECKSUM: ";
  private static final int MAX_LENGTH = 64 << 10;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** The bytes of the file. */
  public byte[] encode() {
    StringBuilder text = new StringBuilder();
    SegmentSize size = begin.segmentSize();
    SegmentName start = SegmentName.of(begin.startTimeline(), begin.startLsn(), size);
    SegmentName stop =
        new SegmentName(end.stopTimeline(), size.segmentNumberBefore(end.stopLsn()), size);
    line(text, "START WAL LOCATION", begin.startLsn() + " (file " + start + ")");
    line(text, "STOP WAL LOCATION", end.stopLsn() + " (file " + stop + ")");
    line(text, "CHECKPOINT LOCATION", begin.checkpointLsn());
    line(text, "BACKUP METHOD", "streamed");
    line(text, "BACKUP FROM", begin.fromStandby() ? "standby" : primaryWord());
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

  private String primaryWord() {
    return begin.version() == PgVersion.V13 ? "master" : "primary";
  }

  private String parentText() {
    if (begin.parent().isEmpty()) {
      return "none";
    }
    Parent parent = begin.parent().get();
    return parent instanceof Parent.Series series
        ? series.id().text()
        : "manifest " + ((Parent.Manifest) parent).sha256();
  }

  private String verdict() {
    return end.damagedPages() == 0 ? "clean" : "damaged " + end.damagedPages();
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(name).append(": ").append(value).append('\n');
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(SeriesWriter.sha256().digest(bytes));
  }

  /**
   * What a commit tells by itself, without the series.
   *
   * @param parent id of the parent series; empty for a full backup or an external parent
   * @param manifest SHA-256 of the external parent's manifest
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
      long damagedPages) {
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
    String name = id.commitName();
    if (bytes.length > MAX_LENGTH) {
      throw new CorruptWalException("commit file \"" + name + "\" is too long");
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int last = text.lastIndexOf(CHECKSUM);
    if (last < 0
        || !text.endsWith("\n")
        || !text.substring(last)
            .equals(
                CHECKSUM
                    + sha256(text.substring(0, last).getBytes(StandardCharsets.UTF_8))
                    + "\n")) {
      throw new CorruptWalException("commit file \"" + name + "\" has a wrong checksum");
    }
    try {
      return summary(id, new CommitLines(name, text.substring(0, last)));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new CorruptWalException("commit file \"" + name + "\": " + e.getMessage());
    }
  }

  private static Summary summary(BackupId id, CommitLines lines)
      throws CorruptWalException, UnsupportedWalException {
    String format = lines.one("WALFMT VERSION");
    if (!format.equals(String.valueOf(BeginNote.FORMAT_VERSION))) {
      throw new UnsupportedWalException(
          "backup "
              + id
              + " has format version "
              + format
              + ", this program reads "
              + BeginNote.FORMAT_VERSION);
    }
    PgVersion version =
        PgVersion.ofMajor(Integer.parseInt(lines.one("WALFMT POSTGRES")))
            .orElseThrow(() -> new IllegalArgumentException("unknown PostgreSQL version"));
    SegmentSize size = new SegmentSize(Integer.parseInt(lines.one("WALFMT SEGMENT SIZE")));
    SegmentName first =
        id.firstSegment(size).orElseThrow(() -> new IllegalArgumentException("wrong file name"));
    SegmentName lastSegment =
        SegmentName.parse(lines.one("WALFMT LAST SEGMENT"), size)
            .orElseThrow(() -> new IllegalArgumentException("wrong last segment"));
    if (!lastSegment.timeline().equals(first.timeline()) || lastSegment.number() < first.number()) {
      throw new IllegalArgumentException("wrong last segment");
    }
    String parent = lines.one("WALFMT PARENT");
    boolean isManifest = parent.startsWith("manifest ");
    String verdict = lines.one("WALFMT VERDICT");
    List<BackupId> replaces = new ArrayList<>();
    for (String replaced : lines.all("WALFMT REPLACES")) {
      replaces.add(new BackupId(replaced));
    }
    return new Summary(
        id,
        version,
        size,
        Long.parseUnsignedLong(lines.one("WALFMT SYSTEM IDENTIFIER")),
        location(lines.one("START WAL LOCATION")),
        timeline(lines.one("START TIMELINE")),
        location(lines.one("STOP WAL LOCATION")),
        timeline(lines.one("STOP TIMELINE")),
        lines.one("BACKUP FROM").equals("standby"),
        Instant.from(TIME.parse(lines.one("START TIME"))),
        Instant.from(TIME.parse(lines.one("STOP TIME"))),
        lines.one("LABEL"),
        lines.optional("INCREMENTAL FROM LSN").map(Lsn::parse).orElse(Lsn.INVALID),
        isManifest || parent.equals("none") ? Optional.empty() : Optional.of(new BackupId(parent)),
        isManifest ? Optional.of(parent.substring("manifest ".length())) : Optional.empty(),
        List.copyOf(replaces),
        first,
        lastSegment,
        Lsn.parse(lines.one("WALFMT INDEX LSN")),
        Lsn.parse(lines.one("WALFMT END LSN")),
        lines.one("WALFMT NONCE"),
        lines.one("WALFMT DIGEST"),
        verdict.equals("clean") ? 0 : Long.parseLong(verdict.substring("damaged ".length())));
  }

  private static Lsn location(String value) {
    int space = value.indexOf(' ');
    return Lsn.parse(space < 0 ? value : value.substring(0, space));
  }

  private static TimelineId timeline(String value) {
    return TimelineId.of(Long.parseLong(value));
  }
}
