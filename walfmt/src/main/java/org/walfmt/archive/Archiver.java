package org.walfmt.archive;

import java.io.IOException;

/** A running server's archiver, as the server tells about it. */
public interface Archiver {
  /**
   * How it goes.
   *
   * @param archived files archived since the server's statistics began
   * @param failed failures since then
   * @param failedLast the file that failed last; may be empty
   * @param trouble what failed last, if nothing succeeded since; may be empty
   */
  record Progress(long archived, long failed, String failedLast, String trouble) {}

  /** Asks the server. Called by several threads. */
  Progress progress() throws IOException;
}
