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
import org.walfmt.block.ForkNumber;

/**
 * Writes what is extracted to new files: {@code OUT}, for the further segment files of a relation
 * {@code OUT.1}, {@code OUT.2} and so on, and if all forks are extracted {@code OUT_fsm}, {@code
 * OUT_vm} and {@code OUT_init}. They get their names when all of them are complete and on disk;
 * what fails leaves nothing.
 */
public final class NewFiles implements ExtractSink, Closeable {
  private static final String SUFFIX = ".partial";

  private final Path out;
  private final List<Path> files = new ArrayList<>();
  private String fork = "";
  private @Nullable FileChannel channel;
  private int named;
  private boolean finished;

  /** Files named after {@code out}, which must not exist. */
  public NewFiles(Path out) {
    this.out = out;
  }

  @Override
  public void startFork(ForkNumber number) {
    fork = number.suffix();
  }

  @Override
  public void startFile(int segment) throws IOException {
    close(channel);
    channel = null;
    Path file = out.resolveSibling(out.getFileName() + fork + (segment == 0 ? "" : "." + segment));
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    if (!Files.isDirectory(directory())) {
      throw new NoSuchFileException(directory().toString());
    }
    channel =
        FileChannel.open(
            partial(file),
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    files.add(file);
  }

  private Path directory() {
    Path parent = out.toAbsolutePath().getParent();
    return parent == null ? out.toAbsolutePath() : parent;
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
      named++;
    }
    try (FileChannel names = FileChannel.open(directory(), StandardOpenOption.READ)) {
      names.force(true);
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
      for (int i = 0; i < files.size(); i++) {
        Files.deleteIfExists(i < named ? files.get(i) : partial(files.get(i)));
      }
    }
  }
}
