package org.walfmt.tests.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.RefusedException;
import org.walfmt.WalFormatException;
import org.walfmt.series.BackupId;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;

/** Whatever an archive says, a restore writes nothing outside of its target. */
class HostileInventoryTest {
  private Scratch scratch;
  private Path archive;
  private Path home;
  private Path target;
  private Path victim;

  @BeforeEach
  void create() throws IOException {
    scratch = Scratch.create();
    archive = Files.createDirectory(scratch.resolve("archive"));
    home = Files.createDirectories(scratch.resolve("home/a/b"));
    target = home.resolve("data");
    victim = Files.createDirectory(scratch.resolve("victim"));
    Files.writeString(victim.resolve("precious"), "precious");
  }

  @AfterEach
  void delete() {
    scratch.close();
  }

  private void restore(CraftedBackup backup) throws IOException {
    BackupId id = backup.put(archive);
    Restores.restore(archive, id, target, options -> options.walCheck(false));
  }

  private static List<Path> all(Path top) throws IOException {
    try (Stream<Path> paths = Files.walk(top)) {
      return paths.sorted(Comparator.naturalOrder()).toList();
    }
  }

  /** Refused, with nothing written, neither in the target nor elsewhere. */
  private Throwable mustBeRefused(CraftedBackup backup) throws IOException {
    BackupId id = backup.put(archive);
    List<Path> before = all(scratch.path());
    Throwable failure =
        catchThrowable(
            () -> Restores.restore(archive, id, target, options -> options.walCheck(false)));
    assertThat(failure).isInstanceOfAny(WalFormatException.class, RefusedException.class);
    assertThat(all(scratch.path())).isEqualTo(before);
    assertThat(victim.resolve("precious")).hasContent("precious");
    return failure;
  }

  @Test
  void aHarmlessOneIsRestored() throws IOException {
    Path space = scratch.resolve("space");
    restore(
        new CraftedBackup()
            .tablespace("pg_tblspc/16384", space)
            .map("16384 " + space + "\n")
            .directory("pg_tblspc/16384/PG_15_202209061")
            .directory("pg_tblspc/16384/PG_15_202209061/5")
            .fork(1663, 5, 20000)
            .fork(16384, 5, 20001));
    assertThat(target.resolve("global/pg_control")).hasContent("control");
    assertThat(target.resolve("base/5/20000")).hasSize(8192);
    assertThat(space.resolve("PG_15_202209061/5/20001")).hasSize(8192);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil",
        "/evil",
        "//evil",
        "base/../../evil",
        "base/5/../../../evil",
        "base/./evil",
        "base//evil",
        "base/..",
        "..",
        "evil/",
        "base/ev\u0000il",
      })
  void refusesAnUnsafePath(String path) throws IOException {
    assertThat(mustBeRefused(new CraftedBackup().file(path, "evil")))
        .hasMessageContaining("unsafe path")
        .hasMessageContaining("in WAL segment 8D0000000000000000000002");
    archive = Files.createDirectory(scratch.resolve("archive-of-directories"));
    assertThat(mustBeRefused(new CraftedBackup().directory(path)))
        .hasMessageContaining("unsafe path");
  }

  @Test
  void refusesAnAbsolutePathToAnExistingDirectory() throws IOException {
    assertThat(mustBeRefused(new CraftedBackup().file(victim.resolve("evil").toString(), "evil")))
        .hasMessageContaining("unsafe path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"base/5", "global", "pg_wal", "pg_tblspc", "pg_tblspc/x", "evil"})
  void refusesALinkThatIsNoTablespace(String path) throws IOException {
    CraftedBackup backup = new CraftedBackup().tablespace(path, scratch.resolve("elsewhere"));
    assertThat(mustBeRefused(backup)).hasMessageContaining("unsafe tablespace");
  }

  @Test
  void refusesATablespaceInADirectoryInUse() throws IOException {
    CraftedBackup backup =
        new CraftedBackup()
            .tablespace("pg_tblspc/16384", victim)
            .file("pg_tblspc/16384/precious", "evil");
    assertThat(mustBeRefused(backup)).hasMessageContaining("is not empty");
  }

  @Test
  void refusesATablespaceThatALinkLeadsTo() throws IOException {
    Path link = Files.createSymbolicLink(scratch.resolve("link"), victim);
    CraftedBackup backup =
        new CraftedBackup()
            .tablespace("pg_tblspc/16384", link)
            .file("pg_tblspc/16384/precious", "evil");
    assertThat(mustBeRefused(backup)).hasMessageContaining("is not empty");
  }

  @Test
  void refusesATablespaceAroundTheTarget() throws IOException {
    CraftedBackup backup = new CraftedBackup().tablespace("pg_tblspc/16384", home);
    assertThat(mustBeRefused(backup)).isInstanceOf(RefusedException.class);
  }

  @Test
  void refusesATablespaceInsideTheTarget() throws IOException {
    CraftedBackup backup =
        new CraftedBackup().tablespace("pg_tblspc/16384", target.resolve("base/5"));
    assertThat(mustBeRefused(backup)).hasMessageContaining("are inside each other");
  }

  @Test
  void refusesATablespaceInsideTheArchive() throws IOException {
    CraftedBackup backup =
        new CraftedBackup().tablespace("pg_tblspc/16384", archive.resolve("space"));
    assertThat(mustBeRefused(backup)).hasMessageContaining("are inside each other");
  }

  @Test
  void aMapLeadsToNoOtherDirectoriesThanTheInventory() throws IOException {
    Path space = scratch.resolve("space");
    restore(
        new CraftedBackup()
            .tablespace("pg_tblspc/16384", space)
            .map("16384 " + victim + "\n16390 " + victim + "\n"));
    assertThat(target.resolve("tablespace_map")).hasContent("16384 " + space.toRealPath() + "\n");
  }

  @Test
  void aMapOfNoTablespacesIsLeftOut() throws IOException {
    restore(new CraftedBackup().map("16390 " + victim + "\n"));
    assertThat(target.resolve("global/pg_control")).exists();
    assertThat(target.resolve("tablespace_map")).doesNotExist();
  }

  @Test
  void refusesAFileInNoDirectory() throws IOException {
    assertThat(mustBeRefused(new CraftedBackup().file("nowhere/evil", "evil")))
        .hasMessageContaining("lies in no directory of the inventory");
  }

  @Test
  void refusesAForkInNoDirectory() throws IOException {
    assertThat(mustBeRefused(new CraftedBackup().fork(16384, 5, 20000)))
        .hasMessageContaining("lies in no directory of the inventory");
  }

  @Test
  void refusesAFileThatOnlyARestoreMakes() throws IOException {
    for (String path :
        List.of(
            "backup_label", "tablespace_map", "backup_manifest", "global/pg_control.restoring")) {
      archive = Files.createDirectory(scratch.resolve("archive-" + path.replace('/', '-')));
      assertThat(mustBeRefused(new CraftedBackup().file(path, "evil"))).hasMessageContaining(path);
    }
  }
}
