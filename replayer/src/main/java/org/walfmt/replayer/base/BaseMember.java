package org.walfmt.replayer.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.walfmt.PgVersion;
import org.walfmt.block.PageHeader;
import org.walfmt.block.RelationFile;
import org.walfmt.manifest.ManifestFile;
import org.walfmt.replayer.merge.MergeMember;
import org.walfmt.replayer.merge.MergeSink;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/**
 * A base backup in a merge: every block of every fork. All of every file is read, whether it is
 * wanted or not, and proven by its checksum.
 */
final class BaseMember implements MergeMember {
  private static final int PAGE_SIZE = PageHeader.PAGE_SIZE;
  private static final int FILE_MODE = 0600;

  private final BaseBackup base;
  private final PgVersion version;
  private final RelationTable relations;
  private final List<ManifestFile> others;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(MergeSink.CHUNK_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  private @Nullable BaseFile open;
  private @Nullable ForkEntry fork;

  /** The next row to be opened, and the first that is not of the fork. */
  private int row;

  private int forkEnd;
  private long block = NO_BLOCK;
  private long bufferStart;
  private long bufferEnd;

  private int pathIndex = -1;
  private @Nullable PathEntry path;

  BaseMember(
      BaseBackup base, PgVersion version, RelationTable relations, List<ManifestFile> others) {
    this.base = base;
    this.version = version;
    this.relations = relations;
    this.others = others;
  }

  @Override
  public String description() {
    return base.description();
  }

  @Override
  public @Nullable ForkEntry fork() {
    return fork;
  }

  @Override
  public @Nullable ForkEntry nextFork() throws IOException {
    while (open != null || row < forkEnd) {
      load();
    }
    if (row == relations.rows()) {
      fork = null;
      block = NO_BLOCK;
      return null;
    }
    int first = row;
    forkEnd = relations.forkEnd(first);
    long blocks = relations.blocks(first, forkEnd);
    fork =
        new ForkEntry(
            relations.locator(first),
            relations.fork(first),
            blocks,
            forkEnd - first,
            FILE_MODE,
            false,
            OptionalLong.empty());
    block = blocks == 0 ? NO_BLOCK : 0;
    bufferStart = 0;
    bufferEnd = 0;
    return fork;
  }

  @Override
  public long block() {
    return block;
  }

  @Override
  public void restorePage(ByteBuffer out, int at) throws IOException {
    while (block >= bufferEnd) {
      load();
    }
    out.put(at, buffer, (int) (block - bufferStart) * PAGE_SIZE, PAGE_SIZE);
  }

  @Override
  public void nextBlock() throws IOException {
    block++;
    if (block == Objects.requireNonNull(fork).blocks()) {
      block = NO_BLOCK;
    } else if (block >= bufferEnd) {
      load();
    }
  }

  /** Reads the next piece of the fork's files. */
  private void load() throws IOException {
    BaseFile file = open;
    if (file == null) {
      if (row == forkEnd) {
        throw new IllegalStateException("no more files of " + fork);
      }
      file =
          BaseFile.open(
              base,
              relations.file(row).path(version),
              relations.size(row),
              relations.checksum(row));
      open = file;
      bufferEnd = (long) relations.segment(row) * RelationFile.SEGMENT_BLOCKS;
      row++;
    }
    buffer.clear();
    boolean more = file.read(buffer);
    bufferStart = bufferEnd;
    bufferEnd += buffer.position() / PAGE_SIZE;
    if (!more) {
      open = null;
      file.close();
    }
  }

  @Override
  public @Nullable PathEntry path() {
    return path;
  }

  @Override
  public @Nullable PathEntry nextPath() throws IOException {
    while (open != null) {
      passContents();
    }
    pathIndex++;
    if (pathIndex >= others.size()) {
      path = null;
      return null;
    }
    ManifestFile file = others.get(pathIndex);
    open = BaseFile.open(base, file.path(), file.size(), file.checksum());
    path = new PathEntry.RegularFile(file.path(), FILE_MODE, file.size(), "", false);
    return path;
  }

  private void passContents() throws IOException {
    readContents(buffer.clear());
  }

  @Override
  public boolean hasContents() {
    return path != null;
  }

  @Override
  public boolean readContents(ByteBuffer out) throws IOException {
    BaseFile file = open;
    if (file == null) {
      return false;
    }
    if (!file.read(out)) {
      open = null;
      file.close();
    }
    return out.position() > 0;
  }

  @Override
  public void finish() throws IOException {
    while (nextPath() != null) {
      // The contents are passed.
    }
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
    }
  }
}
