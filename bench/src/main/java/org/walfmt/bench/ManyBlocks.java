package org.walfmt.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.FileInput;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;
import org.walfmt.segment.SegmentInput;
import org.walfmt.segment.SegmentSink;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.segment.WalEncoder;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.writer.decode.WalScan;

/**
 * WAL that changes very many blocks, and a scan of it: does the heap of {@code bin/walfmt} hold
 * what it tells? Every hundredth block of relations of 8 TB in all changes, in a scattered order.
 */
final class ManyBlocks {
  private static final StreamIdentity IDENTITY =
      new StreamIdentity(PgVersion.V15, SegmentSize.DEFAULT, 1);
  private static final TimelineId TIMELINE = TimelineId.of(1);
  private static final int RELATIONS = 100;
  private static final int PAGE_SIZE = 8192;

  /** Prime to the powers of ten: times this, the numbers up to one come in another order. */
  private static final long SCATTER = 7_654_321;

  private ManyBlocks() {}

  /**
   * {@code write DIR BLOCKS}, with a power of ten of blocks, prints the LSNs of the first and the
   * last record, to be given to {@code scan DIR FIRST LAST}.
   */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[1]);
    if (args[0].equals("write")) {
      write(directory, Long.parseLong(args[2]));
    } else {
      scan(directory, Lsn.parse(args[2]), Lsn.parse(args[3]));
    }
  }

  private static Path file(Path directory, long number) {
    return directory.resolve(new SegmentName(TIMELINE, number, IDENTITY.segmentSize()).toString());
  }

  private static void write(Path directory, long blocks) throws IOException {
    WalEncoder wal = new WalEncoder(IDENTITY, TIMELINE, 1, new SegmentFiles(directory));
    ByteBuffer record =
        ByteBuffer.allocate(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 24).putShort(14, (short) PAGE_SIZE); // empty: one large hole
    Lsn first = wal.nextRecord();
    try (BlockRecordEncoder encoder =
        new BlockRecordEncoder(IDENTITY.version(), ImageCompression.NONE)) {
      for (long i = 0; i < blocks; i++) {
        long at = i * SCATTER % blocks;
        int relation = (int) (at % RELATIONS);
        int block = (int) (at / RELATIONS * 100);
        int length = encoder.encode(page, 0, 1663, 5, 16384 + relation, 0, block, record, 0);
        wal.append(record, 0, length);
      }
    }
    System.out.println(first + " " + new Lsn(wal.finish()));
  }

  private static void scan(Path directory, Lsn first, Lsn last) throws IOException {
    SegmentSource wal =
        new SegmentSource() {
          @Override
          public Optional<SegmentInput> open(long number) throws IOException {
            Path file = file(directory, number);
            return Files.exists(file) ? Optional.of(FileInput.open(file)) : Optional.empty();
          }

          @Override
          public String name(long number) {
            return file(directory, number).toString();
          }
        };
    BlockChanges changes =
        new WalScan(wal, IDENTITY, true, Runtime.getRuntime().availableProcessors(), new Warnings())
            .run(first, Optional.empty(), last);
    long blocks = 0;
    for (ForkChanges fork : changes.sorted()) {
      blocks += fork.blocks().getLongCardinality();
    }
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "%d changed blocks of %d relations, heap in use after the scan: %d MB of %d MB%n",
        blocks,
        changes.size(),
        (runtime.totalMemory() - runtime.freeMemory()) >> 20,
        runtime.maxMemory() >> 20);
  }

  /** Segments as files of a directory. */
  private static final class SegmentFiles implements SegmentSink {
    private final Path directory;
    private @Nullable FileChannel open;

    private SegmentFiles(Path directory) {
      this.directory = directory;
    }

    @Override
    public void begin(long number) throws IOException {
      open =
          FileChannel.open(
              file(directory, number), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(ByteBuffer pages) throws IOException {
      while (pages.hasRemaining()) {
        Objects.requireNonNull(open).write(pages);
      }
    }

    @Override
    public void end() throws IOException {
      Objects.requireNonNull(open).close();
    }
  }

  private static final class Warnings implements Monitor {
    @Override
    public void phase(String name, long totalBytes) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void warning(String line) {
      System.err.println(line);
    }

    @Override
    public void info(String line) {}
  }
}
