package org.walfmt.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
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
    // Whoever put it there may have died before it was flushed, as basic_archive.c says, too.
    try (FileChannel channel = FileChannel.open(path(name), StandardOpenOption.READ)) {
      channel.force(true);
    }
    flushDirectory();
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
  public Optional<String> firstMissing(List<String> names, long length) throws IOException {
    for (String name : names) {
      Optional<Long> found = length(name);
      if (found.isEmpty() || found.get() != length) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  @Override
  public Path runs() {
    return directory;
  }

  @Override
  public void delete(String name) throws IOException {
    if (Files.deleteIfExists(path(name))) {
      flushDirectory();
    }
  }

  /** Removes temporary files with this one's tag: all of its runs must be dead. */
  public void removeTemporary() throws IOException {
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(directory, ".*." + tag + "-*" + TEMPORARY)) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
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
    private boolean published;

    Pending(String name, boolean exclusive) throws IOException {
      this.name = name;
      this.exclusive = exclusive;
      path(name);
      temporary =
          directory.resolve("." + name + "." + tag + "-" + counter.incrementAndGet() + TEMPORARY);
      channel = open();
    }

    private FileChannel open() throws IOException {
      try {
        return FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException e) {
        throw new IOException("two runs use temporary file " + temporary, e);
      }
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (ClosedChannelException e) {
        throw e;
      } catch (IOException e) {
        throw new IOException(
            "could not write file \""
                + name
                + "\" in archive \""
                + directory
                + "\": "
                + e.getMessage(),
            e);
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
        published = true;
        return;
      }
      try {
        flushDirectory();
      } catch (IOException e) {
        takeBack(e);
        throw e;
      }
      published = true;
    }

    /** What could not be made durable must not look as if it were. */
    private void takeBack(IOException reason) {
      try {
        Files.deleteIfExists(path(name));
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }

    private void link() throws IOException {
      Path target = path(name);
      try {
        Files.createLink(target, temporary);
      } catch (UnsupportedOperationException | FileSystemException e) {
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
          move(target);
        } else if (!isDone(target)) {
          throw new FileAlreadyExistsException(target.toString());
        }
      } catch (IOException e) {
        if (!isDone(target)) {
          throw e;
        }
      }
    }

    /** Over NFS a link may be made and yet be reported as failed, when an answer is lost. */
    private boolean isDone(Path target) throws IOException {
      return Files.exists(target, LinkOption.NOFOLLOW_LINKS)
          && !Files.isSymbolicLink(target)
          && Files.isSameFile(target, temporary);
    }

    private void move(Path target) throws IOException {
      try {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (Files.exists(temporary) || !Files.exists(target)) {
          throw e;
        }
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException e) {
        if (!published) {
          throw e;
        }
        // The file is safe; a second name of it is no reason to say that it is not.
      }
    }
  }
}
