package org.walfmt.replayer.imports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.PgVersion;
import org.walfmt.series.PathEntry;

class DirectoryTreeTest {
  @TempDir Path directory;

  @Test
  void followsLinksOfTablespacesAloneAndThereOnlyTheServersDirectory() throws IOException {
    String own = PgVersion.V15.tablespaceVersionDirectory();
    Path space = Files.createDirectory(directory.resolve("space"));
    Files.createDirectories(space.resolve(own + "/5"));
    Files.createDirectories(space.resolve("PG_12_201909212/5"));
    Path root = Files.createDirectory(directory.resolve("root"));
    Files.createDirectories(root.resolve("base/5"));
    Files.createDirectories(root.resolve("pg_wal/archive_status/deeper"));
    Files.createDirectories(root.resolve("pg_tblspc/notes"));
    Files.createSymbolicLink(root.resolve("pg_tblspc/16500"), space);
    Files.createSymbolicLink(root.resolve("pg_log"), space);

    List<PathEntry> found = DirectoryTree.read(root, Map.of(), PgVersion.V15);

    assertThat(found.stream().map(PathEntry::path))
        .containsExactlyInAnyOrder(
            ".",
            "base",
            "base/5",
            "pg_wal",
            "pg_tblspc",
            "pg_tblspc/notes",
            "pg_tblspc/16500",
            "pg_tblspc/16500/" + own,
            "pg_tblspc/16500/" + own + "/5");
    assertThat(found)
        .filteredOn(PathEntry.Tablespace.class::isInstance)
        .singleElement()
        .satisfies(
            entry ->
                assertThat(((PathEntry.Tablespace) entry).target()).isEqualTo(space.toString()));
  }
}
