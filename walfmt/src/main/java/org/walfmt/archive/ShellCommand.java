package org.walfmt.archive;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs one line in {@code /bin/sh}, as the server's {@code system()} and {@code popen()} do, with
 * nothing to read. A command that takes too long, or whose caller is interrupted, is ended together
 * with all processes that it has started: it runs in a session, and so in a process group, of its
 * own, as the server's archiver sees to. Where there is no {@code setsid}, those are ended whose
 * parents still run.
 */
final class ShellCommand {
  /** From here on no more tries make sense: not executable, not found, or ended by a signal. */
  static final int FIRST_FATAL = 126;

  private static final int SIGNALLED = 128;

  /** The highest number of a signal, {@code SIGRTMAX}. */
  private static final int LAST_SIGNAL = 64;

  private static final int SSH_FAILED = 255;
  private static final Optional<Path> SETSID =
      Stream.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"))
          .filter(Files::isExecutable)
          .findFirst();

  private static final int TAIL = 4096;
  private static final long PATIENCE_MILLIS = 2000;

  private ShellCommand() {}

  /**
   * How a command ended.
   *
   * @param status its exit status, or 128 and the number of the signal that ended it
   * @param timedOut whether it was ended since it took too long
   * @param output the last it wrote to standard output and standard error, or the latter alone
   */
  record Outcome(int status, boolean timedOut, String output) {
    boolean isSuccess() {
      return !timedOut && status == 0;
    }

    boolean isFatal() {
      return !timedOut && status >= FIRST_FATAL;
    }

    /** The end in words. */
    String words() {
      if (timedOut) {
        return "timed out";
      } else if (status > SIGNALLED && status <= SIGNALLED + LAST_SIGNAL) {
        return "ended by signal " + (status - SIGNALLED);
      } else if (status == SSH_FAILED) {
        return "exit status 255, as of ssh that cannot connect";
      } else if (status == 127) {
        return "exit status 127: command not found";
      } else if (status == 126) {
        return "exit status 126: command cannot be executed";
      }
      return "exit status " + status;
    }
  }

  /** Runs {@code line}; what it prints goes to {@code log}, a file that may be removed after. */
  static Outcome run(String line, Path log, Duration timeout) throws IOException {
    ProcessBuilder builder = builder(line).redirectErrorStream(true);
    return run(builder.redirectOutput(log.toFile()), log, timeout);
  }

  /** The same, with standard output going to a file of its own. */
  static Outcome run(String line, Path output, Path log, Duration timeout) throws IOException {
    ProcessBuilder builder = builder(line).redirectOutput(output.toFile());
    return run(builder.redirectError(log.toFile()), log, timeout);
  }

  private static ProcessBuilder builder(String line) {
    List<String> words = new ArrayList<>();
    SETSID.ifPresent(program -> words.add(program.toString()));
    words.addAll(List.of("/bin/sh", "-c", line));
    return new ProcessBuilder(words).redirectInput(new File("/dev/null"));
  }

  private static Outcome run(ProcessBuilder builder, Path log, Duration timeout)
      throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw interrupted();
    }
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        end(process);
      }
      return new Outcome(ended ? process.exitValue() : -1, !ended, tail(log));
    } catch (InterruptedException e) {
      end(process);
      Thread.currentThread().interrupt();
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    return new InterruptedIOException("interrupted while a command ran");
  }

  /** Asks the processes to end, then makes them. Returns when they are gone. */
  private static void end(Process process) {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    signalGroup("TERM", process);
    all.forEach(ProcessHandle::destroy);
    boolean interrupted = !await(all, PATIENCE_MILLIS);
    signalGroup("KILL", process);
    all.forEach(ProcessHandle::destroyForcibly);
    interrupted |= !await(all, PATIENCE_MILLIS);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reaches those whose parents have ended, too; the group may be gone already. */
  private static void signalGroup(String signal, Process leader) {
    if (SETSID.isEmpty()) {
      return;
    }
    ProcessBuilder kill =
        new ProcessBuilder("/bin/sh", "-c", "kill -s " + signal + " -- -" + leader.pid());
    kill.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    boolean interrupted = Thread.interrupted();
    try {
      kill.start().waitFor();
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (IOException e) {
      return; // no process can be had: the others are ended by their numbers
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** False if interrupted. */
  private static boolean await(List<ProcessHandle> processes, long millis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      while (processes.stream().anyMatch(ProcessHandle::isAlive)
          && System.nanoTime() - deadline < 0) {
        Thread.sleep(10);
      }
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static String tail(Path log) throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - TAIL);
      byte[] bytes = new byte[(int) Math.min(TAIL, file.length())];
      file.seek(from);
      int count = Math.max(0, file.read(bytes));
      return new String(bytes, 0, count, StandardCharsets.UTF_8).strip();
    }
  }
}
