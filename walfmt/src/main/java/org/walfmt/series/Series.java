package org.walfmt.series;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.segment.StreamIdentity;

/**
 * A committed series whose ends have been read and agree with the commit: its begin, label and end
 * notes and where its parts begin. Nothing else of it has been looked at.
 */
public record Series(
    Archive archive,
    CommitFile.Summary commit,
    BeginNote begin,
    Sections sections,
    LabelNote label,
    EndNote end) {
  /** Bytes read at a time where a few notes are wanted. */
  private static final int NOTE_BUFFER = 64 << 10;

  /**
   * Opens the series that {@code commit} names.
   *
   * @throws CorruptWalException if its ends are damaged or are not those of this commit
   */
  public static Series open(Archive archive, CommitFile.Summary commit) throws IOException {
    StreamIdentity identity =
        new StreamIdentity(commit.version(), commit.segmentSize(), commit.systemIdentifier());
    SeriesSegments segments =
        new SeriesSegments(archive, commit.firstSegment(), commit.lastSegment().number());
    BeginNote begin;
    try (SeriesCursor cursor =
        new SeriesCursor(segments, identity, commit.firstSegment().start(), NOTE_BUFFER)) {
      expect(cursor, RecordKind.BEGIN);
      begin = cursor.begin();
      check(commit.nonce().equals(begin.nonce()), "nonce", cursor);
      check(cursor.pageTimeline().equals(begin.startTimeline()), "timeline of pages", cursor);
      check(commit.version() == begin.version(), "PostgreSQL version", cursor);
      check(commit.segmentSize().equals(begin.segmentSize()), "segment size", cursor);
      check(commit.systemIdentifier() == begin.systemIdentifier(), "system identifier", cursor);
      check(commit.startLsn().equals(begin.startLsn()), "start LSN", cursor);
      check(commit.startTimeline().equals(begin.startTimeline()), "start timeline", cursor);
      check(commit.referenceLsn().equals(begin.referenceLsn()), "reference LSN", cursor);
      check(commit.parent().equals(parentOf(begin)), "parent", cursor);
      check(commit.manifest().equals(manifestOf(begin)), "parent manifest", cursor);
      check(commit.fromStandby() == begin.fromStandby(), "kind of server", cursor);
    }
    Sections sections;
    EndNote end;
    try (SeriesCursor cursor =
        new SeriesCursor(segments, identity, commit.indexLsn(), NOTE_BUFFER)) {
      expect(cursor, RecordKind.INDEX);
      sections = cursor.sections();
      while (cursor.kind() == RecordKind.INDEX) {
        cursor.next();
      }
      require(cursor, RecordKind.END);
      end = cursor.end();
      check(cursor.lsn().equals(commit.endLsn()), "end LSN", cursor);
      check(commit.nonce().equals(end.nonce()), "nonce", cursor);
      check(commit.digest().equals(end.digest()), "digest", cursor);
      check(commit.stopLsn().equals(end.stopLsn()), "stop LSN", cursor);
      check(commit.stopTimeline().equals(end.stopTimeline()), "stop timeline", cursor);
      check(commit.damagedPages() == end.damagedPages(), "verdict", cursor);
      check(commit.equals(summary(commit, begin, end)), "times, checkpoint or label", cursor);
    }
    LabelNote label;
    try (SeriesCursor cursor =
        new SeriesCursor(segments, identity, sections.label(), NOTE_BUFFER)) {
      expect(cursor, RecordKind.LABEL);
      label = cursor.label();
    }
    return new Series(archive, commit, begin, sections, label, end);
  }

  /** The commit that these notes ask for. */
  private static CommitFile.Summary summary(CommitFile.Summary commit, BeginNote begin, EndNote end)
      throws WalFormatException {
    CommitFile same =
        new CommitFile(
            commit.id(),
            begin,
            end,
            commit.lastSegment(),
            commit.indexLsn(),
            commit.endLsn(),
            commit.replaces());
    return CommitFile.decode(commit.id(), same.encode());
  }

  private static Optional<BackupId> parentOf(BeginNote begin) {
    return begin
        .parent()
        .flatMap(
            parent ->
                parent instanceof Parent.Series series
                    ? Optional.of(series.id())
                    : Optional.empty());
  }

  private static Optional<String> manifestOf(BeginNote begin) {
    return begin
        .parent()
        .flatMap(
            parent ->
                parent instanceof Parent.Manifest manifest
                    ? Optional.of(manifest.sha256())
                    : Optional.empty());
  }

  private static void expect(SeriesCursor cursor, RecordKind kind) throws IOException {
    cursor.next();
    require(cursor, kind);
  }

  private static void require(SeriesCursor cursor, RecordKind kind) throws CorruptWalException {
    if (cursor.kind() != kind) {
      throw cursor.corrupt("record " + cursor.kind() + ", expected " + kind);
    }
  }

  private static void check(boolean agrees, String what, SeriesCursor cursor)
      throws CorruptWalException {
    if (!agrees) {
      throw cursor.corrupt("note and commit file disagree about the " + what);
    }
  }

  /** The backup's name. */
  public BackupId id() {
    return commit.id();
  }

  /** A walk over all its records; the caller closes it. */
  public SeriesCursor openStart() {
    return openStart(SeriesCursor.BUFFER_SIZE);
  }

  /** The same, reading {@code bufferSize} bytes at a time, a multiple of 8192. */
  public SeriesCursor openStart(int bufferSize) {
    return openAt(commit.firstSegment().start(), bufferSize);
  }

  /**
   * A walk that begins at a part, as {@code series.openAt(Sections::forks)}; the caller closes it.
   */
  public SeriesCursor openAt(Function<Sections, Lsn> part) {
    return openAt(part, SeriesCursor.BUFFER_SIZE);
  }

  /** The same, reading {@code bufferSize} bytes at a time, a multiple of 8192. */
  public SeriesCursor openAt(Function<Sections, Lsn> part, int bufferSize) {
    return openAt(part.apply(sections), bufferSize);
  }

  private SeriesCursor openAt(Lsn lsn, int bufferSize) {
    return openAt(lsn, commit.lastSegment().number(), bufferSize);
  }

  /** A walk from a record on; of the segments after {@code wanted} none is asked for ahead. */
  SeriesCursor openAt(Lsn lsn, long wanted, int bufferSize) {
    return new SeriesCursor(
        new SeriesSegments(archive, commit.firstSegment(), commit.lastSegment().number(), wanted),
        new StreamIdentity(begin.version(), begin.segmentSize(), begin.systemIdentifier()),
        lsn,
        bufferSize);
  }
}
