package org.walfmt.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of one segment file. */
public interface SegmentInput extends Closeable {
  /** Goes to {@code offset} bytes from the start of the file. */
  void seek(long offset) throws IOException;

  /** Reads some bytes into the buffer's room; -1 at the end of the file. */
  int read(ByteBuffer room) throws IOException;
}
