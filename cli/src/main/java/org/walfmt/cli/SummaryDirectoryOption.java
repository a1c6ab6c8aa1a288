package org.walfmt.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.walfmt.writer.summaries.SummaryDirectory;
import picocli.CommandLine.Option;

/** Where summaries are kept. */
final class SummaryDirectoryOption {
  @Option(
      names = "--summary-dir",
      paramLabel = "DIR",
      required = true,
      description = "Directory of the summaries; it must exist.")
  Path directory;

  SummaryDirectory open() throws IOException {
    return new SummaryDirectory(directory);
  }
}
