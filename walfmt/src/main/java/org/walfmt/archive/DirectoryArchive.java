package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.walfmt.segment.SegmentInput;

/**
 * A directory of files, as {@code archive_command = 'cp %p DIR/%f'} fills it.
 *
 * <p>A new file is written under a temporary name {@code .NAME.TAG-N.tmp}, flushed, and given its
 * own name by a hard link, which fails if the name is taken (on a file system without hard links:
 * by rename, after a look); then the directory is flushed. The tag tells whose temporary files they
 * are, so that a later run may remove those of a dead one.
 */
public final class DirectoryArchive implements Archive {
  /** Ending of temporary names. */
  public static final String TEMPORARY = ".tmp";

  private static final int BUFFER_SIZE = 1 << 20;

  private final Path directory;
  private final String tag;
  private final AtomicLong counter = new AtomicLong();

  /**
   * @param directory must exist
   * @param tag part of temporary names; letters and digits, the same for all of one run
   */
  public DirectoryArchive(Path directory, String tag) throws IOException {
    if (!Files.exists(directory)) {
      throw new NoSuchFileException(directory.toString());
    }
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    this.directory = directory;
    this.tag = tag;
  }

  /** The directory itself. */
  public Path directory() {
    return directory;
  }

  @Override
  public String description() {
    return directory.toString();
  }

  private Path path(String name) {
    if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("\"" + name + "\" is no name of an archive file");
    }
    return directory.resolve(name);
  }

  @Override
  public Optional<SegmentInput> open(String name) throws IOException {
    try {
      return Optional.of(FileInput.open(path(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<Long> length(String name) throws IOException {
    try {
      return Optional.of(Files.size(path(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public PendingFile create(String name, boolean exclusive) throws IOException {
    return new Pending(name, exclusive);
  }

  @Override
  public boolean put(String name, Path file) throws IOException {
    if (length(name).isPresent()) {
      return requireSame(name, file);
    }
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);
    try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ);
        Pending to = new Pending(name, true)) {
      while (from.read(buffer) >= 0) {
        to.write(buffer.flip());
        buffer.clear();
      }
      to.publish();
      return true;
    } catch (FileAlreadyExistsException e) {
      return requireSame(name, file);
    }
  }

  private boolean requireSame(String name, Path file) throws IOException {
    if (Files.mismatch(path(name), file) >= 0) {
      throw new DifferentContentException(name, description());
    }
    return false;
  }

  @Override
  public List<String> list() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!name.startsWith(".")) {
          names.add(name);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  @Override
  public void delete(String name) throws IOException {
    if (Files.deleteIfExists(path(name))) {
      flushDirectory();
    }
  }

  private void flushDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private final class Pending implements PendingFile {
    private final String name;
    private final boolean exclusive;
    private final Path temporary;
    private final FileChannel channel;

    Pending(String name, boolean exclusive) throws IOException {
      this.name = name;
      this.exclusive = exclusive;
      path(name);
      temporary =
          directory.resolve("." + name + "." + tag + "-" + counter.incrementAndGet() + TEMPORARY);
      channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void publish() throws IOException {
      channel.force(true);
      channel.close();
      try {
        link();
      } catch (FileAlreadyExistsException e) {
        if (exclusive) {
          throw e;
        }
        requireSame(name, temporary);
      }
      Files.deleteIfExists(temporary);
      flushDirectory();
    }

    private void link() throws IOException {
      Path target = path(name);
      try {
        Files.createLink(target, temporary);
      } catch (UnsupportedOperationException | FileSystemException e) {
        if (e instanceof FileAlreadyExistsException exists) {
          throw exists;
        }
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
          throw new FileAlreadyExistsException(target.toString());
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
      Files.deleteIfExists(temporary);
    }
  }
}
