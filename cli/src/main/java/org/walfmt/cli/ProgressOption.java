package org.walfmt.cli;

import java.io.PrintWriter;
import org.walfmt.cli.print.Progress;
import picocli.CommandLine.Option;

/** Whether the user wants to see how far the work is. */
final class ProgressOption {
  @Option(
      names = {"-P", "--progress"},
      fallbackValue = "true",
      description = "Show progress: a bar on a terminal, else a line every few seconds.",
      order = 901)
  boolean wanted;

  Progress start(PrintWriter err) {
    return Progress.of(wanted, err);
  }
}
