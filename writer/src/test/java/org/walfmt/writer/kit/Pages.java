package org.walfmt.writer.kit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.walfmt.Lsn;
import org.walfmt.block.PageChecksum;

/** Data pages and files of them. */
public final class Pages {
  public static final int SIZE = 8192;

  private Pages() {}

  /** A sound page with a right checksum, whose contents tell {@code fill}. */
  public static ByteBuffer sound(Lsn lsn, long block, int fill) {
    ByteBuffer page = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    page.putInt(0, (int) (lsn.value() >>> 32));
    page.putInt(4, (int) lsn.value());
    page.putShort(12, (short) 28);
    page.putShort(14, (short) 8000);
    page.putShort(16, (short) 8192);
    page.putShort(18, (short) 0x2004);
    for (int at = 8000; at < SIZE; at += Integer.BYTES) {
      page.putInt(at, fill);
    }
    page.putShort(8, (short) new PageChecksum().compute(page, 0, block));
    return page;
  }

  public static ByteBuffer sound(String lsn, long block) {
    return sound(Lsn.parse(lsn), block, (int) block + 1);
  }

  public static ByteBuffer zeros() {
    return ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Puts a page at a block of a file, which is made if need be and then has a hole before it. */
  public static void write(Path file, long block, ByteBuffer page) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(page.duplicate().clear(), block * SIZE);
    }
  }

  /** Makes a file of this many bytes, all zero and none of them on disk. */
  public static void sparse(Path file, long bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), bytes - 1);
    }
  }
}
