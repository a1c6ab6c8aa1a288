package org.walfmt.archive;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs one line in {@code /bin/sh}, as the server's {@code system()} and {@code popen()} do, with
 * nothing to read. A command that takes too long, or whose caller is interrupted, is ended together
 * with all processes that it has started.
 */
final class ShellCommand {
  /** From here on no more tries make sense: not executable, not found, or ended by a signal. */
  static final int FIRST_FATAL = 126;

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
      } else if (status > 128) {
        return "ended by signal " + (status - 128);
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
    return new ProcessBuilder("/bin/sh", "-c", line).redirectInput(new File("/dev/null"));
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
    all.forEach(ProcessHandle::destroy);
    boolean interrupted = !await(all, PATIENCE_MILLIS);
    all.forEach(ProcessHandle::destroyForcibly);
    interrupted |= !await(all, PATIENCE_MILLIS);
    if (interrupted) {
      Thread.currentThread().interrupt();
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
