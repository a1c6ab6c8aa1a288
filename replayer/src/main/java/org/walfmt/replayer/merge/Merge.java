package org.walfmt.replayer.merge;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * error, never zeros.
 *
 * <p>Memory is bounded whatever the chain's length: buffers are shared out among the members.
 */
public final class Merge implements Closeable {
  private static final int PAGE_SIZE = 8192;
  private static final int ALL_BUFFERS = 24 << 20;
  private static final int MAX_BUFFER = 1 << 20;

  private final Series newestSeries;
  private final PgVersion version;
  private final MergeSink sink;
  private final List<MergeMember> members = new ArrayList<>();
  private final MergeMember[] active;
  private final long[] ends;
  private int activeCount;

  private Merge(Series newest, int size, MergeSink sink) {
    this.newestSeries = newest;
    this.version = newest.begin().version();
    this.sink = sink;
    this.active = new MergeMember[size];
    this.ends = new long[size];
  }

  /**
   * Opens the members.
   *
   * @param chain newest first
   * @param base what the oldest series builds on; closed with the merge
   */
  public static Merge open(List<Series> chain, Optional<MergeMember> base, MergeSink sink)
      throws IOException {
    int size = chain.size() + (base.isPresent() ? 1 : 0);
    Merge merge = new Merge(chain.get(0), size, sink);
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
    FileMerge files = new FileMerge(members, sink);
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
    if (olderWanted) {
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

  private void mergeFork(ForkEntry fork) throws IOException {
    sink.startFork(fork);
    long blocks = fork.blocks();
    long block = 0;
    while (block < blocks) {
      int count = (int) Math.min(blocks - block, MergeSink.CHUNK_SIZE / PAGE_SIZE);
      ByteBuffer chunk = sink.take();
      for (int i = 0; i < count; i++) {
        mergeBlock(fork, block + i, chunk, i * PAGE_SIZE);
      }
      sink.blocks(block, chunk.position(0).limit(count * PAGE_SIZE));
      block += count;
    }
    sink.endFork();
  }

  private void mergeBlock(ForkEntry fork, long block, ByteBuffer chunk, int at) throws IOException {
    boolean found = false;
    for (int i = 0; i < activeCount; i++) {
      MergeMember member = active[i];
      if (member.block() == block) {
        if (!found && block < ends[i]) {
          member.restorePage(chunk, at);
          found = true;
        }
        member.nextBlock();
      }
    }
    if (!found) {
      throw new CorruptWalException(
          "no backup of the chain has block "
              + block
              + " of "
              + name(fork, block)
              + ", of "
              + fork.blocks());
    }
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
