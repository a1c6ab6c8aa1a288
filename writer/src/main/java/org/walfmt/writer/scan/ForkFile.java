package org.walfmt.writer.scan;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.walfmt.block.RelationFile;

/** One segment file of a fork, open until the last chunk of it is done with. */
final class ForkFile implements Closeable {
  private final FileChannel channel;
  private final String path;
  private final long firstBlock;
  private final AtomicInteger users = new AtomicInteger(1);

  private ForkFile(FileChannel channel, String path, long firstBlock) {
    this.channel = channel;
    this.path = path;
    this.firstBlock = firstBlock;
  }

  static ForkFile open(Path file, String path, long firstBlock) throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    return new ForkFile(FileChannel.open(file, options), path, firstBlock);
  }

  /** Path relative to the data directory. */
  String path() {
    return path;
  }

  /** Number, in the fork, of the file's first block. */
  long firstBlock() {
    return firstBlock;
  }

  /** Fills the buffer's room from a block of this file on; returns the bytes read. */
  int read(ByteBuffer room, int block) throws IOException {
    long at = (long) block * SegmentChunk.PAGE_SIZE;
    int count = 0;
    int total = 0;
    while (room.hasRemaining() && count >= 0) {
      count = read(room, at + total);
      total += Math.max(0, count);
    }
    return total;
  }

  private int read(ByteBuffer room, long at) throws IOException {
    try {
      return channel.read(room, at);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "could not read file \"" + path + "\" at offset " + at + ": " + e.getMessage(), e);
    }
  }

  /** Whole blocks in the file now, at most those of a segment file. */
  int blocks() throws IOException {
    return (int) Math.min(RelationFile.SEGMENT_BLOCKS, channel.size() / SegmentChunk.PAGE_SIZE);
  }

  ForkFile retain() {
    users.incrementAndGet();
    return this;
  }

  @Override
  public void close() throws IOException {
    if (users.decrementAndGet() == 0) {
      channel.close();
    }
  }
}
