package org.walfmt.cli.dump;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.FileInput;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;

/** The segments of one timeline in a directory, a server's {@code pg_wal} for one. */
public record DirectorySegments(Path directory, TimelineId timeline, SegmentSize size)
    implements SegmentSource {
  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    Path file = directory.resolve(name(number));
    return Files.exists(file) ? Optional.of(FileInput.open(file)) : Optional.empty();
  }

  @Override
  public String name(long number) {
    return new SegmentName(timeline, number, size).toString();
  }
}
