package org.walfmt.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.TimelineId;

/**
 * What a run file tells to one who only looks.
 *
 * @param parent id of the backup that the run builds on, {@link #NO_PARENT}, or empty if the file
 *     does not tell
 */
public record RunFile(TimelineId timeline, State state, Optional<String> parent) {
  /** For a parent: there is none in the archive. */
  public static final String NO_PARENT = RunLock.NO_PARENT;

  private static final Pattern NAME = Pattern.compile("\\.walfmt-([89A-F][0-9A-F]{7})\\.run");

  /** What is known of a run. */
  public enum State {
    /** It is at work: its lock is held. */
    LIVE,
    /** It is of this host, and its lock can be had. */
    DEAD,
    /** It is of another host, of another user, or just beginning. */
    UNKNOWN
  }

  /**
   * The runs that have a file where runs of {@code archive} have theirs.
   *
   * @param host name of this host
   */
  public static List<RunFile> list(Archive archive, String host) throws IOException {
    List<RunFile> runs = new ArrayList<>();
    for (Path file : RunLock.files(archive.runs(), RunLock.PREFIX + "*" + RunLock.SUFFIX)) {
      Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
      if (name.matches()) {
        read(file, TimelineId.of(Long.parseLong(name.group(1), 16)), host).ifPresent(runs::add);
      }
    }
    return runs;
  }

  /** Empty if the run has just ended. */
  private static Optional<RunFile> read(Path file, TimelineId timeline, String host)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      FileLock lock = RunLock.tryLock(channel);
      boolean isOurs = RunLock.isOf(channel, host);
      State state = lock == null ? State.LIVE : isOurs ? State.DEAD : State.UNKNOWN;
      return Optional.of(
          new RunFile(timeline, state, RunLock.value(RunLock.text(channel), RunLock.PARENT)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (AccessDeniedException e) {
      return Optional.of(new RunFile(timeline, State.UNKNOWN, Optional.empty()));
    }
  }
}
