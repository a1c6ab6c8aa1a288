package org.walfmt.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.util.Objects;
import java.util.Optional;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.TruncatedWalException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.archive.CommandFailedException;
import org.walfmt.archive.DifferentContentException;
import org.walfmt.writer.connect.ConnectionFailedException;

/**
 * What the user is told about an exception, and with which status walfmt ends.
 *
 * @param message one fact, without the name of any class
 */
record Failure(int status, String message, Optional<String> detail, Optional<String> hint) {
  private static final String NO_SPACE = "No space left on device";

  private static Failure plain(int status, String message) {
    return new Failure(status, message, Optional.empty(), Optional.empty());
  }

  private static Failure hinted(int status, String message, String hint) {
    return new Failure(status, message, Optional.empty(), Optional.of(hint));
  }

  /** Stopped by a signal; whatever else failed after that is of no interest. */
  static Failure interrupted() {
    return plain(ExitStatus.INTERRUPTED, "interrupted");
  }

  /** Describes what ended a command. */
  static Failure of(Throwable thrown) {
    boolean wraps =
        thrown instanceof UncheckedIOException || thrown instanceof DirectoryIteratorException;
    return describe(wraps ? Objects.requireNonNullElse(thrown.getCause(), thrown) : thrown);
  }

  private static Failure describe(Throwable e) {
    if (e instanceof RefusedException refused) {
      return new Failure(
          statusOf(refused.reason()),
          String.valueOf(refused.getMessage()),
          refused.detail(),
          refused.hint());
    } else if (e instanceof CorruptWalException) {
      return plain(ExitStatus.DAMAGED, message(e));
    } else if (e instanceof TruncatedWalException) {
      return plain(ExitStatus.INCOMPLETE, message(e));
    } else if (e instanceof UnsupportedWalException) {
      return plain(ExitStatus.UNSUPPORTED, message(e));
    } else if (e instanceof CommandFailedException failed) {
      return commandFailed(failed);
    } else if (e instanceof DifferentContentException) {
      return plain(ExitStatus.MISMATCH, message(e));
    } else if (isInterruption(e)) {
      return interrupted();
    } else if (e instanceof ConnectionFailedException failed) {
      boolean usage = failed.reason() == ConnectionFailedException.Reason.INVALID_OPTIONS;
      return new Failure(
          usage ? ExitStatus.USAGE : ExitStatus.INPUT_OUTPUT,
          message(e),
          Optional.empty(),
          failed.hint());
    } else if (e instanceof IOException failure) {
      return inputOutput(failure);
    }
    return bug(e);
  }

  private static int statusOf(RefusedException.Reason reason) {
    return switch (reason) {
      case INCOMPLETE -> ExitStatus.INCOMPLETE;
      case UNSUPPORTED -> ExitStatus.UNSUPPORTED;
      case MISMATCH -> ExitStatus.MISMATCH;
      case PRECONDITION -> ExitStatus.PRECONDITION;
    };
  }

  private static boolean isInterruption(Throwable e) {
    return e instanceof InterruptedException
        || e instanceof InterruptedIOException
        || e instanceof FileLockInterruptionException
        || e instanceof ClosedByInterruptException;
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? "input or output failed" : message;
  }

  private static Failure commandFailed(CommandFailedException e) {
    return new Failure(
        ExitStatus.INPUT_OUTPUT,
        message(e),
        e.output().isEmpty() ? Optional.empty() : Optional.of("it printed: " + e.output()),
        Optional.of(
            e.timedOut()
                ? "See why it hangs, or give it more time with --command-timeout."
                : "Run it by hand, as this user, to see why it fails."));
  }

  private static Failure inputOutput(IOException e) {
    String message =
        e instanceof FileSystemException file ? FileMessages.describe(file) : message(e);
    if (message.contains(NO_SPACE)) {
      return hinted(
          ExitStatus.INPUT_OUTPUT,
          message.equals(NO_SPACE) ? "could not write a file: " + message : message,
          "Free some space and run the command again; what it had begun does not count.");
    }
    return plain(ExitStatus.INPUT_OUTPUT, message);
  }

  private static Failure bug(Throwable e) {
    if (e instanceof OutOfMemoryError) {
      return hinted(
          ExitStatus.BUG,
          "out of memory",
          "WALFMT_JAVA_OPTS=-Xmx256m gives walfmt more; please report that it was needed.");
    }
    return hinted(
        ExitStatus.BUG,
        "internal error: " + (e.getMessage() == null ? "no message" : e.getMessage()),
        "Please report it, with the stack trace that --verbose shows.");
  }
}
