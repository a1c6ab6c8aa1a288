package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Removes files and whole trees, never through a symbolic link, and counts them. */
final class Removal {
  private final Edits edits;
  private final Tally tally;

  Removal(Edits edits, Tally tally) {
    this.edits = edits;
    this.tally = tally;
  }

  /** Removes a file, a link, or a directory with all that is in it. */
  void remove(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      removeContents(path);
    }
    edits.delete(path);
    tally.countRemoved();
  }

  /** Removes all that is in a directory. */
  void removeContents(Path directory) throws IOException {
    for (Path each : contents(directory)) {
      remove(each);
    }
  }

  /** What is in a directory; nothing, if there is none. */
  static List<Path> contents(Path directory) throws IOException {
    List<Path> contents = new ArrayList<>();
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        entries.forEach(contents::add);
      }
    }
    return contents;
  }
}
