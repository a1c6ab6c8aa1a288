package org.walfmt.writer.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.PgVersion;

class DataDirectoryTest {
  @TempDir Path directory;
  private Path root;
  private DataDirectory source;

  @BeforeEach
  void makeDirectories() throws IOException {
    root = Files.createDirectories(directory.resolve("data"));
    for (String name : List.of("global", "base", "pg_tblspc")) {
      Files.createDirectory(root.resolve(name));
    }
    source = new DataDirectory(root, PgVersion.V15);
  }

  private void touch(String... paths) throws IOException {
    for (String path : paths) {
      Files.createDirectories(root.resolve(path).getParent());
      Files.createFile(root.resolve(path));
    }
  }

  private List<String> databases() throws IOException {
    return source.databaseDirectories().stream().map(DatabaseDirectory::name).toList();
  }

  private List<String> relations(String database) throws IOException {
    DatabaseDirectory found =
        source.databaseDirectories().stream()
            .filter(one -> one.name().equals(database))
            .findFirst()
            .orElseThrow();
    List<String> names = new ArrayList<>();
    for (long packed : source.relationFiles(found)) {
      names.add(
          RelationFileName.relation(packed)
              + List.of("", "_fsm", "_vm", "_init").get(RelationFileName.fork(packed))
              + (RelationFileName.segment(packed) == 0
                  ? ""
                  : "." + RelationFileName.segment(packed)));
    }
    return names;
  }

  @Test
  void sortsDirectoriesByTablespaceAndDatabaseAsNumbers() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    for (String path : List.of("PG_15_202209061/9", "PG_15_202209061/10", "PG_14_202107181/9")) {
      Files.createDirectories(space.resolve(path));
    }
    Files.createSymbolicLink(root.resolve("pg_tblspc/999"), space);
    Files.createDirectories(root.resolve("pg_tblspc/16400/PG_15_202209061/5"));
    for (String name : List.of("5", "1", "16384", "pgsql_tmp", "05", "5x")) {
      Files.createDirectory(root.resolve("base").resolve(name));
    }
    assertThat(databases())
        .containsExactly(
            "pg_tblspc/999/PG_15_202209061/9",
            "pg_tblspc/999/PG_15_202209061/10",
            "base/1",
            "base/5",
            "base/16384",
            "global",
            "pg_tblspc/16400/PG_15_202209061/5");
  }

  @Test
  void aDatabaseThatIsALinkOrAFileIsNone() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.createSymbolicLink(root.resolve("base/7"), other);
    touch("base/8");
    assertThat(databases()).containsExactly("global");
  }

  @Test
  void aTablespaceWhoseLinkLeadsToNothingHasNoDatabases() throws IOException {
    Files.createSymbolicLink(root.resolve("pg_tblspc/16400"), directory.resolve("gone"));
    assertThat(databases()).containsExactly("global");
  }

  @Test
  void listsRelationFilesOnlyInOrder() throws IOException {
    touch("base/5/2.1", "base/5/2", "base/5/10", "base/5/2_vm", "base/5/2_fsm", "base/5/t3_7");
    touch("base/5/PG_VERSION", "base/5/pg_filenode.map", "base/5/pg_internal.init");
    assertThat(relations("base/5")).containsExactly("2", "2.1", "2_fsm", "2_vm", "10");
  }

  @Test
  void ofAnUnloggedRelationOnlyTheInitForkIsTaken() throws IOException {
    touch("base/5/7", "base/5/7.1", "base/5/7_fsm", "base/5/7_vm", "base/5/7_init");
    touch("base/5/6", "base/5/8", "base/5/8_fsm");
    assertThat(relations("base/5")).containsExactly("6", "7_init", "8", "8_fsm");
  }

  @Test
  void aDirectoryThatVanishedHasNoFiles() throws IOException {
    Files.createDirectory(root.resolve("base/5"));
    List<DatabaseDirectory> found = source.databaseDirectories();
    Files.delete(root.resolve("base/5"));
    assertThat(source.relationFiles(found.get(0))).isEmpty();
  }

  @Test
  void moreFilesThanTheFirstCapacityAreAllListed() throws IOException {
    for (int i = 1; i <= 1100; i++) {
      touch("base/5/" + i);
    }
    assertThat(relations("base/5")).hasSize(1100).startsWith("1", "2").endsWith("1099", "1100");
  }
}
