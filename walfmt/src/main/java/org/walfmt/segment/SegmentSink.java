package org.walfmt.segment;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where {@link WalEncoder} puts finished pages. */
public interface SegmentSink {
  /** The pages written from now on belong to segment {@code number}. */
  void begin(long number) throws IOException;

  /** Takes the buffer's remaining bytes, whole pages; the buffer is used again after that. */
  void write(ByteBuffer pages) throws IOException;

  /** The segment has all its bytes. */
  void end() throws IOException;
}
