package org.walfmt.replayer.merge;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/**
 * Takes the final state of a chain, in this order: all directories and tablespaces; the forks, each
 * with all its blocks; the files, {@code pg_control} last. Of a part of a chain only those blocks
 * and files come that it has. Called by one thread.
 */
public interface MergeSink {
  /** Bytes of a buffer that {@link #take} returns: 128 pages. */
  int CHUNK_SIZE = 1 << 20;

  /** A directory, after the one it lies in; the data directory itself comes first. */
  void directory(PathEntry.Directory directory) throws IOException;

  /** A link to a tablespace. */
  void tablespace(PathEntry.Tablespace tablespace) throws IOException;

  /**
   * Begins a fork.
   *
   * @param fork as these members together have it: of a whole chain never a delta
   */
  void startFork(ForkEntry fork) throws IOException;

  /**
   * An empty, little-endian buffer of {@link #CHUNK_SIZE} bytes, to be filled and given back by
   * {@link #blocks} or {@link #bytes}; may wait until one is free.
   */
  ByteBuffer take() throws IOException;

  /**
   * The next blocks of the fork begun last, whole pages, never of two segment files; the buffer,
   * flipped, is the sink's again.
   *
   * @param first number of the first of them
   */
  void blocks(long first, ByteBuffer pages) throws IOException;

  /** Ends the fork: all its blocks that there are have come. */
  void endFork() throws IOException;

  /** Begins a file. */
  void startFile(PathEntry.RegularFile file) throws IOException;

  /** The next bytes of the file begun last; the buffer, flipped, is the sink's again. */
  void bytes(ByteBuffer contents) throws IOException;

  /** A file whose contents a part of a chain leaves to the members before it. */
  default void unchangedFile(PathEntry.RegularFile file) throws IOException {
    throw new IllegalStateException("file " + file.path() + " has no contents");
  }

  /** Ends the file, whose length and SHA-256 were right. */
  void endFile() throws IOException;
}
