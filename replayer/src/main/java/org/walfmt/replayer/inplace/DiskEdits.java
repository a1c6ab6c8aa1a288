package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.walfmt.replayer.datadir.FileFlusher;
import org.walfmt.replayer.datadir.Ownership;

/** Changes files on disk. What is made gets the owner of the data directory. */
public final class DiskEdits implements Edits {
  private final Ownership ownership;
  private final @Nullable FileFlusher flusher;

  private DiskEdits(Ownership ownership, @Nullable FileFlusher flusher) {
    this.ownership = ownership;
    this.flusher = flusher;
  }

  /**
   * Edits of a data directory.
   *
   * @param flush whether everything is flushed to disk
   */
  public static DiskEdits of(Path target, boolean flush) throws IOException {
    return new DiskEdits(Ownership.like(target, target), flush ? new FileFlusher() : null);
  }

  @Override
  public void makeDirectory(Path directory, int mode) throws IOException {
    Files.createDirectory(
        directory, PosixFilePermissions.asFileAttribute(Ownership.permissions(0700)));
    ownership.apply(directory, mode | 0700);
  }

  @Override
  public void link(Path link, Path target) throws IOException {
    Files.createSymbolicLink(link, target);
    ownership.applyOwner(link);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.delete(path);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public FileEdit open(Path file, int mode) throws IOException {
    boolean isNew = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    Set<OpenOption> options =
        isNew
            ? Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
            : Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    FileChannel channel =
        FileChannel.open(
            file, options, PosixFilePermissions.asFileAttribute(Ownership.permissions(0600)));
    if (isNew) {
      ownership.apply(file, mode);
    }
    return new OnDisk(file, channel);
  }

  private final class OnDisk implements FileEdit {
    private final Path file;
    private final FileChannel channel;

    OnDisk(Path file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }

    @Override
    public void write(long at, ByteBuffer bytes) throws IOException {
      try {
        for (long position = at; bytes.hasRemaining(); ) {
          position += channel.write(bytes, position);
        }
      } catch (IOException e) {
        throw new IOException("could not write file \"" + file + "\": " + e.getMessage(), e);
      }
    }

    @Override
    public void cut(long length) throws IOException {
      channel.truncate(length);
    }

    @Override
    public void close() throws IOException {
      if (flusher != null) {
        flusher.flushAndClose(channel);
      } else {
        channel.close();
      }
    }
  }

  @Override
  public void flush(Path directory) throws IOException {
    if (flusher != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  @Override
  public void await() throws IOException {
    if (flusher != null) {
      flusher.await();
    }
  }

  @Override
  public void close() {
    if (flusher != null) {
      flusher.stop();
    }
  }
}
