package org.walfmt.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.walfmt.PgVersion;
import org.walfmt.block.HoleFinder;
import org.walfmt.block.PageChecksum;
import org.walfmt.image.ImageCompression;
import org.walfmt.record.BlockRecordEncoder;

/** What is done to each page on its way into a series: nanoseconds a page. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PageBenchmark {
  private static final int PAGES = 128;
  private static final int PAGE_SIZE = 8192;

  /** Bytes in the middle of each page that are zero. */
  @Param({"0", "400", "6000"})
  public int hole;

  /** Compression of images. */
  @Param({"NONE", "LZ4", "ZSTD", "PGLZ"})
  public ImageCompression compression = ImageCompression.NONE;

  private final ByteBuffer pages =
      ByteBuffer.allocateDirect(PAGES * PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer record =
      ByteBuffer.allocateDirect(BlockRecordEncoder.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
  private final PageChecksum checksum = new PageChecksum();
  private final HoleFinder finder = new HoleFinder();
  private BlockRecordEncoder encoder = new BlockRecordEncoder(PgVersion.V15, ImageCompression.NONE);

  /** Fills the pages with rows of small numbers and words, which compress about as tables do. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    for (int i = 0; i < pages.capacity(); i++) {
      boolean word = i / 16 % 3 == 0;
      pages.put(i, (byte) (word ? 'a' + i % 7 : random.nextInt(256)));
    }
    for (int page = 0; page < PAGES; page++) {
      for (int i = 0; i < hole; i++) {
        pages.put(page * PAGE_SIZE + 1000 + i, (byte) 0);
      }
    }
    encoder = new BlockRecordEncoder(PgVersion.V15, compression);
  }

  /** Frees native contexts. */
  @TearDown
  public void close() {
    encoder.close();
  }

  /** PostgreSQL's page checksum. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int pageChecksum() {
    int sum = 0;
    for (int i = 0; i < PAGES; i++) {
      sum += checksum.compute(pages, i * PAGE_SIZE, i);
    }
    return sum;
  }

  /** The hole of a page. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int holeFinder() {
    int sum = 0;
    for (int i = 0; i < PAGES; i++) {
      finder.find(pages, i * PAGE_SIZE);
      sum += finder.holeLength();
    }
    return sum;
  }

  /** A whole block record but for previous LSN and CRC. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int blockRecord() {
    int sum = 0;
    for (int i = 0; i < PAGES; i++) {
      sum += encoder.encode(pages, i * PAGE_SIZE, 1663, 5, 16384, 0, i, record, 0);
    }
    return sum;
  }
}
