package org.walfmt.replayer.extract;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.base.BaseBlocks;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.replayer.verify.PageVerdict;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.ForkInventory;
import org.walfmt.series.Series;
import org.walfmt.series.SeriesIndex;

/**
 * Merges a part of one fork out of a chain, by the rules of the merge (MERGE-1, MERGE-2, MERGE-5).
 * Older members are opened only if they may contribute: the chain is followed as far as the fork
 * wants older blocks, and for a single block no further than to the member that has it.
 */
public final class ForkExtraction implements Closeable {
  private static final int PAGE_SIZE = 8192;
  private static final int CHUNK_SIZE = 1 << 20;

  /** Small, since the chain's length is not known before it is followed. */
  private static final int BUFFER_SIZE = 64 << 10;

  private static final int MAX_TOLD = 100;

  private final ChainWalk chain;
  private final RelFileLocator locator;
  private final ForkNumber fork;
  private final Monitor monitor;
  private final ForkEntry entry;
  private final PageVerdict verdict;
  private final List<BlockSource> members = new ArrayList<>();
  private long damaged;

  /**
   * Looks for the fork in the inventory of the backup that is wanted.
   *
   * @param absence what the user is told to do if it is not there; may be empty
   * @throws RefusedException if it does not have it
   */
  public ForkExtraction(
      ChainWalk chain, RelFileLocator locator, ForkNumber fork, String absence, Monitor monitor)
      throws IOException {
    this.chain = chain;
    this.locator = locator;
    this.fork = fork;
    this.monitor = monitor;
    ForkEntry found = find(chain.newest());
    if (found == null) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "backup " + chain.newest().id() + " does not have " + name(0),
          "its inventory does not list that fork",
          absence);
    }
    this.entry = found;
    this.verdict = new PageVerdict(chain.newest());
  }

  private @Nullable ForkEntry find(Series series) throws IOException {
    try (ForkInventory inventory = new ForkInventory(series, BUFFER_SIZE)) {
      for (ForkEntry each = inventory.next(); each != null; each = inventory.next()) {
        int order = each.locator().compareTo(locator);
        order = order != 0 ? order : each.fork().compareTo(fork);
        if (order >= 0) {
          return order == 0 ? each : null;
        }
      }
      return null;
    }
  }

  /** The forks of a relation that a backup has, in their order. */
  public static List<ForkNumber> forks(Series series, RelFileLocator locator) throws IOException {
    List<ForkNumber> forks = new ArrayList<>();
    try (ForkInventory inventory = new ForkInventory(series, BUFFER_SIZE)) {
      for (ForkEntry each = inventory.next(); each != null; each = inventory.next()) {
        int order = each.locator().compareTo(locator);
        if (order > 0) {
          break;
        } else if (order == 0) {
          forks.add(each.fork());
        }
      }
    }
    return forks;
  }

  /** What the inventory says of the fork. */
  public ForkEntry entry() {
    return entry;
  }

  /** Pages whose checksum or LSN is wrong, and that replay will not write anew. */
  public long damaged() {
    return damaged;
  }

  /**
   * Opens the members that may contribute blocks from {@code from} up to {@code to}, each for those
   * below the length and the limit of every newer one.
   */
  private void open(long from, long to) throws IOException {
    Series series = chain.newest();
    ForkEntry here = entry;
    long end = Math.min(to, entry.blocks());
    while (true) {
      BlockSource blocks =
          new BlockSource.OfSeries(
              new SeriesIndex(series, BUFFER_SIZE).blocks(locator, fork, from, end));
      members.add(blocks);
      end = Math.min(end, here.olderBlocksEnd());
      if (from >= end || (to - from == 1 && blocks.block() == from)) {
        return;
      }
      Optional<Series> older = chain.older();
      if (older.isEmpty()) {
        openBase(series, from, end);
        return;
      }
      ForkEntry found = find(older.get());
      if (found == null) {
        throw lacksFork("backup " + series.id(), "backup " + older.get().id());
      }
      series = older.get();
      here = found;
      end = Math.min(end, here.blocks());
    }
  }

  private void openBase(Series oldest, long from, long end) throws IOException {
    Optional<BaseBackup> base = chain.base();
    if (base.isEmpty()) {
      throw new CorruptWalException(
          "backup " + oldest.id() + " begins the chain, but wants older blocks of " + name(from));
    }
    Optional<BaseBlocks> blocks = base.get().blocks(locator, fork, from, end);
    if (blocks.isEmpty()) {
      throw lacksFork("backup " + oldest.id(), base.get().description());
    }
    members.add(new BlockSource.OfBase(blocks.get()));
  }

  private CorruptWalException lacksFork(String newer, String older) {
    return new CorruptWalException(
        newer
            + " wants blocks of "
            + name(0)
            + " from "
            + older
            + ", which does not have that file");
  }

  /** What messages call the fork. */
  public String name() {
    return name(0);
  }

  private String name(long block) {
    int segment = (int) (block / RelationFile.SEGMENT_BLOCKS);
    return "file \"" + locator.path(chain.newest().begin().version(), fork, segment) + "\"";
  }

  /** Hands the pages from block {@code from} up to {@code to} to the sink. */
  public void copy(long from, long to, ExtractSink sink) throws IOException {
    monitor.phase("extract", (to - from) * PAGE_SIZE);
    if (from < to) {
      open(from, to);
    }
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    for (long first = from; first < to; ) {
      int count = (int) Math.min(to - first, CHUNK_SIZE / PAGE_SIZE);
      for (int i = 0; i < count; i++) {
        page(first + i, chunk, i * PAGE_SIZE);
      }
      if (first > from && first % RelationFile.SEGMENT_BLOCKS == 0) {
        sink.startFile((int) ((first - from) / RelationFile.SEGMENT_BLOCKS));
      }
      sink.bytes(chunk.position(0).limit(count * PAGE_SIZE));
      chunk.clear();
      monitor.advance((long) count * PAGE_SIZE);
      first += count;
    }
    for (BlockSource member : members) {
      member.finish();
    }
  }

  private void page(long block, ByteBuffer chunk, int at) throws IOException {
    boolean found = false;
    for (BlockSource member : members) {
      if (member.block() == block) {
        if (!found) {
          member.restorePage(chunk, at);
          found = true;
        }
        member.next();
      }
    }
    if (!found) {
      throw new CorruptWalException(
          "no backup of the chain has block "
              + block
              + " of "
              + name(block)
              + ", of "
              + entry.blocks());
    }
    Optional<String> damage = verdict.judge(chunk, at, block);
    if (damage.isPresent() && damaged++ < MAX_TOLD) {
      monitor.warning(name(block) + " block " + block + ": " + damage.get());
    }
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (BlockSource member : members) {
      try {
        member.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
