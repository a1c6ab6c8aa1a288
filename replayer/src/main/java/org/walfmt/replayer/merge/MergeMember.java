package org.walfmt.replayer.merge;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.walfmt.series.ForkEntry;
import org.walfmt.series.PathEntry;

/**
 * One sorted run of a merge: a series or an external base backup. A walk over its forks with their
 * blocks, then over its paths with the contents of files; what is passed over is read and checked
 * all the same. Serves one thread.
 */
public interface MergeMember extends Closeable {
  /** What {@link #block} returns if the fork has no further block here: above every number. */
  long NO_BLOCK = Long.MAX_VALUE;

  /** What messages call it, as {@code backup 8CF01234...}. */
  String description();

  /** Passes what is left of a fork and goes to the next one; null after the last. */
  @Nullable ForkEntry nextFork() throws IOException;

  /** The fork that {@link #nextFork} returned last; null before the first and after the last. */
  @Nullable ForkEntry fork();

  /** Number of the current block of the current fork, or {@link #NO_BLOCK}. */
  long block();

  /** Writes the current block's page at {@code at}. */
  void restorePage(ByteBuffer out, int at) throws IOException;

  /** Goes to the next block that is here. */
  void nextBlock() throws IOException;

  /** Passes a file's contents and goes to the next path, when all forks are passed. */
  @Nullable PathEntry nextPath() throws IOException;

  /** The path that {@link #nextPath} returned last; null after the last. */
  @Nullable PathEntry path();

  /** Whether the current path is a file whose contents are here. */
  boolean hasContents();

  /**
   * Puts the next contents of the current file into an empty buffer of {@link
   * MergeSink#CHUNK_SIZE}.
   *
   * @return false at the end of the file, when the buffer is left empty
   */
  boolean readContents(ByteBuffer out) throws IOException;

  /**
   * Reads what is left and checks what can be checked only at the end.
   *
   * @throws IOException if it is not what it should be
   */
  void finish() throws IOException;
}
