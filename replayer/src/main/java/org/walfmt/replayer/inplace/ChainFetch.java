package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.archive.Archive;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.extract.ExtractSink;
import org.walfmt.replayer.extract.FileExtraction;
import org.walfmt.replayer.extract.ForkExtraction;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.series.BackupId;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/**
 * Takes whole forks and files out of the whole chain, where the target lacks what the applied
 * members do not have: such as a table that the target has already seen dropped. They get their
 * names only when they are complete and on disk, so that a run after this one, if it is killed,
 * does not take a part for the whole.
 */
final class ChainFetch {
  private final Archive archive;
  private final BackupId backup;
  private final Optional<Path> base;
  private final Places places;
  private final boolean countOnly;
  private final Edits edits;
  private final Tally tally;
  private final Monitor monitor;

  /**
   * @param countOnly whether nothing is fetched, only counted
   */
  ChainFetch(
      Archive archive,
      BackupId backup,
      Optional<Path> base,
      Places places,
      boolean countOnly,
      Edits edits,
      Tally tally,
      Monitor monitor) {
    this.archive = archive;
    this.backup = backup;
    this.base = base;
    this.places = places;
    this.countOnly = countOnly;
    this.edits = edits;
    this.tally = tally;
    this.monitor = new Quiet(monitor);
  }

  private ChainWalk chain() throws IOException {
    return ChainWalk.begin(archive, backup.text(), base, monitor);
  }

  /** Puts a whole fork in place. */
  void fork(ForkEntry fork) throws IOException {
    tally.countFetched();
    if (countOnly) {
      tally.countBlocks(fork.blocks());
      count(fork.blocks() * PageHeader.PAGE_SIZE);
      return;
    }
    try (Files out = new Files(segment -> place(fork, segment), fork.mode());
        ForkExtraction extraction =
            new ForkExtraction(chain(), fork.locator(), fork.fork(), "", monitor)) {
      for (int segment = 0; segment < fork.files(); segment++) {
        long first = (long) segment * RelationFile.SEGMENT_BLOCKS;
        if (first >= fork.blocks() && segment > 0) {
          out.startFile(segment);
        }
      }
      out.startFile(0);
      extraction.copy(0, fork.blocks(), out);
      tally.countBlocks(fork.blocks());
      out.finish();
    }
  }

  private void count(long bytes) {
    tally.nextFile();
    tally.countBytes(bytes);
  }

  private Path place(ForkEntry fork, int segment) throws IOException {
    return places.layout().place(fork.locator().path(places.version(), fork.fork(), segment));
  }

  /** Puts a file in place. */
  void file(PathEntry.RegularFile file, Path place) throws IOException {
    tally.countFetched();
    if (countOnly) {
      count(file.length());
      return;
    }
    try (Files out = new Files(segment -> place, file.mode())) {
      new FileExtraction(chain(), file.path(), monitor).copy(out);
      out.finish();
    }
  }

  /** Where a segment file is. */
  private interface Naming {
    Path place(int segment) throws IOException;
  }

  /** Files under names of their own until all of them are complete. */
  private final class Files implements ExtractSink, AutoCloseable {
    private final Naming naming;
    private final int mode;
    private final List<Path> files = new ArrayList<>();
    private Edits.@Nullable FileEdit current;
    private long at;

    Files(Naming naming, int mode) {
      this.naming = naming;
      this.mode = mode;
    }

    @Override
    public void startFile(int segment) throws IOException {
      end();
      Path file = naming.place(segment);
      files.add(file);
      current = edits.open(unfinished(file), mode);
      at = 0;
      tally.nextFile();
      tally.countBytes(0);
    }

    @Override
    public void bytes(ByteBuffer contents) throws IOException {
      Edits.FileEdit open = current;
      if (open == null) {
        throw new IllegalStateException("contents of no file");
      }
      int count = contents.remaining();
      open.write(at, contents);
      at += count;
      tally.countBytes(count);
    }

    private void end() throws IOException {
      Edits.FileEdit open = current;
      current = null;
      if (open != null) {
        open.cut(at);
        open.close();
      }
    }

    @Override
    public void finish() throws IOException {
      end();
      edits.await();
      for (Path file : files) {
        edits.move(unfinished(file), file);
      }
    }

    @Override
    public void close() throws IOException {
      Edits.FileEdit open = current;
      current = null;
      if (open != null) {
        open.close();
      }
    }
  }

  private static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + TargetNames.UNFINISHED);
  }

  /** Lets warnings through alone: the bytes are not of the phase. */
  private record Quiet(Monitor monitor) implements Monitor {
    @Override
    public void phase(String name, long totalBytes) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void warning(String line) {
      monitor.warning(line);
    }

    @Override
    public void info(String line) {}
  }
}
