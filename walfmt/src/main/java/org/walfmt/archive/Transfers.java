package org.walfmt.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.SegmentName;

/**
 * Runs an archive's commands until they succeed (rules ARCHIVE-10 to ARCHIVE-14): exit status 1 to
 * 125 and a time-out are tried again, with a pause that doubles and one line each; 126, 127 and a
 * signal end all tries. A fetch that exits with 0 must have made the file that was asked for; one
 * that fails and makes none says that the archive has none.
 */
final class Transfers implements Closeable {
  private static final String SUCCESS = "";

  private final CommandSettings settings;
  private final Spool spool;
  private final Monitor monitor;

  Transfers(CommandSettings settings, Spool spool, Monitor monitor) {
    this.settings = settings;
    this.spool = spool;
    this.monitor = monitor;
  }

  /** A new path in the spool; to be removed by {@link Spool#remove}. */
  Path path(String name) throws IOException {
    return spool.path(name);
  }

  /** Stores a file. */
  void put(CommandTemplate command, String name, Path file) throws IOException {
    run(command, name, file);
  }

  /** Takes a file out of the archive. */
  void delete(CommandTemplate command, String name) throws IOException {
    run(command, name, Path.of(name));
  }

  private void run(CommandTemplate command, String name, Path file) throws IOException {
    for (int tries = 1; ; tries++) {
      ShellCommand.Outcome outcome = attempt(command, name, file);
      if (outcome.isSuccess()) {
        return;
      }
      again(command, name, outcome, outcome.words(), tries);
    }
  }

  private ShellCommand.Outcome attempt(CommandTemplate command, String name, Path file)
      throws IOException {
    Path log = spool.output();
    try {
      return ShellCommand.run(command.expand(name, file), log, settings.timeout());
    } finally {
      Files.deleteIfExists(log);
    }
  }

  /** Names that the list command prints, as they are printed. */
  List<String> list(CommandTemplate command) throws IOException {
    for (int tries = 1; ; tries++) {
      Path output = spool.output();
      Path log = spool.output();
      try {
        ShellCommand.Outcome outcome =
            ShellCommand.run(command.expand("", Path.of("")), output, log, settings.timeout());
        if (outcome.isSuccess()) {
          // Names of other programs' files need not be UTF-8; those that count are ASCII.
          return Files.readAllLines(output, StandardCharsets.ISO_8859_1);
        }
        again(command, "", outcome, outcome.words(), tries);
      } finally {
        Files.deleteIfExists(output);
        Files.deleteIfExists(log);
      }
    }
  }

  /**
   * Fetches a file into the spool.
   *
   * @param mustBeThere whether an archive that says it has none is asked again
   * @return where it is; empty if the archive has none of this name
   */
  Optional<Path> fetch(String name, boolean mustBeThere) throws IOException {
    for (int tries = 1; ; tries++) {
      Path file = spool.path(name);
      ShellCommand.Outcome outcome;
      String problem;
      try {
        outcome = attempt(settings.restore(), name, file);
        problem = outcome.isSuccess() ? problem(name, file) : outcome.words();
        if (problem.equals(SUCCESS)) {
          return Optional.of(file);
        }
      } catch (IOException e) {
        Spool.remove(file);
        throw e;
      }
      boolean isAbsent = isAbsent(outcome, file);
      Spool.remove(file);
      if (isAbsent && (!mustBeThere || tries == settings.tries())) {
        return Optional.empty();
      }
      if (outcome.isSuccess() && tries == settings.tries()) {
        throw new CorruptWalException(
            settings.restore().kind() + " exits with status 0, but " + problem);
      }
      again(settings.restore(), name, outcome, problem, tries);
    }
  }

  /** A shell's redirection makes an empty file, whatever the program says. */
  private static boolean isAbsent(ShellCommand.Outcome outcome, Path file) throws IOException {
    return !outcome.isSuccess()
        && !outcome.isFatal()
        && !outcome.timedOut()
        && (!Files.exists(file) || Files.size(file) == 0);
  }

  /** What is wrong with a file that a command says it has fetched. */
  private static String problem(String name, Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return "has made no file " + name;
    }
    return SegmentName.matches(name) ? SegmentShape.problem(name, file) : SUCCESS;
  }

  /** Waits before the next try, or gives up. */
  private void again(
      CommandTemplate command, String name, ShellCommand.Outcome outcome, String problem, int tries)
      throws IOException {
    String what = command.kind() + (name.isEmpty() ? "" : " for " + name);
    if (outcome.isFatal() || tries >= settings.tries()) {
      throw new CommandFailedException(
          what + " failed" + (tries > 1 ? " " + tries + " times" : "") + ": " + problem,
          outcome.output(),
          outcome.timedOut());
    }
    Duration pause = pause(tries);
    monitor.warning(
        what
            + " failed: "
            + problem
            + lastLine(outcome.output())
            + "; try "
            + (tries + 1)
            + " of "
            + settings.tries()
            + " in "
            + seconds(pause)
            + " s");
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted between two tries of a command");
    }
  }

  private Duration pause(int tries) {
    Duration pause = settings.pause();
    for (int i = 1; i < tries && pause.compareTo(CommandSettings.MAX_PAUSE) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(CommandSettings.MAX_PAUSE) < 0 ? pause : CommandSettings.MAX_PAUSE;
  }

  private static String seconds(Duration pause) {
    return pause.toMillis() % 1000 == 0
        ? Long.toString(pause.toSeconds())
        : String.format(Locale.ROOT, "%.2f", pause.toMillis() / 1e3);
  }

  private static String lastLine(String output) {
    return output.isEmpty() ? "" : " (" + output.substring(output.lastIndexOf('\n') + 1) + ")";
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
