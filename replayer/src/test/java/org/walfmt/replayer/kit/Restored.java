package org.walfmt.replayer.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.walfmt.PgVersion;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;

/** A restored directory, to be compared with the model. */
public record Restored(Path directory) {
  private static final Set<String> ADDED =
      Set.of(
          "backup_label",
          "backup_manifest",
          "recovery.signal",
          "postgresql.auto.conf",
          "tablespace_map");

  public static Restored of(Path directory) {
    return new Restored(directory);
  }

  /** Every file byte by byte, and no file too many. */
  public void requireSame(ClusterModel model, PgVersion version) throws IOException {
    Set<String> expected = new TreeSet<>();
    for (ForkKey key : model.forks().keySet()) {
      String path = key.locator().path(version, key.fork(), 0);
      expected.add(path);
      assertThat(Files.readAllBytes(directory.resolve(path))).as(path).isEqualTo(model.bytes(key));
    }
    for (Map.Entry<String, byte[]> file : model.files().entrySet()) {
      if (!ADDED.contains(file.getKey())) {
        expected.add(file.getKey());
        assertThat(Files.readAllBytes(directory.resolve(file.getKey())))
            .as(file.getKey())
            .isEqualTo(file.getValue());
      }
    }
    for (String path : model.directories()) {
      assertThat(directory.resolve(path)).isDirectory();
    }
    assertThat(files()).containsExactlyInAnyOrderElementsOf(expected);
  }

  private Set<String> files() throws IOException {
    Set<String> files = new TreeSet<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> directory.relativize(path).toString())
          .filter(path -> !ADDED.contains(path))
          .forEach(files::add);
    }
    return files;
  }
}
