package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Compares byte for byte what belongs to relations but has no page header: the SLRU files of {@code
 * pg_xact} and {@code pg_multixact}, and every {@code pg_filenode.map}.
 */
final class OtherFilesDiff {
  private static final List<String> SLRU_DIRECTORIES =
      List.of("pg_xact", "pg_multixact/offsets", "pg_multixact/members");
  private static final String FILENODE_MAP = "pg_filenode.map";

  private OtherFilesDiff() {}

  static void compare(Path left, Path right, Report report) throws IOException {
    SortedSet<String> paths = new TreeSet<>(list(left));
    paths.addAll(list(right));
    for (String path : paths) {
      Path leftFile = left.resolve(path);
      Path rightFile = right.resolve(path);
      if (!Files.exists(leftFile)) {
        report.difference(Difference.ofFile(Difference.Type.MISSING_LEFT, path, "no such file"));
      } else if (!Files.exists(rightFile)) {
        report.difference(Difference.ofFile(Difference.Type.MISSING_RIGHT, path, "no such file"));
      } else {
        report.file();
        long mismatch = Files.mismatch(leftFile, rightFile);
        if (mismatch >= 0) {
          report.difference(
              new Difference(
                  Difference.Type.CONTENT, path, -1, (int) mismatch, "differs at " + mismatch));
        }
      }
    }
  }

  private static SortedSet<String> list(Path root) throws IOException {
    SortedSet<String> paths = new TreeSet<>();
    for (String directory : SLRU_DIRECTORIES) {
      try (Stream<Path> files = Files.list(root.resolve(directory))) {
        files.filter(Files::isRegularFile).forEach(file -> paths.add(relative(root, file)));
      }
    }
    paths.add("global/" + FILENODE_MAP);
    try (Stream<Path> databases = Files.list(root.resolve("base"))) {
      databases
          .map(database -> database.resolve(FILENODE_MAP))
          .filter(Files::exists)
          .forEach(map -> paths.add(relative(root, map)));
    }
    return paths;
  }

  private static String relative(Path root, Path file) {
    return root.relativize(file).toString();
  }
}
