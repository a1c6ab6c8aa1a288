package org.walfmt.cli.print;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whether somebody sits there. Java itself tells too little: Linux is asked first. */
public final class Terminal {
  private static final int STANDARD_INPUT = 0;
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  private Terminal() {}

  /** Whether standard error is shown on a terminal. */
  static boolean showsErrors() {
    return is(STANDARD_ERROR);
  }

  /** Whether standard output is shown on a terminal. */
  public static boolean showsOutput() {
    return is(STANDARD_OUTPUT);
  }

  /** Asks for a password, which is not shown; null if nobody can be asked. */
  public static @Nullable String askPassword(String prompt) {
    Console console = console();
    if (console == null || !is(STANDARD_INPUT)) {
      return null;
    }
    char @Nullable [] password = console.readPassword("%s", prompt);
    return password == null ? null : new String(password);
  }

  private static boolean is(int descriptor) {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return file.startsWith("/dev/pts/")
          || file.startsWith("/dev/tty")
          || file.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return console() != null;
    }
  }

  @SuppressWarnings("SystemConsoleNull") // up to 21; later, Linux has been asked
  private static @Nullable Console console() {
    return System.console();
  }
}
