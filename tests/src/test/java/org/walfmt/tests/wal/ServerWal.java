package org.walfmt.tests.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.walfmt.Lsn;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.archive.FileInput;
import org.walfmt.control.ControlFile;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalReader;
import org.walfmt.tests.kit.Cluster;

/** The WAL in a server's {@code pg_wal}, on one timeline. */
final class ServerWal implements SegmentSource {
  /** More than 33 images need. */
  private static final int KEEP = 1 << 20;

  private final Path directory;
  private final ControlFile control;
  private final TimelineId timeline;

  ServerWal(Cluster cluster, long timeline) {
    this.directory = cluster.data().resolve("pg_wal");
    this.control = control(cluster);
    this.timeline = TimelineId.of(timeline);
  }

  /** A cluster's control file as it is now. */
  static ControlFile control(Cluster cluster) {
    try {
      byte[] bytes = Files.readAllBytes(cluster.data().resolve(ControlFile.PATH));
      return ControlFile.read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new AssertionError("cannot read the control file", e);
    }
  }

  ControlFile control() {
    return control;
  }

  /** A walk from the first record that begins at or after {@code start}, a page or a record. */
  WalReader read(Lsn start) {
    return new WalReader(this, identity(), start, false, KEEP);
  }

  StreamIdentity identity() {
    return new StreamIdentity(control.version(), control.segmentSize(), control.systemIdentifier());
  }

  /** Start of the oldest segment. */
  Lsn start() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .flatMap(
              file -> SegmentName.parse("" + file.getFileName(), control.segmentSize()).stream())
          .filter(name -> name.timeline().equals(timeline))
          .min(Comparator.comparing(SegmentName::number))
          .orElseThrow()
          .start();
    }
  }

  @Override
  public Optional<SegmentInput> open(long number) throws IOException {
    Path file = directory.resolve(name(number));
    return Files.exists(file) ? Optional.of(FileInput.open(file)) : Optional.empty();
  }

  @Override
  public String name(long number) {
    return new SegmentName(timeline, number, control.segmentSize()).toString();
  }
}
