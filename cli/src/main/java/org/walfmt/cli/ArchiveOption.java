package org.walfmt.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.walfmt.archive.DirectoryArchive;
import picocli.CommandLine.Option;

/** Where the WAL archive is. */
final class ArchiveOption {
  @Option(
      names = {"-A", "--archive"},
      paramLabel = "DIR",
      required = true,
      description = "Directory of the WAL archive.")
  Path directory;

  /** The archive, for reading. */
  DirectoryArchive open() throws IOException {
    return new DirectoryArchive(directory, "read");
  }
}
