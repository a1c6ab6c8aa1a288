package org.walfmt.tests.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.walfmt.tests.kit.Cluster;

/** What is in an archive, and what must not be there after a failure. */
final class Archives {
  private static final String SESSIONS =
      "SELECT count(*) FROM pg_stat_activity"
          + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

  private Archives() {}

  static List<String> names(Path archive) throws IOException {
    try (Stream<Path> files = Files.list(archive)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** Segments and commits of series, temporary files, claims of running backups. */
  static List<String> ofSeries(Path archive) throws IOException {
    return names(archive).stream()
        .filter(name -> name.startsWith(".") || name.charAt(0) >= '8')
        .toList();
  }

  /**
   * Nothing is left of a failed backup: not a file, and not a session on the server, which alone
   * keeps a server in backup mode.
   */
  static void mustBeAsBefore(Path archive, List<String> before, Cluster cluster)
      throws IOException {
    assertThat(ofSeries(archive)).isEqualTo(before);
    cluster.await("the end of all sessions", () -> cluster.query(SESSIONS).equals("0"));
  }
}
