package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;

/** Whether a server runs in a directory, as {@code CreateLockFile} of miscinit.c finds it out. */
final class Running {
  /** Name of the file, whose first line is the server's process id. */
  static final String PID_FILE = "postmaster.pid";

  private static final Pattern PID = Pattern.compile("\\s*-?([1-9][0-9]{0,9})\\s*");

  private Running() {}

  /**
   * Refuses a directory in which a process may be at work; a stale file is left behind by a server
   * that was killed.
   */
  static void refuse(Path target) throws IOException {
    Optional<Long> pid = pid(target.resolve(PID_FILE));
    if (pid.isPresent() && ProcessHandle.of(pid.get()).filter(ProcessHandle::isAlive).isPresent()) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "a server runs in \"" + target + "\"",
          "its " + PID_FILE + " names process " + pid.get() + ", which is alive",
          "Stop the server; if that process is not one, remove the file.");
    }
  }

  private static Optional<Long> pid(Path file) throws IOException {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      Matcher matcher = PID.matcher(text.lines().findFirst().orElse(""));
      return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
