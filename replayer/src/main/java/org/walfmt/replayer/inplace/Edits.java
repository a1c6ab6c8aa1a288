package org.walfmt.replayer.inplace;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * All that is ever done to the target: nothing else in this package changes a file. No method
 * follows a symbolic link in the last part of a path. Serves one thread.
 */
public interface Edits extends Closeable {
  /** Makes a directory, whose parent is there. */
  void makeDirectory(Path directory, int mode) throws IOException;

  /** Makes a symbolic link. */
  void link(Path link, Path target) throws IOException;

  /** Removes a file, a link, or an empty directory. */
  void delete(Path path) throws IOException;

  /** Renames a file over another or a free name, at once. */
  void move(Path from, Path to) throws IOException;

  /**
   * Opens a file to be changed, or makes it.
   *
   * @param mode of a file that is made
   */
  FileEdit open(Path file, int mode) throws IOException;

  /** Flushes a directory: which names it has. */
  void flush(Path directory) throws IOException;

  /** Waits until all that was written to files is on disk. */
  void await() throws IOException;

  /** One file that is being changed. */
  interface FileEdit extends Closeable {
    /** Writes what remains in a buffer. */
    void write(long at, ByteBuffer bytes) throws IOException;

    /** Cuts the file, if it is longer. */
    void cut(long length) throws IOException;

    /** Lets go of the file, and has it flushed. */
    @Override
    void close() throws IOException;
  }
}
