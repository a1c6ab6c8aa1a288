package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.walfmt.segment.SegmentInput;

/** A file of the local file system, read from front to back or from where one seeks. */
public final class FileInput implements SegmentInput {
  private final FileChannel channel;

  private FileInput(FileChannel channel) {
    this.channel = channel;
  }

  /** Opens {@code file} for reading. */
  public static FileInput open(Path file) throws IOException {
    return new FileInput(FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public void seek(long offset) throws IOException {
    channel.position(offset);
  }

  @Override
  public int read(ByteBuffer room) throws IOException {
    return channel.read(room);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
