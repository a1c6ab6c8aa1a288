package org.walfmt.replayer.extract;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.walfmt.block.ForkNumber;

/** Takes what is extracted. */
public interface ExtractSink {
  /**
   * The files that follow are of this fork; said only when all forks of a relation are extracted.
   */
  default void startFork(ForkNumber fork) throws IOException {}

  /**
   * Begins a file.
   *
   * @param segment number of the relation's segment file among those extracted, from 0; 0 for other
   *     files
   */
  void startFile(int segment) throws IOException;

  /** The next bytes of it. */
  void bytes(ByteBuffer contents) throws IOException;

  /** Everything has come, and is proven as far as it can be. */
  void finish() throws IOException;
}
