package org.walfmt.replayer.datadir;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.series.PathEntry;

/**
 * Takes the files of a data directory whose relations come as files, too, whatever is in them.
 * First the directories, each after the one it lies in; {@code pg_control} comes after all other
 * files of the backup. Called by one thread.
 */
public interface FileSink {
  /** A directory. */
  void directory(PathEntry.Directory directory) throws IOException;

  /** A link to a tablespace. */
  void tablespace(PathEntry.Tablespace tablespace) throws IOException;

  /**
   * An empty, little-endian buffer of 1 MiB, to be filled and given back by {@link #bytes}; may
   * wait until one is free.
   */
  ByteBuffer take() throws IOException;

  /**
   * Begins a file that stands for one of a relation, or a segment of WAL.
   *
   * @param length bytes that will come
   */
  void startFile(String path, int mode, long length) throws IOException;

  /** Begins a file of the inventory. */
  void startFile(PathEntry.RegularFile file) throws IOException;

  /** The next bytes of the file begun last; the buffer, flipped, is the sink's again. */
  void bytes(ByteBuffer contents) throws IOException;

  /** Ends the file. */
  void endFile() throws IOException;
}
