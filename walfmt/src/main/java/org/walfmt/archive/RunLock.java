package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.TimelineId;

/**
 * A running backup's claim on a series timeline: the file {@code .walfmt-TIMELINE.run} in a
 * directory archive, or in the spool of one behind commands, locked as long as the run lives. It
 * holds the lines {@code host}, {@code pid}, {@code tag} and {@code parent}; a lock that can be had
 * on a file of this host means that its run is dead.
 */
public final class RunLock implements Closeable {
  /** Digits of a nonce that serve as the tag of a run's temporary files. */
  public static final int TAG_LENGTH = 8;

  static final String PREFIX = ".walfmt-";
  static final String SUFFIX = ".run";
  static final String PARENT = "parent ";
  static final String NO_PARENT = "none";

  private static final int MAX_LENGTH = 4096;

  private final Path file;
  private final FileChannel channel;
  private final FileLock lock;
  private final TimelineId timeline;
  private boolean left;

  private RunLock(Path file, FileChannel channel, FileLock lock, TimelineId timeline) {
    this.file = file;
    this.channel = channel;
    this.lock = lock;
    this.timeline = timeline;
  }

  /**
   * Claims {@code wanted} or the next timeline that neither a run nor a file in the archive has.
   *
   * @param tag of the run's temporary files
   * @param parent id of the backup that must stay as long as the run lives; empty for a full backup
   *     or one on an external base
   */
  public static RunLock claim(
      Archive archive, TimelineId wanted, String host, String tag, Optional<String> parent)
      throws IOException {
    String text = text(host, tag, parent);
    TimelineId timeline = wanted;
    while (true) {
      RunLock claimed = tryClaim(archive.runs(), timeline, text);
      if (claimed != null) {
        // Looked at only now: a run that has just ended had the claim until its files were there.
        if (isFree(archive, timeline.toHex())) {
          return claimed;
        }
        claimed.close();
      }
      timeline = new TimelineId(timeline.bits() + 1);
    }
  }

  /**
   * Marks the series of a timeline as one whose files are being removed: if the run dies, what is
   * left of it is that of a dead run.
   *
   * @return empty if it has a run file already
   */
  public static Optional<RunLock> mark(Archive archive, TimelineId timeline, String host)
      throws IOException {
    return Optional.ofNullable(
        tryClaim(archive.runs(), timeline, text(host, "", Optional.empty())));
  }

  private static String text(String host, String tag, Optional<String> parent) {
    return "host "
        + host
        + "\npid "
        + ProcessHandle.current().pid()
        + "\ntag "
        + tag
        + "\n"
        + PARENT
        + parent.orElse(NO_PARENT)
        + "\nend\n";
  }

  /** What run files call this machine. */
  public static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private static boolean isFree(Archive archive, String timelineHex) throws IOException {
    return !archive.canList()
        || archive.list().stream().noneMatch(name -> name.startsWith(timelineHex));
  }

  private static @Nullable RunLock tryClaim(Path directory, TimelineId timeline, String text)
      throws IOException {
    Path file = directory.resolve(PREFIX + timeline.toHex() + SUFFIX);
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      return null;
    }
    try {
      FileLock lock = channel.lock();
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
      return new RunLock(file, channel, lock, timeline);
    } catch (IOException e) {
      try (channel) {
        Files.deleteIfExists(file); // the file system is full, or has no locks
      }
      throw e;
    }
  }

  /** The series timeline that was claimed. */
  public TimelineId timeline() {
    return timeline;
  }

  /** What the run had put could not all be taken out: the file stays, for a later run to do it. */
  public void leave() {
    left = true;
  }

  /**
   * Gives the claim up: the run has committed, or has taken out all that it had put, or has said
   * that it could not.
   */
  @Override
  public void close() throws IOException {
    try (channel) {
      if (!left) {
        Files.deleteIfExists(file);
      }
      lock.release();
    }
  }

  /**
   * Takes out of the archive what dead runs of {@code host} left: segments without a commit and
   * temporary files. A live run's are not touched.
   *
   * @return one line for each run that was cleaned up after
   */
  public static List<String> removeDeadRuns(Archive archive, String host) throws IOException {
    List<String> cleaned = new ArrayList<>();
    for (Path file : files(archive.runs(), PREFIX + "*" + SUFFIX)) {
      removeIfDead(archive, file, host).ifPresent(cleaned::add);
    }
    return cleaned;
  }

  private static Optional<String> removeIfDead(Archive archive, Path file, String host)
      throws IOException {
    String name = String.valueOf(file.getFileName());
    String hex = name.substring(PREFIX.length(), name.length() - SUFFIX.length());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      FileLock lock = tryLock(channel);
      if (lock != null && isOf(channel, host)) {
        boolean removed = removeRun(archive, hex, value(text(channel), "tag ").orElse(""));
        Files.deleteIfExists(file);
        return Optional.of(
            removed
                ? "removed what an interrupted backup had left on series timeline " + hex
                : "an interrupted backup may have left segments without a commit on series timeline "
                    + hex
                    + ", which are no backup: without a list and a delete command they stay");
      }
      return Optional.empty();
    } catch (NoSuchFileException | AccessDeniedException e) {
      return Optional.empty(); // its run ended meanwhile, or is another user's to clean up after
    }
  }

  static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // a run in this very process
    }
  }

  /** An unfinished file belongs to a run that is just beginning. */
  static boolean isOf(FileChannel channel, String host) throws IOException {
    String text = text(channel);
    return text.endsWith("end\n") && value(text, "host ").equals(Optional.of(host));
  }

  static String text(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_LENGTH);
    channel.read(bytes, 0);
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  static Optional<String> value(String text, String key) {
    return text.lines()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()))
        .findFirst();
  }

  /** False if segments may be left in the archive. */
  private static boolean removeRun(Archive archive, String timelineHex, String tag)
      throws IOException {
    if (!tag.isEmpty()) {
      for (Path left : files(archive.runs(), ".*." + tag + "-*" + DirectoryArchive.TEMPORARY)) {
        Files.deleteIfExists(left);
      }
    }
    return archive.removeLeft(timelineHex, tag);
  }

  static List<Path> files(Path directory, String glob) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
      stream.forEach(files::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return files;
  }
}
