package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file on its way into an archive. Closed without {@link #publish}, it leaves nothing. */
public interface PendingFile extends Closeable {
  /** Appends the buffer's remaining bytes. */
  void write(ByteBuffer bytes) throws IOException;

  /**
   * Makes the file durable and visible; after a failure it is not visible. Nothing may be written
   * after that.
   */
  void publish() throws IOException;
}
