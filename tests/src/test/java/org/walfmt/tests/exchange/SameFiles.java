package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Two data directories compared file by file and byte by byte, tablespaces included. */
public final class SameFiles {
  /** What a restore adds, or an export has in another form. */
  private static final Set<String> OWN =
      Set.of(
          "backup_manifest",
          "backup_label.old",
          "postgresql.auto.conf",
          "recovery.signal",
          "tablespace_map");

  private SameFiles() {}

  /** Returns how many files were compared. */
  public static int require(Path expected, Path found) throws IOException {
    Map<String, Path> left = files(expected);
    Map<String, Path> right = files(found);
    assertThat(right.keySet()).isEqualTo(left.keySet());
    for (String path : left.keySet()) {
      assertThat(Files.mismatch(left.get(path), right.get(path)))
          .as("first byte that differs in %s", path)
          .isEqualTo(-1);
    }
    return left.size();
  }

  private static Map<String, Path> files(Path root) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      all.filter(Files::isRegularFile)
          .forEach(
              file -> {
                String path = root.relativize(file).toString();
                if (!OWN.contains(path) && !path.startsWith("pg_wal/")) {
                  files.put(path, file);
                }
              });
    }
    return files;
  }
}
