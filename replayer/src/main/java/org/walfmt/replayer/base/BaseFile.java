package org.walfmt.replayer.base;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.RefusedException;
import org.walfmt.manifest.FileChecksum;
import org.walfmt.manifest.FileDigest;

/** One file of a base backup, read once from front to back; its end proves its contents. */
final class BaseFile implements Closeable {
  private final BaseBackup base;
  private final String path;
  private final long size;
  private final Optional<FileChecksum> checksum;
  private final @Nullable FileDigest digest;
  private final FileChannel channel;
  private long done;

  private BaseFile(
      BaseBackup base,
      String path,
      long size,
      Optional<FileChecksum> checksum,
      FileChannel channel) {
    this.base = base;
    this.path = path;
    this.size = size;
    this.checksum = checksum;
    this.digest = checksum.isPresent() ? new FileDigest(checksum.get().algorithm()) : null;
    this.channel = channel;
  }

  static BaseFile open(BaseBackup base, String path, long size, Optional<FileChecksum> checksum)
      throws IOException {
    FileChannel channel =
        FileChannel.open(
            base.place(path), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    return new BaseFile(base, path, size, checksum, channel);
  }

  /**
   * Fills the buffer's room, as far as the file goes, and checks the file at its end.
   *
   * @return whether there is more of it
   */
  boolean read(ByteBuffer room) throws IOException {
    int from = room.position();
    int count = 0;
    while (room.hasRemaining() && count >= 0) {
      count = channel.read(room);
    }
    int end = room.position();
    done += end - from;
    if (digest != null) {
      digest.update(room.duplicate().limit(end).position(from));
    }
    if (done < size && count >= 0) {
      return true;
    }
    if (done == size && count >= 0) {
      count = channel.read(ByteBuffer.allocate(1));
    }
    if (done != size || count >= 0) {
      throw base.changed(path, "has " + channel.size() + " bytes, expected " + size);
    }
    if (digest != null && checksum.isPresent()) {
      compare(path, checksum.get(), digest.finish(), base);
    }
    return false;
  }

  /** Checks a file that was read whole. */
  static void check(
      String path, Optional<FileChecksum> checksum, ByteBuffer contents, BaseBackup base)
      throws RefusedException {
    if (checksum.isPresent()) {
      FileDigest digest = new FileDigest(checksum.get().algorithm());
      digest.update(contents);
      compare(path, checksum.get(), digest.finish(), base);
    }
  }

  private static void compare(
      String path, FileChecksum expected, FileChecksum found, BaseBackup base)
      throws RefusedException {
    if (!found.equals(expected)) {
      throw base.changed(
          path,
          "has " + found.algorithm() + " checksum " + found.hex() + ", expected " + expected.hex());
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
