package org.walfmt.retention;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.EndNote;
import org.walfmt.series.LabelNote;
import org.walfmt.series.Parent;
import org.walfmt.series.PathEntry;
import org.walfmt.series.SeriesWriter;

/**
 * A backup in the making: begun at a whole hour since {@link #EPOCH}, its start in the WAL segment
 * of a number. Its series has two segments of 1 MiB.
 */
final class ArchivedBackup {
  static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");
  static final SegmentSize SIZE = new SegmentSize(1 << 20);
  static final long SYSTEM = 7_000_000_000_000_000_001L;
  static final int SEGMENTS = 2;

  private static final Instant SERIES_EPOCH = Instant.parse("2020-01-01T00:00:00Z");
  private static final String NONCE = "00112233445566778899aabbccddeeff";
  private static final int OFFSET = 0x28;

  private final long hour;
  private long nameHour;
  private final long segment;
  private int timeline = 1;
  private long reference;
  private int referenceTimeline = 1;
  private Optional<Parent> parent = Optional.empty();
  private List<BackupId> replaces = List.of();
  private long damagedPages;
  private long system = SYSTEM;

  private ArchivedBackup(long hour, long segment) {
    this.hour = hour;
    this.nameHour = hour;
    this.segment = segment;
  }

  static ArchivedBackup at(long hour, long segment) {
    return new ArchivedBackup(hour, segment);
  }

  static Instant hour(long hour) {
    return EPOCH.plus(Duration.ofHours(hour));
  }

  static Lsn lsn(long segment) {
    return new Lsn(segment * SIZE.bytes() + OFFSET);
  }

  /** Made from others later than it says: a merge. */
  ArchivedBackup madeAt(long later) {
    nameHour = later;
    return this;
  }

  ArchivedBackup onTimeline(int number) {
    timeline = number;
    return this;
  }

  ArchivedBackup on(CommitFile.Summary older) {
    parent = Optional.of(new Parent.Series(older.id(), NONCE));
    return from(SIZE.segmentNumber(older.startLsn()), older.startTimeline().bits());
  }

  ArchivedBackup onBase(String digit, long from) {
    parent = Optional.of(new Parent.Manifest(digit.repeat(64)));
    return from(from, timeline);
  }

  private ArchivedBackup from(long number, int onTimeline) {
    reference = number;
    referenceTimeline = onTimeline;
    return this;
  }

  ArchivedBackup replacing(List<BackupId> ids) {
    replaces = ids;
    return this;
  }

  ArchivedBackup damaged() {
    damagedPages = 3;
    return this;
  }

  ArchivedBackup ofSystem(long identifier) {
    system = identifier;
    return this;
  }

  BackupId id() {
    return BackupId.of(firstSegment());
  }

  /** Puts it there, and tells what its commit says. */
  CommitFile.Summary in(MemoryArchive archive) throws Exception {
    CommitFile commit = commit();
    SegmentName name = commit.lastSegment();
    archive.add(name.toString(), SIZE.bytes());
    archive.add(commit.id().text(), SIZE.bytes());
    byte[] bytes = commit.encode();
    archive.add(commit.id().commitName(), bytes);
    return CommitFile.decode(commit.id(), bytes);
  }

  /** Writes the first segment of a real series, as a run does that is not at its end. */
  SegmentName beginIn(Path directory) throws IOException {
    SegmentName first = firstSegment();
    SegmentUploader uploader =
        new SegmentUploader(new DirectoryArchive(directory, "test"), first.timeline(), SIZE);
    SeriesWriter writer = new SeriesWriter(begin(), first.number(), uploader);
    writer.startFile("global/pg_control");
    writer.fileBytes(ByteBuffer.wrap(new byte[8192]));
    writer.path(new PathEntry.Directory(".", 0700));
    writer.label(new LabelNote("START WAL LOCATION: ...\n", ""));
    writer.end(lsn(segment).plus(0x100), new TimelineId(timeline), hour(hour), 0);
    uploader.finish();
    return first;
  }

  private SegmentName firstSegment() {
    TimelineId series =
        TimelineId.of(
            TimelineId.FIRST_OF_SERIES.number()
                + Duration.between(SERIES_EPOCH, hour(nameHour)).toSeconds());
    return new SegmentName(series, parent.isPresent() ? reference : segment, SIZE);
  }

  private CommitFile commit() {
    SegmentName first = firstSegment();
    return new CommitFile(
        BackupId.of(first),
        begin(),
        new EndNote(
            NONCE,
            lsn(segment).plus(0x100),
            new TimelineId(timeline),
            hour(hour).plusSeconds(60),
            0,
            0,
            0,
            0,
            0,
            damagedPages,
            "ab".repeat(32)),
        new SegmentName(first.timeline(), first.number() + SEGMENTS - 1, SIZE),
        first.start().plus(OFFSET),
        first.start().plus(0x100),
        replaces);
  }

  private BeginNote begin() {
    return new BeginNote(
        NONCE,
        PgVersion.V15,
        SIZE,
        system,
        parent,
        parent.isPresent() ? lsn(reference) : Lsn.INVALID,
        new TimelineId(parent.isPresent() ? referenceTimeline : timeline),
        lsn(segment),
        new TimelineId(timeline),
        lsn(segment).plus(0x38),
        "label",
        "15.18",
        true,
        false,
        false,
        "none",
        "scan",
        "test",
        hour(hour));
  }
}
