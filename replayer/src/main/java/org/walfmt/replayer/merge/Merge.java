package org.walfmt.replayer.merge;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.walfmt.CorruptWalException;
import org.walfmt.PgVersion;
import org.walfmt.block.RelationFile;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.Series;

/**
 * One streaming merge of a chain: each block of the final state once, from the newest member that
 * has it, in file order; steered by the inventory of the newest, of which all the others' are
 * followed in step.
 *
 * <p>Rule MERGE-1: a member contributes a block only below the length and the limit of every newer
 * member, and only to forks that every newer member lets it. A block that no member has is an
 * error, never zeros; but if the chain is only a part of one, without its beginning, it is left to
 * the members before it as long as all that are here let them contribute it.
 *
 * <p>Memory is bounded whatever the chain's length: buffers are shared out among the members.
 */
public final class Merge implements Closeable {
  private static final int PAGE_SIZE = 8192;
  private static final int ALL_BUFFERS = 24 << 20;
  private static final int MAX_BUFFER = 1 << 20;
  private static final int CHUNK_PAGES = MergeSink.CHUNK_SIZE / PAGE_SIZE;

  private final Series newestSeries;
  private final PgVersion version;
  private final MergeSink sink;
  private final List<MergeMember> members = new ArrayList<>();
  private final MergeMember[] active;
  private final long[] ends;
  private int activeCount;
  private final boolean isPart;

  /** First block of the fork that members before the chain may not contribute. */
  private long olderEnd;

  private Merge(Series newest, int size, boolean isPart, MergeSink sink) {
    this.isPart = isPart;
    this.newestSeries = newest;
    this.version = newest.begin().version();
    this.sink = sink;
    this.active = new MergeMember[size];
    this.ends = new long[size];
  }

  /**
   * Opens the members of a whole chain.
   *
   * @param chain newest first
   * @param base what the oldest series builds on; closed with the merge
   */
  public static Merge open(List<Series> chain, Optional<MergeMember> base, MergeSink sink)
      throws IOException {
    return open(chain, base, false, sink);
  }

  /**
   * Opens the members of a part of a chain. The sink gets only the blocks and files that these
   * have, and in each fork what members before them may still contribute.
   *
   * @param part newest first; the oldest may build on others
   */
  public static Merge openPart(List<Series> part, MergeSink sink) throws IOException {
    return open(part, Optional.empty(), true, sink);
  }

  private static Merge open(
      List<Series> chain, Optional<MergeMember> base, boolean isPart, MergeSink sink)
      throws IOException {
    int size = chain.size() + (base.isPresent() ? 1 : 0);
    Merge merge = new Merge(chain.get(0), size, isPart, sink);
    try {
      int share = ALL_BUFFERS / size / PAGE_SIZE * PAGE_SIZE;
      int bufferSize = Math.max(2 * PAGE_SIZE, Math.min(MAX_BUFFER, share));
      for (Series series : chain) {
        merge.members.add(SeriesMember.open(series, bufferSize));
      }
      base.ifPresent(merge.members::add);
      return merge;
    } catch (IOException | RuntimeException e) {
      merge.close();
      throw e;
    }
  }

  /**
   * Merges the files of a whole chain alone.
   *
   * @param members newest first, all of whose forks are passed
   */
  public static void files(List<MergeMember> members, MergeSink sink) throws IOException {
    new FileMerge(members, false, sink).run();
  }

  /**
   * Merges all: directories, forks, files. Every record of every member is read and checked by the
   * time this returns; until then nothing is proven.
   */
  public void run() throws IOException {
    directories();
    for (MergeMember member : members) {
      member.nextFork();
    }
    MergeMember newest = members.get(0);
    for (ForkEntry fork = newest.fork(); fork != null; fork = newest.nextFork()) {
      findSources(fork);
      mergeFork(fork);
    }
    for (MergeMember older : olderMembers()) {
      while (older.nextFork() != null) {
        // Its blocks are passed: the fork was dropped since.
      }
    }
    FileMerge files = new FileMerge(members, isPart, sink);
    files.run();
    for (MergeMember member : members) {
      member.finish();
    }
  }

  private List<MergeMember> olderMembers() {
    return members.subList(1, members.size());
  }

  private void directories() throws IOException {
    try (PathInventory paths = new PathInventory(newestSeries, 2 * PAGE_SIZE)) {
      for (PathEntry path = paths.next(); path != null; path = paths.next()) {
        if (path instanceof PathEntry.Directory directory) {
          sink.directory(directory);
        } else if (path instanceof PathEntry.Tablespace tablespace) {
          sink.tablespace(tablespace);
        }
      }
    }
  }

  /** Finds out which members may contribute to a fork, newest first, and below which block. */
  private void findSources(ForkEntry fork) throws IOException {
    active[0] = members.get(0);
    ends[0] = fork.blocks();
    activeCount = 1;
    boolean olderWanted = fork.delta();
    long end = fork.olderBlocksEnd();
    for (MergeMember member : olderMembers()) {
      ForkEntry entry = member.fork();
      while (entry != null && entry.compareTo(fork) < 0) {
        entry = member.nextFork();
      }
      if (!olderWanted) {
        continue;
      }
      if (entry == null || entry.compareTo(fork) != 0) {
        throw lacksFork(member, fork);
      }
      active[activeCount] = member;
      ends[activeCount++] = end;
      end = Math.min(end, entry.olderBlocksEnd());
      olderWanted = entry.delta();
    }
    olderEnd = olderWanted ? end : 0;
    if (olderWanted && !isPart) {
      throw new CorruptWalException(
          active[activeCount - 1].description()
              + " begins the chain, but wants older blocks of "
              + name(fork, 0));
    }
  }

  private CorruptWalException lacksFork(MergeMember member, ForkEntry fork) {
    return new CorruptWalException(
        active[activeCount - 1].description()
            + " wants blocks of "
            + name(fork, 0)
            + " from "
            + member.description()
            + ", which does not have that file");
  }

  private String name(ForkEntry fork, long block) {
    int segment = (int) (block / RelationFile.SEGMENT_BLOCKS);
    return "file \"" + fork.locator().path(version, fork.fork(), segment) + "\"";
  }

  /** The fork as these members together have it. */
  private ForkEntry merged(ForkEntry fork) {
    boolean delta = olderEnd > 0;
    return new ForkEntry(
        fork.locator(),
        fork.fork(),
        fork.blocks(),
        fork.files(),
        fork.mode(),
        delta,
        delta && olderEnd < fork.blocks() ? OptionalLong.of(olderEnd) : OptionalLong.empty());
  }

  private void mergeFork(ForkEntry fork) throws IOException {
    sink.startFork(merged(fork));
    long block = passAbsent(fork, 0);
    while (block < fork.blocks()) {
      long first = block;
      long stop = Math.min(fork.blocks(), (first / CHUNK_PAGES + 1) * CHUNK_PAGES);
      ByteBuffer chunk = sink.take();
      MergeMember source = source(block);
      while (source != null) {
        source.restorePage(chunk, (int) (block - first) * PAGE_SIZE);
        passBlock(block++);
        source = block < stop ? source(block) : null;
      }
      sink.blocks(first, chunk.position(0).limit((int) (block - first) * PAGE_SIZE));
      block = passAbsent(fork, block);
    }
    sink.endFork();
  }

  /** The newest member that has a block and may contribute it; null if there is none. */
  private @Nullable MergeMember source(long block) {
    for (int i = 0; i < activeCount; i++) {
      if (active[i].block() == block && block < ends[i]) {
        return active[i];
      }
    }
    return null;
  }

  /** No member needs its block of that number any more. */
  private void passBlock(long block) throws IOException {
    for (int i = 0; i < activeCount; i++) {
      if (active[i].block() == block) {
        active[i].nextBlock();
      }
    }
  }

  /** Goes to the next block that a member contributes, or to the end of the fork. */
  private long passAbsent(ForkEntry fork, long from) throws IOException {
    long block = from;
    while (block < fork.blocks() && source(block) == null) {
      if (block >= olderEnd) {
        throw lacksBlock(fork, block);
      }
      passBlock(block);
      long next = olderEnd;
      for (int i = 0; i < activeCount; i++) {
        next = Math.min(next, active[i].block());
      }
      block = Math.max(block + 1, next);
    }
    return block;
  }

  private CorruptWalException lacksBlock(ForkEntry fork, long block) {
    return new CorruptWalException(
        "no backup of the chain has block "
            + block
            + " of "
            + name(fork, block)
            + ", of "
            + fork.blocks());
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (MergeMember member : members) {
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
