package org.walfmt.series;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.UnsupportedWalException;

/**
 * Reads what {@link CommitFile} writes: every line in its place, and no two that contradict each
 * other (rules COMMIT-2 to COMMIT-5). One instance reads one file.
 */
final class CommitReader {
  private final BackupId id;
  private final CommitLines lines;

  // What PostgreSQL's own lines tell.
  private String startWal = "";
  private String stopWal = "";
  private Lsn checkpoint = Lsn.INVALID;
  private String from = "";
  private Instant startTime = Instant.EPOCH;
  private String label = "";
  private TimelineId startTimeline = new TimelineId(0);
  private Instant stopTime = Instant.EPOCH;
  private TimelineId stopTimeline = new TimelineId(0);
  private Lsn reference = Lsn.INVALID;
  private TimelineId referenceTimeline = new TimelineId(0);

  private CommitReader(BackupId id, CommitLines lines) {
    this.id = id;
    this.lines = lines;
  }

  static CommitFile.Summary decode(BackupId id, byte[] bytes)
      throws CorruptWalException, UnsupportedWalException {
    String name = id.commitName();
    if (bytes.length > CommitFile.MAX_LENGTH) {
      throw new CorruptWalException("commit file \"" + name + "\" is too long");
    }
    String body = checkedBody(name, bytes);
    checkFormat(id, body);
    CommitReader reader = new CommitReader(id, new CommitLines(name, body));
    try {
      reader.readServerLines();
      return reader.readOurLines();
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new CorruptWalException("commit file \"" + name + "\": " + e.getMessage());
    }
  }

  /** All lines but the last, which has the checksum of the bytes of these. */
  private static String checkedBody(String name, byte[] bytes) throws CorruptWalException {
    int length = bytes.length - CommitFile.CHECKSUM.length() - 2 * BeginNote.SHA256_BYTES - 1;
    if (length > 0 && bytes[length - 1] == '\n') {
      byte[] body = Arrays.copyOf(bytes, length);
      String last = CommitFile.CHECKSUM + CommitFile.sha256(body) + "\n";
      byte[] expected = last.getBytes(StandardCharsets.UTF_8);
      if (Arrays.equals(bytes, length, bytes.length, expected, 0, expected.length)) {
        return new String(body, StandardCharsets.UTF_8);
      }
    }
    throw new CorruptWalException("commit file \"" + name + "\" has a wrong checksum");
  }

  /** Before all else, since another version may have other lines. */
  private static void checkFormat(BackupId id, String body) throws UnsupportedWalException {
    Optional<String> format =
        body.lines().filter(line -> line.startsWith(CommitFile.VERSION)).findFirst();
    if (format.isPresent() && !format.get().equals(CommitFile.VERSION + BeginNote.FORMAT_VERSION)) {
      throw new UnsupportedWalException(
          "backup "
              + id
              + " has format version "
              + format.get().substring(CommitFile.VERSION.length())
              + ", this program reads "
              + BeginNote.FORMAT_VERSION);
    }
  }

  private void readServerLines() throws CorruptWalException {
    startWal = lines.one("START WAL LOCATION");
    stopWal = lines.one("STOP WAL LOCATION");
    checkpoint = Lsn.parse(lines.one("CHECKPOINT LOCATION"));
    lines.require("BACKUP METHOD", "streamed");
    from = lines.one("BACKUP FROM");
    startTime = time(lines.one("START TIME"));
    label = lines.one("LABEL");
    startTimeline = timeline(lines.one("START TIMELINE"));
    stopTime = time(lines.one("STOP TIME"));
    stopTimeline = timeline(lines.one("STOP TIMELINE"));
    referenceTimeline = startTimeline;
    Optional<String> incremental = lines.optional("INCREMENTAL FROM LSN");
    if (incremental.isPresent()) {
      reference = Lsn.parse(incremental.get());
      referenceTimeline = timeline(lines.one("INCREMENTAL FROM TLI"));
    }
  }

  private CommitFile.Summary readOurLines() throws CorruptWalException, UnsupportedWalException {
    lines.require("WALFMT VERSION", String.valueOf(BeginNote.FORMAT_VERSION));
    PgVersion version =
        PgVersion.ofMajor(Integer.parseInt(lines.one("WALFMT POSTGRES")))
            .orElseThrow(() -> new IllegalArgumentException("unknown PostgreSQL version"));
    SegmentSize size = new SegmentSize(Integer.parseInt(lines.one("WALFMT SEGMENT SIZE")));
    checkServerLines(version, size);
    long system = Long.parseUnsignedLong(lines.one("WALFMT SYSTEM IDENTIFIER"));
    SegmentName first = firstSegment(size);
    SegmentName last = lastSegment(first, lines.one("WALFMT LAST SEGMENT"));
    Lsn index = Lsn.parse(lines.one("WALFMT INDEX LSN"));
    Lsn end = Lsn.parse(lines.one("WALFMT END LSN"));
    String parent = lines.one("WALFMT PARENT");
    require(parent.equals(CommitFile.NO_PARENT) != reference.isValid(), "WALFMT PARENT");
    boolean isManifest = parent.startsWith(CommitFile.MANIFEST);
    List<BackupId> replaces = replaces();
    String nonce = hex(lines.one("WALFMT NONCE"), BeginNote.NONCE_BYTES);
    String digest = hex(lines.one("WALFMT DIGEST"), BeginNote.SHA256_BYTES);
    long damaged = damaged(lines.one("WALFMT VERDICT"));
    lines.done();
    return new CommitFile.Summary(
        id,
        version,
        size,
        system,
        location(startWal),
        startTimeline,
        location(stopWal),
        stopTimeline,
        from.equals(CommitFile.STANDBY),
        startTime,
        stopTime,
        label,
        reference,
        isManifest || !reference.isValid() ? Optional.empty() : Optional.of(new BackupId(parent)),
        isManifest
            ? Optional.of(
                hex(parent.substring(CommitFile.MANIFEST.length()), BeginNote.SHA256_BYTES))
            : Optional.empty(),
        replaces,
        first,
        last,
        index,
        end,
        nonce,
        digest,
        damaged,
        checkpoint,
        referenceTimeline);
  }

  private void checkServerLines(PgVersion version, SegmentSize size) {
    require(
        from.equals(CommitFile.STANDBY) || from.equals(CommitFile.primaryWord(version)),
        "BACKUP FROM");
    require(
        startWal.equals(CommitFile.startText(startTimeline, location(startWal), size)),
        "START WAL LOCATION");
    require(
        stopWal.equals(CommitFile.stopText(stopTimeline, location(stopWal), size)),
        "STOP WAL LOCATION");
  }

  private SegmentName firstSegment(SegmentSize size) {
    Lsn held = reference.isValid() ? reference : location(startWal);
    return id.firstSegment(size)
        .filter(name -> name.number() == size.segmentNumber(held))
        .orElseThrow(() -> new IllegalArgumentException("wrong name for a backup from " + held));
  }

  private static SegmentName lastSegment(SegmentName first, String text) {
    return SegmentName.parse(text, first.size())
        .filter(name -> name.timeline().equals(first.timeline()))
        .filter(name -> name.number() >= first.number())
        .orElseThrow(() -> new IllegalArgumentException("wrong last segment"));
  }

  private List<BackupId> replaces() {
    List<BackupId> replaces = new ArrayList<>();
    Optional<String> text = lines.optional("WALFMT REPLACES");
    while (text.isPresent()) {
      replaces.add(new BackupId(text.get()));
      text = lines.optional("WALFMT REPLACES");
    }
    return List.copyOf(replaces);
  }

  private static void require(boolean holds, String line) {
    if (!holds) {
      throw new IllegalArgumentException("line " + line + " does not agree with the others");
    }
  }

  private static Instant time(String text) {
    return Instant.from(CommitFile.TIME.parse(text));
  }

  private static Lsn location(String value) {
    int space = value.indexOf(' ');
    return Lsn.parse(space < 0 ? value : value.substring(0, space));
  }

  private static TimelineId timeline(String value) {
    return TimelineId.of(Long.parseLong(value));
  }

  private static String hex(String value, int bytes) {
    if (value.length() != 2 * bytes || !value.matches("[0-9a-f]*")) {
      throw new IllegalArgumentException("\"" + value + "\" has not " + 2 * bytes + " digits");
    }
    return value;
  }

  private static long damaged(String verdict) {
    if (verdict.equals(CommitFile.CLEAN)) {
      return 0;
    }
    if (!verdict.matches(CommitFile.DAMAGED + "[1-9][0-9]*")) {
      throw new IllegalArgumentException("wrong verdict \"" + verdict + "\"");
    }
    return Long.parseLong(verdict.substring(CommitFile.DAMAGED.length()));
  }
}
