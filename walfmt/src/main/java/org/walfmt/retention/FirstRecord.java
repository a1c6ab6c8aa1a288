package org.walfmt.retention;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.page.XLogPageHeader;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.BeginNote;
import org.walfmt.series.RecordKind;
import org.walfmt.series.SeriesCursor;

/** The begin note of a series that has no commit yet. */
final class FirstRecord {
  private static final int BUFFER_SIZE = 64 << 10;

  private FirstRecord() {}

  /**
   * Reads it.
   *
   * @param name of the series' first segment, as far as is known
   * @return empty if it is not there, or the segment is not the first
   */
  static Optional<BeginNote> read(Archive archive, String name) throws IOException {
    try {
      Optional<StreamIdentity> identity = identity(archive, name);
      Optional<SegmentName> segment =
          identity.flatMap(known -> SegmentName.parse(name, known.segmentSize()));
      return segment.isPresent()
          ? read(archive, segment.get(), identity.orElseThrow())
          : Optional.empty();
    } catch (WalFormatException e) {
      return Optional.empty(); // whoever takes care of the backup will hear of it
    }
  }

  private static Optional<BeginNote> read(
      Archive archive, SegmentName segment, StreamIdentity identity) throws IOException {
    try (SeriesCursor cursor =
        new SeriesCursor(
            new OneSegment(archive, segment), identity, segment.start(), BUFFER_SIZE)) {
      return cursor.next() && cursor.kind() == RecordKind.BEGIN
          ? Optional.of(cursor.begin())
          : Optional.empty();
    }
  }

  private static Optional<StreamIdentity> identity(Archive archive, String name)
      throws IOException {
    ByteBuffer header = ByteBuffer.allocate(XLogPageHeader.LONG_LENGTH);
    header.order(ByteOrder.LITTLE_ENDIAN);
    Optional<SegmentInput> opened = archive.open(name);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (SegmentInput input = opened.get()) {
      int count = 0;
      while (header.hasRemaining() && count >= 0) {
        count = input.read(header);
      }
    }
    if (header.hasRemaining()) {
      return Optional.empty();
    }
    int size = XLogPageHeader.segmentSize(header, 0);
    return PgVersion.ofWalMagic(XLogPageHeader.magic(header, 0))
        .filter(version -> SegmentSize.isValid(size))
        .map(
            version ->
                new StreamIdentity(
                    version, new SegmentSize(size), XLogPageHeader.systemIdentifier(header, 0)));
  }

  private record OneSegment(Archive archive, SegmentName segment) implements SegmentSource {
    @Override
    public Optional<SegmentInput> open(long number) throws IOException {
      return number == segment.number() ? archive.open(segment.toString()) : Optional.empty();
    }

    @Override
    public String name(long number) {
      return new SegmentName(segment.timeline(), number, segment.size()).toString();
    }
  }
}
