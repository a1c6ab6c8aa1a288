package org.walfmt.replayer.base;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The contents of one file of a base backup; the last read proves them. */
public final class BaseContents implements Closeable {
  private final long length;
  private final BaseFile file;
  private boolean atEnd;

  BaseContents(long length, BaseFile file) {
    this.length = length;
    this.file = file;
  }

  /** Bytes of the file. */
  public long length() {
    return length;
  }

  /**
   * Fills the buffer's room, as far as the file goes.
   *
   * @return false after the end, when nothing was read
   */
  public boolean read(ByteBuffer room) throws IOException {
    if (atEnd) {
      return false;
    }
    atEnd = !file.read(room);
    return room.position() > 0;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
