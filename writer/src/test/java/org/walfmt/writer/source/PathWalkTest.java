package org.walfmt.writer.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.series.PathOrder;

/** What a base backup takes and leaves out, as {@code basebackup.c} does. */
class PathWalkTest {
  private static final String VERSION_DIRECTORY = "PG_15_202209061";

  @TempDir Path directory;
  private Path root;
  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void makeDirectory() throws IOException {
    root = Files.createDirectory(directory.resolve("data"));
  }

  private final ScannedDirectories scanned = new ScannedDirectories();

  private static final class Found implements PathWalk.Visitor {
    final List<String> lines = new ArrayList<>();
    final List<String> paths = new ArrayList<>();

    private void add(String kind, String path, int mode, String more) {
      lines.add(kind + " " + path + " " + Integer.toOctalString(mode) + more);
      paths.add(path);
    }

    @Override
    public void directory(String path, int mode) {
      add("d", path, mode, "");
    }

    @Override
    public void tablespace(String path, int mode, String target) {
      add("t", path, mode, " " + target);
    }

    @Override
    public void file(String path, Path file, int mode) {
      add("f", path, mode, "");
    }
  }

  private Found walk(Path from) throws IOException {
    Found found = new Found();
    new PathWalk(new DataDirectory(from, PgVersion.V15), scanned, warnings::add, found).run();
    return found;
  }

  @Test
  void keepsDirectoriesThatWereReadAndAreGone() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    Path link = Files.createDirectory(root.resolve("pg_tblspc")).resolve("16400");
    Files.createSymbolicLink(link, space);
    touch(
        "base/5/112",
        "base/16384/112",
        "base/16384/PG_VERSION",
        "pg_tblspc/16400/PG_15_202209061/5/20000");
    for (DatabaseDirectory each : new DataDirectory(root, PgVersion.V15).databaseDirectories()) {
      scanned.add(each, root);
    }
    List<String> before = walk().lines;
    Files.delete(root.resolve("base/16384/112"));
    Files.delete(root.resolve("base/16384/PG_VERSION"));
    Files.delete(root.resolve("base/16384"));
    Files.delete(link);

    List<String> after = walk().lines;

    before.removeIf(line -> line.contains("PG_VERSION"));
    assertThat(after).isEqualTo(before).anyMatch(line -> line.startsWith("d base/16384 "));
  }

  @Test
  void makesAPlainDirectoryOfATablespaceWhosePlaceAnotherHas() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    Path tablespaces = Files.createDirectory(root.resolve("pg_tblspc"));
    Files.createSymbolicLink(tablespaces.resolve("16400"), space);
    touch("pg_tblspc/16400/PG_15_202209061/5/20000");
    for (DatabaseDirectory each : new DataDirectory(root, PgVersion.V15).databaseDirectories()) {
      scanned.add(each, root);
    }
    Files.move(tablespaces.resolve("16400"), tablespaces.resolve("16401"));

    assertThat(walk().lines)
        .anyMatch(line -> line.matches("d pg_tblspc/16400 [0-7]+"))
        .anyMatch(line -> line.matches("d pg_tblspc/16400/PG_15_202209061/5 [0-7]+"))
        .anyMatch(line -> line.matches("t pg_tblspc/16401 [0-7]+ .*/space"));
  }

  @Test
  void knowsWhetherADirectoryWasGoneBeforeItWasRead() throws IOException {
    Files.createDirectories(root.resolve("base/5"));
    DatabaseDirectory gone =
        new DatabaseDirectory(1663, 16384, root.resolve("base/16384"), "base/16384");
    assertThat(scanned.add(gone, root)).isFalse();
    assertThat(walk().paths).doesNotContain("base/16384");
  }

  private Found walk() throws IOException {
    return walk(root);
  }

  private void touch(String... paths) throws IOException {
    for (String path : paths) {
      Files.createDirectories(root.resolve(path).getParent());
      Files.createFile(root.resolve(path));
    }
  }

  private void mode(String path, String permissions) throws IOException {
    Files.setPosixFilePermissions(root.resolve(path), PosixFilePermissions.fromString(permissions));
  }

  @Test
  void takesFilesAndDirectoriesWithTheirModesInTheOrderOfASeries() throws IOException {
    touch("pg_xact/0000", "a.b", "a/x", "PG_VERSION", "base/5/PG_VERSION");
    mode("", "rwxr-x---");
    mode("pg_xact", "rwx------");
    mode("a", "rwxrwxrwx");
    mode("base", "rwxr-x---");
    mode("base/5", "rwxr-x---");
    for (String file : List.of("pg_xact/0000", "a.b", "PG_VERSION", "base/5/PG_VERSION")) {
      mode(file, "rw-r-----");
    }
    mode("a/x", "rwxr-xr-x");
    assertThat(walk().lines)
        .containsExactly(
            "d . 750",
            "f PG_VERSION 640",
            "d a 777",
            "f a/x 755",
            "f a.b 640",
            "d base 750",
            "d base/5 750",
            "f base/5/PG_VERSION 640",
            "d pg_xact 700",
            "f pg_xact/0000 640");
    assertThat(warnings).isEmpty();
  }

  @Test
  void theOrderIsThatOfTheInventory() throws IOException {
    touch("b/c", "b!", "b-", "b.x", "b0", "é/ü", "ö", "z~");
    List<String> paths = new ArrayList<>(walk().paths);
    paths.remove(".");
    assertThat(paths).isSortedAccordingTo(PathOrder.COMPARATOR);
  }

  @Test
  void leavesOutByName() throws IOException {
    touch(
        "postgresql.auto.conf.tmp",
        "current_logfiles.tmp",
        "backup_label",
        "tablespace_map",
        "backup_manifest",
        "postmaster.pid",
        "postmaster.opts",
        ".DS_Store",
        "global/pg_internal.init",
        "base/5/pg_internal.init",
        "base/5/pg_internal.init.1234",
        "base/5/pg_filenode.map.tmp",
        "base/pgsql_tmp/pgsql_tmp1.0",
        "pgsql_tmp9",
        "base/5/backup_label",
        "global/pg_control");
    touch("backup_label.old", "tablespace_map.old", "postgresql.auto.conf", "global/pg_control2");
    touch("current_logfiles", "log/postgresql.log", "standby.signal");
    assertThat(walk().paths)
        .containsExactly(
            ".",
            "backup_label.old",
            "base",
            "base/5",
            "current_logfiles",
            "global",
            "global/pg_control2",
            "log",
            "log/postgresql.log",
            "postgresql.auto.conf",
            "standby.signal",
            "tablespace_map.old");
  }

  @Test
  void keepsSomeDirectoriesEmpty() throws IOException {
    List<String> empty =
        List.of(
            "pg_dynshmem",
            "pg_notify",
            "pg_replslot",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans");
    for (String name : empty) {
      touch(name + "/x", name + "/y/z");
    }
    touch("pg_stat/pgstat.stat");
    List<String> expected = new ArrayList<>(List.of("."));
    expected.addAll(empty.subList(0, 5));
    expected.addAll(List.of("pg_stat", "pg_stat/pgstat.stat", "pg_stat_tmp", "pg_subtrans"));
    assertThat(walk().paths).containsExactlyElementsOf(expected);
  }

  @Test
  void ofTheWalOnlyTheDirectoriesAreTaken() throws IOException {
    touch(
        "pg_wal/000000010000000000000001",
        "pg_wal/00000002.history",
        "pg_wal/archive_status/000000010000000000000001.done",
        "pg_wal/summaries/x.summary",
        "pg_wal/mine/x");
    assertThat(walk().paths)
        .containsExactly(".", "pg_wal", "pg_wal/archive_status", "pg_wal/summaries");
  }

  @Test
  void aLinkedWalDirectoryIsADirectory() throws IOException {
    Path elsewhere = Files.createDirectories(directory.resolve("wal/archive_status")).getParent();
    Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwxr-x---"));
    Files.createSymbolicLink(root.resolve("pg_wal"), elsewhere);
    Files.createSymbolicLink(root.resolve("pg_stat_tmp"), elsewhere);
    assertThat(walk().lines)
        .contains("d pg_wal 750", "d pg_stat_tmp 750")
        .doesNotContain("f pg_wal/000000010000000000000001 600");
    assertThat(walk().paths).containsExactly(".", "pg_stat_tmp", "pg_wal", "pg_wal/archive_status");
    assertThat(warnings).isEmpty();
  }

  @Test
  void theDataDirectoryMayBeNamedByALink() throws IOException {
    mode("", "rwx------");
    touch("PG_VERSION");
    mode("PG_VERSION", "rw-------");
    Path link = Files.createSymbolicLink(directory.resolve("link"), root);
    assertThat(walk(link).lines).containsExactly("d . 700", "f PG_VERSION 600");
  }

  @Test
  void relationFilesAndTemporaryOnesAreLeftToOthers() throws IOException {
    touch("base/5/16384", "base/5/16384.1", "base/5/16384_vm", "global/1260", "global/1260_fsm");
    touch("base/5/t3_16385", "base/5/t3_16385_fsm", "base/5/t3_16385.1");
    touch("base/5/016384", "base/5/16384_old", "base/5/tx_1", "16384", "pg_xact/1260");
    assertThat(walk().paths)
        .containsExactly(
            ".",
            "16384",
            "base",
            "base/5",
            "base/5/016384",
            "base/5/16384_old",
            "base/5/tx_1",
            "global",
            "pg_xact",
            "pg_xact/1260");
  }

  @Test
  void ofATablespaceOnlyTheDirectoryOfThisMajorIsTaken() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    for (String path : List.of(VERSION_DIRECTORY + "/5/16384", VERSION_DIRECTORY + "/5/x")) {
      Files.createDirectories(space.resolve(path).getParent());
      Files.createFile(space.resolve(path));
    }
    Files.createDirectories(space.resolve("PG_14_202107181/5"));
    Files.createFile(space.resolve("other"));
    Files.setPosixFilePermissions(space, PosixFilePermissions.fromString("rwx------"));
    Files.createDirectory(root.resolve("pg_tblspc"));
    Files.createSymbolicLink(root.resolve("pg_tblspc/16400"), space);
    Found found = walk();
    assertThat(found.lines).contains("t pg_tblspc/16400 700 " + space);
    assertThat(found.paths)
        .containsExactly(
            ".",
            "pg_tblspc",
            "pg_tblspc/16400",
            "pg_tblspc/16400/" + VERSION_DIRECTORY,
            "pg_tblspc/16400/" + VERSION_DIRECTORY + "/5",
            "pg_tblspc/16400/" + VERSION_DIRECTORY + "/5/x");
  }

  @Test
  void aTablespaceInPlaceIsADirectory() throws IOException {
    touch("pg_tblspc/16400/" + VERSION_DIRECTORY + "/5/x");
    assertThat(walk().paths)
        .containsExactly(
            ".",
            "pg_tblspc",
            "pg_tblspc/16400",
            "pg_tblspc/16400/" + VERSION_DIRECTORY,
            "pg_tblspc/16400/" + VERSION_DIRECTORY + "/5",
            "pg_tblspc/16400/" + VERSION_DIRECTORY + "/5/x");
  }

  @Test
  void aTablespaceInsideTheDataDirectoryIsWalkedOnce() throws IOException {
    touch("spaces/one/" + VERSION_DIRECTORY + "/5/x", "spaces/note");
    Files.createDirectory(root.resolve("pg_tblspc"));
    Files.createSymbolicLink(root.resolve("pg_tblspc/16400"), root.resolve("spaces/one"));
    assertThat(walk().paths)
        .containsExactly(
            ".",
            "pg_tblspc",
            "pg_tblspc/16400",
            "pg_tblspc/16400/" + VERSION_DIRECTORY,
            "pg_tblspc/16400/" + VERSION_DIRECTORY + "/5",
            "pg_tblspc/16400/" + VERSION_DIRECTORY + "/5/x",
            "spaces",
            "spaces/note",
            "spaces/one");
  }

  @Test
  void aTablespaceThatLeadsToNothingIsKeptWithAWarning() throws IOException {
    Files.createDirectory(root.resolve("pg_tblspc"));
    Files.createSymbolicLink(root.resolve("pg_tblspc/16400"), Path.of("/nonexistent/space"));
    assertThat(walk().lines).contains("t pg_tblspc/16400 700 /nonexistent/space");
    assertThat(warnings)
        .containsExactly(
            "tablespace \"pg_tblspc/16400\" leads to nothing at \"/nonexistent/space\"");
  }

  @Test
  void refusesATablespaceThatNoReaderWouldTake() throws IOException {
    Files.createDirectory(root.resolve("pg_tblspc"));
    Files.createSymbolicLink(root.resolve("pg_tblspc/16400"), Path.of("../../space"));
    assertThatThrownBy(this::walk)
        .isInstanceOf(RefusedException.class)
        .hasMessage("tablespace link \"pg_tblspc/16400\" leads to \"../../space\"");
  }

  @Test
  void skipsOtherLinksAndSpecialFilesWithAWarning() throws Exception {
    touch("PG_VERSION");
    Files.createSymbolicLink(root.resolve("postgresql.conf"), directory.resolve("etc"));
    Files.createDirectory(root.resolve("pg_tblspc"));
    Files.createSymbolicLink(root.resolve("pg_tblspc/016"), directory);
    Process fifo = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start();
    assertThat(fifo.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(walk().paths).containsExactly(".", "PG_VERSION", "pg_tblspc");
    assertThat(warnings)
        .containsExactly(
            "skipping symbolic link \"pg_tblspc/016\"",
            "skipping special file \"pipe\"",
            "skipping symbolic link \"postgresql.conf\"");
  }

  @Test
  void refusesANameThatIsNotUtf8() throws Exception {
    // printf writes the byte FF, which no Java string can name
    String script = "touch \"$1/$(printf 'bad\\377')\"";
    Process touch = new ProcessBuilder("sh", "-c", script, "sh", root.toString()).start();
    assertThat(touch.waitFor(10, TimeUnit.SECONDS)).isTrue();
    String listed = new String(touch.getErrorStream().readAllBytes(), UTF_8);
    assertThat(touch.exitValue()).as(listed).isZero();
    assertThatThrownBy(this::walk)
        .isInstanceOf(RefusedException.class)
        .hasMessage("file name \"bad\uFFFD\" cannot be kept in a series");
  }
}
