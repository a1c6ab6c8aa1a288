package org.walfmt.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;

/** Where an archive is, before it is opened by one who reads it or by a run. */
public sealed interface ArchivePlace {
  /**
   * Opens the archive.
   *
   * @param tag of the files that a run leaves if it dies; letters and digits
   * @param monitor hears of trouble that passes
   */
  Archive open(String tag, Monitor monitor) throws IOException;

  /** A directory. */
  record Directory(Path path) implements ArchivePlace {
    @Override
    public Archive open(String tag, Monitor monitor) throws IOException {
      return new DirectoryArchive(path, tag);
    }
  }

  /**
   * The archive that a running server's archiver fills. Opened, it can only be read: who puts files
   * there must have the server.
   *
   * @param reading fetches what was archived; empty if nothing can be fetched
   */
  record Server(Optional<CommandSettings> reading) implements ArchivePlace {
    @Override
    public Archive open(String tag, Monitor monitor) throws IOException {
      if (reading.isEmpty()) {
        throw new RefusedException(
            Reason.PRECONDITION,
            "files that the server has archived cannot be fetched",
            "there is no restore command",
            "Give the one that fetches them with --restore-command.");
      }
      return CommandArchive.open(reading.get(), monitor);
    }
  }

  /** Whatever is behind commands. */
  record Commands(CommandSettings settings) implements ArchivePlace {
    @Override
    public Archive open(String tag, Monitor monitor) throws IOException {
      return CommandArchive.open(settings, monitor);
    }
  }
}
