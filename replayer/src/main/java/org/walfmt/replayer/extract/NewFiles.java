package org.walfmt.replayer.extract;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is extracted to new files: {@code OUT}, and for the further segment files of a
 * relation {@code OUT.1}, {@code OUT.2} and so on. They get their names when all of them are
 * complete and on disk; what fails leaves nothing.
 */
public final class NewFiles implements ExtractSink, Closeable {
  private static final String SUFFIX = ".partial";

  private final Path out;
  private final List<Path> files = new ArrayList<>();
  private @Nullable FileChannel channel;
  private boolean finished;

  /** Files named after {@code out}, which must not exist. */
  public NewFiles(Path out) {
    this.out = out;
  }

  @Override
  public void startFile(int segment) throws IOException {
    close(channel);
    Path file = segment == 0 ? out : out.resolveSibling(out.getFileName() + "." + segment);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Path parent = out.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new NoSuchFileException(parent.toString());
    }
    channel =
        FileChannel.open(
            partial(file),
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    files.add(file);
  }

  private static Path partial(Path file) {
    return file.resolveSibling(file.getFileName() + SUFFIX);
  }

  @Override
  public void bytes(ByteBuffer contents) throws IOException {
    FileChannel open = channel;
    if (open == null) {
      throw new IllegalStateException("contents of no file");
    }
    while (contents.hasRemaining()) {
      open.write(contents);
    }
  }

  @Override
  public void finish() throws IOException {
    close(channel);
    channel = null;
    for (Path file : files) {
      Files.move(partial(file), file);
    }
    finished = true;
  }

  private static void close(@Nullable FileChannel channel) throws IOException {
    if (channel != null) {
      try (channel) {
        channel.force(true);
      }
    }
  }

  /** The files that were written. */
  public List<Path> files() {
    return List.copyOf(files);
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    if (!finished) {
      for (Path file : files) {
        Files.deleteIfExists(partial(file));
      }
    }
  }
}
