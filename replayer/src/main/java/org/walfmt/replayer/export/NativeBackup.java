package org.walfmt.replayer.export;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.archive.Archive;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.datadir.FileSink;
import org.walfmt.replayer.merge.Merge;
import org.walfmt.replayer.merge.MergeMember;
import org.walfmt.replayer.merge.SeriesMember;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.Series;

/**
 * The files of the newest backup of a chain, as a native backup has them: relations by {@link
 * NativeForks}, other files whole, even those that the series calls unchanged, whose contents are
 * those of older members.
 */
public final class NativeBackup {
  private static final int BUFFER_SIZE = 1 << 20;
  private static final int ALL_BUFFERS = 16 << 20;
  private static final int PAGE_SIZE = 8192;

  /** What was written. */
  public record Totals(long blocks, long files, long incrementalFiles) {}

  private final Archive archive;
  private final RestorePlan plan;
  private final FileSink sink;
  private final Monitor monitor;

  /** The newest of {@code plan}, for {@code sink}. */
  public NativeBackup(Archive archive, RestorePlan plan, FileSink sink, Monitor monitor) {
    this.archive = archive;
    this.plan = plan;
    this.sink = sink;
    this.monitor = monitor;
  }

  /**
   * Copies all files but the labels; the series is proven when this returns.
   *
   * @param wal whether the ordinary WAL comes along
   */
  public Totals copy(boolean wal) throws IOException {
    Series series = plan.newest();
    OtherFiles files = new OtherFiles(sink);
    boolean needsOlder = directories(files);
    try (Members members = new Members()) {
      SeriesMember data = members.add(SeriesMember.open(series, BUFFER_SIZE));
      SeriesMember ahead = members.add(SeriesMember.open(series, BUFFER_SIZE));
      NativeForks forks = new NativeForks(series, ahead, data, sink, monitor);
      forks.run();
      List<MergeMember> chain = new ArrayList<>(List.of(data));
      if (needsOlder) {
        int share = ALL_BUFFERS / plan.chain().size() / PAGE_SIZE * PAGE_SIZE;
        int bufferSize = Math.max(2 * PAGE_SIZE, Math.min(BUFFER_SIZE, share));
        for (Series older : plan.chain().subList(1, plan.chain().size())) {
          chain.add(members.add(SeriesMember.openFiles(older, bufferSize)));
        }
        if (plan.base().isPresent()) {
          chain.add(members.add(plan.base().map(BaseBackup::member).orElseThrow()));
        }
      }
      Merge.files(chain, files);
      data.finish();
      if (wal) {
        new OrdinaryWal(archive, series.begin().segmentSize(), sink).copy(plan.walRanges());
      }
      return new Totals(forks.blocks(), forks.files() + files.files(), forks.incrementalFiles());
    }
  }

  /**
   * Makes the directories.
   *
   * @return whether the contents of a file are in an older member
   */
  private boolean directories(OtherFiles files) throws IOException {
    boolean unchanged = false;
    List<String> missing = new ArrayList<>(List.of("pg_wal", "pg_wal/archive_status"));
    if (plan.newest().begin().version().isAtLeast(PgVersion.V17)) {
      missing.add("pg_wal/summaries");
    }
    int mode = 0700;
    try (PathInventory paths = new PathInventory(plan.newest(), 2 * PAGE_SIZE)) {
      for (PathEntry path = paths.next(); path != null; path = paths.next()) {
        if (path instanceof PathEntry.Directory directory) {
          files.directory(directory);
          missing.remove(directory.path());
          mode = directory.path().equals(PathEntry.ROOT) ? directory.mode() : mode;
        } else if (path instanceof PathEntry.Tablespace tablespace) {
          files.tablespace(tablespace);
        } else if (path instanceof PathEntry.RegularFile file) {
          unchanged |= file.unchanged();
        }
      }
    }
    for (String path : missing) {
      files.directory(new PathEntry.Directory(path, mode));
    }
    return unchanged;
  }

  /** Closes what was opened, whatever happens. */
  private static final class Members implements Closeable {
    private final List<MergeMember> open = new ArrayList<>();

    <M extends MergeMember> M add(M member) {
      open.add(member);
      return member;
    }

    @Override
    public void close() throws IOException {
      IOException failure = null;
      for (MergeMember member : open) {
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
}
