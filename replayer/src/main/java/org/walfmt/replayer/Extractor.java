package org.walfmt.replayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.extract.ExtractSink;
import org.walfmt.replayer.extract.FileExtraction;
import org.walfmt.replayer.extract.ForkExtraction;
import org.walfmt.replayer.extract.Wanted;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.series.ForkEntry;

/**
 * Takes one file, one relation or one block out of a chain as a restore would write it, and reads
 * only the segments that it must: of each series that is consulted the first (begin note), the last
 * (inventory, label, index, end note) and those that hold what is wanted. What crosses the border
 * of two segments needs both.
 */
public final class Extractor {
  /**
   * Hands the contents to {@code sink}.
   *
   * @throws RefusedException if the backup, or what is wanted of it, is not there
   * @throws org.walfmt.WalFormatException if what had to be read is damaged; what the sink has got
   *     must not be used
   */
  public ExtractReport extract(ExtractOptions options, ExtractSink sink, Monitor monitor)
      throws IOException {
    ChainWalk chain = ChainWalk.begin(options.archive(), options.backup(), options.base(), monitor);
    Counter counter = new Counter(sink);
    long damaged = 0;
    if (options.wanted() instanceof Wanted.File file) {
      new FileExtraction(chain, file.path(), monitor).copy(counter);
    } else {
      damaged = copyBlocks(chain, options.wanted(), counter, monitor);
    }
    sink.finish();
    return new ExtractReport(
        chain.newest().id(),
        chain.members(),
        counter.bytes,
        damaged,
        chain.newest().begin().startLsn(),
        chain.newest().end().stopLsn());
  }

  private static long copyBlocks(ChainWalk chain, Wanted wanted, ExtractSink sink, Monitor monitor)
      throws IOException {
    if (wanted instanceof Wanted.Block block) {
      try (ForkExtraction fork =
          new ForkExtraction(chain, block.locator(), block.fork(), monitor)) {
        if (block.block() >= fork.entry().blocks()) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              fork.name() + " has no block " + block.block(),
              "it has " + fork.entry().blocks() + " blocks in backup " + chain.newest().id(),
              "");
        }
        sink.startFile(0);
        fork.copy(block.block(), block.block() + 1, sink);
        return fork.damaged();
      }
    } else if (wanted instanceof Wanted.Segment segment) {
      try (ForkExtraction fork =
          new ForkExtraction(chain, segment.locator(), segment.fork(), monitor)) {
        ForkEntry entry = fork.entry();
        if (segment.segment() >= entry.files()) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              fork.name() + " has no segment file " + segment.segment(),
              "it has " + entry.files() + " in backup " + chain.newest().id(),
              "");
        }
        long first = (long) segment.segment() * RelationFile.SEGMENT_BLOCKS;
        sink.startFile(0);
        fork.copy(
            Math.min(first, entry.blocks()),
            Math.min(first + RelationFile.SEGMENT_BLOCKS, entry.blocks()),
            sink);
        return fork.damaged();
      }
    }
    return copyFork(chain, (Wanted.Fork) wanted, sink, monitor);
  }

  private static long copyFork(
      ChainWalk chain, Wanted.Fork wanted, ExtractSink sink, Monitor monitor) throws IOException {
    try (ForkExtraction fork =
        new ForkExtraction(chain, wanted.locator(), wanted.fork(), monitor)) {
      ForkEntry entry = fork.entry();
      sink.startFile(0);
      fork.copy(0, entry.blocks(), sink);
      for (int empty = ForkEntry.filesFor(entry.blocks()); empty < entry.files(); empty++) {
        sink.startFile(empty);
      }
      return fork.damaged();
    }
  }

  private static final class Counter implements ExtractSink {
    private final ExtractSink sink;
    private long bytes;

    Counter(ExtractSink sink) {
      this.sink = sink;
    }

    @Override
    public void startFile(int segment) throws IOException {
      sink.startFile(segment);
    }

    @Override
    public void bytes(ByteBuffer contents) throws IOException {
      bytes += contents.remaining();
      sink.bytes(contents);
    }

    @Override
    public void finish() throws IOException {
      sink.finish();
    }
  }
}
