package org.walfmt.replayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.extract.ExtractSink;
import org.walfmt.replayer.extract.FileExtraction;
import org.walfmt.replayer.extract.ForkExtraction;
import org.walfmt.replayer.extract.Wanted;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.series.BackupId;
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
    Wanted.Found found =
        options.wanted() instanceof Wanted.Lookup lookup
            ? lookup.find(chain.newest().begin())
            : new Wanted.Found(options.wanted(), "");
    Run run = new Run(options, found.absence(), sink, monitor);
    run.copy(chain, found.wanted());
    sink.finish();
    return new ExtractReport(
        chain.newest().id(),
        List.copyOf(run.members),
        run.bytes,
        run.damaged,
        chain.newest().begin().startLsn(),
        chain.newest().end().stopLsn());
  }

  /** One extraction, which counts what goes by. */
  private static final class Run implements ExtractSink {
    private final ExtractOptions options;
    private final String absence;
    private final ExtractSink sink;
    private final Monitor monitor;
    private final Set<BackupId> members = new LinkedHashSet<>();
    private long bytes;
    private long damaged;

    Run(ExtractOptions options, String absence, ExtractSink sink, Monitor monitor) {
      this.options = options;
      this.absence = absence;
      this.sink = sink;
      this.monitor = monitor;
    }

    void copy(ChainWalk chain, Wanted wanted) throws IOException {
      if (wanted instanceof Wanted.File file) {
        new FileExtraction(chain, file.path(), monitor).copy(this);
      } else if (wanted instanceof Wanted.Relation relation) {
        copyForks(chain, relation.locator());
      } else if (wanted instanceof Wanted.Fork fork) {
        copyFork(chain, fork);
      } else if (wanted instanceof Wanted.Segment segment) {
        copySegment(chain, segment);
      } else if (wanted instanceof Wanted.Block block) {
        copyBlock(chain, block);
      } else {
        throw new IllegalArgumentException("a lookup led to another one");
      }
      members.addAll(chain.members());
    }

    /** Each fork goes its own way through the chain, from the same backup. */
    private void copyForks(ChainWalk chain, RelFileLocator locator) throws IOException {
      List<ForkNumber> forks = ForkExtraction.forks(chain.newest(), locator);
      if (forks.isEmpty()) {
        throw new RefusedException(
            Reason.INCOMPLETE,
            "backup " + chain.newest().id() + " does not have relation " + locator,
            "its inventory lists no fork of it",
            absence);
      }
      String id = chain.newest().id().text();
      for (ForkNumber fork : forks) {
        sink.startFork(fork);
        ChainWalk walk = ChainWalk.begin(options.archive(), id, options.base(), monitor);
        copyFork(walk, new Wanted.Fork(locator, fork));
        members.addAll(walk.members());
      }
    }

    private void copyFork(ChainWalk chain, Wanted.Fork wanted) throws IOException {
      try (ForkExtraction fork = open(chain, wanted.locator(), wanted.fork())) {
        ForkEntry entry = fork.entry();
        startFile(0);
        fork.copy(0, entry.blocks(), this);
        for (int empty = ForkEntry.filesFor(entry.blocks()); empty < entry.files(); empty++) {
          startFile(empty);
        }
        damaged += fork.damaged();
      }
    }

    private void copySegment(ChainWalk chain, Wanted.Segment wanted) throws IOException {
      try (ForkExtraction fork = open(chain, wanted.locator(), wanted.fork())) {
        ForkEntry entry = fork.entry();
        if (wanted.segment() >= entry.files()) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              fork.name() + " has no segment file " + wanted.segment(),
              "it has " + entry.files() + " in backup " + chain.newest().id(),
              "");
        }
        long first = (long) wanted.segment() * RelationFile.SEGMENT_BLOCKS;
        startFile(0);
        fork.copy(
            Math.min(first, entry.blocks()),
            Math.min(first + RelationFile.SEGMENT_BLOCKS, entry.blocks()),
            this);
        damaged += fork.damaged();
      }
    }

    private void copyBlock(ChainWalk chain, Wanted.Block wanted) throws IOException {
      try (ForkExtraction fork = open(chain, wanted.locator(), wanted.fork())) {
        if (wanted.block() >= fork.entry().blocks()) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              fork.name() + " has no block " + wanted.block(),
              "it has " + fork.entry().blocks() + " blocks in backup " + chain.newest().id(),
              "");
        }
        startFile(0);
        fork.copy(wanted.block(), wanted.block() + 1, this);
        damaged += fork.damaged();
      }
    }

    private ForkExtraction open(ChainWalk chain, RelFileLocator locator, ForkNumber fork)
        throws IOException {
      return new ForkExtraction(chain, locator, fork, absence, monitor);
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
