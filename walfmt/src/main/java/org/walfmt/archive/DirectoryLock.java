package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One program's claim on a directory: a lock on a file in it, which goes with the process. The file
 * stays, since who removes it could take it away from one that has just locked it.
 */
public final class DirectoryLock implements Closeable {
  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Locks the file {@code name} in {@code directory}; empty if another has it. */
  public static Optional<DirectoryLock> tryLock(Path directory, String name) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean isLocked = false;
    try {
      isLocked = lock(channel) != null;
    } finally {
      if (!isLocked) {
        channel.close();
      }
    }
    return isLocked ? Optional.of(new DirectoryLock(channel)) : Optional.empty();
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // in this very process
    }
  }

  /** Gives the claim up. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
