package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;

/** Where the parts of a restored cluster go, whose they are and who may read them. */
class RestoredPlacesTest {
  private static Cluster source() {
    Cluster source = Cluster.of(PgInstall.embedded(16)).segmentMegabytes(1).archiving().create();
    // As initdb --allow-group-access leaves it: the server takes its modes from the directory.
    Command.of(Path.of("/bin/chmod"), "-R", "g=rX", source.data().toString()).run().orFail();
    return source.start();
  }

  @Test
  void tablespacesWalModesAndOwnersAreWhatWasAskedFor() throws Exception {
    try (Cluster source = source();
        Scratch scratch = Scratch.create()) {
      Path first = source.newDirectory("first");
      Path second = source.newDirectory("second, with space");
      source.run(
          "CREATE TABLESPACE first LOCATION '" + first + "'",
          "CREATE TABLESPACE second LOCATION '" + second + "'",
          "CREATE TABLE one TABLESPACE first AS SELECT g AS a FROM generate_series(1, 5000) g",
          "CREATE TABLE two TABLESPACE second AS SELECT g AS a FROM generate_series(1, 5000) g");
      Backups backups = new Backups(source, source.archive());
      backups.full();
      source.run("UPDATE two SET a = a + 1 WHERE a % 1000 = 0", "CHECKPOINT");
      BackupId id = backups.incremental("latest").id();
      source.run("CHECKPOINT");

      Path home = scratch.serverDirectory("home");
      Path target = home.resolve("data");
      Path wal = home.resolve("wal's");
      Path newFirst = home.resolve("new/first");
      Path newSecond = Files.createDirectory(home.resolve("second=2"));
      Restores.restore(
          source.archive(),
          id,
          target,
          options ->
              options
                  .walDirectory(wal)
                  .mapTablespace(first, newFirst)
                  .mapTablespace(second, newSecond));

      assertThat(target.resolve("pg_wal")).isSymbolicLink();
      assertThat(target.resolve("pg_wal").toRealPath()).isEqualTo(wal.toRealPath());
      for (Path top : List.of(target, wal, newFirst, newSecond)) {
        mustBeOfTheServerUser(top);
        mustHaveGroupModes(top);
      }
      Restores.mustEqual(source, source.data(), target, Options.exact());
      mustRun(source, target, List.of(newFirst, newSecond));
    }
  }

  private static void mustBeOfTheServerUser(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      assertThat(all)
          .allSatisfy(
              path ->
                  assertThat(Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName())
                      .as(path.toString())
                      .isEqualTo(ServerUser.get().name()));
    }
  }

  private static void mustHaveGroupModes(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      assertThat(all.filter(path -> !Files.isSymbolicLink(path)))
          .allSatisfy(
              path ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                      .as(path.toString())
                      .isEqualTo(Files.isDirectory(path) ? "rwxr-x---" : "rw-r-----"));
    }
  }

  private static void mustRun(Cluster source, Path target, List<Path> spaces) {
    try (Cluster cluster = Restores.startAndOpen(source.install(), target)) {
      assertThat(cluster.query("SELECT sum(a) FROM one")).isEqualTo("12502500");
      assertThat(cluster.query("SELECT sum(a) FROM two")).isEqualTo("12502505");
      assertThat(
              cluster.query(
                  "SELECT string_agg(pg_tablespace_location(oid), ',' ORDER BY spcname)"
                      + " FROM pg_tablespace WHERE spcname IN ('first', 'second')"))
          .isEqualTo(spaces.get(0) + "," + spaces.get(1));
    }
  }

  @Test
  void aPrivateClusterStaysPrivate() throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.embedded(14)).segmentMegabytes(1).archiving().start();
        Scratch scratch = Scratch.create()) {
      BackupId id = new Backups(source, source.archive()).full().id();
      Path target = Restores.restore(source.archive(), id, scratch.resolve("data"));
      try (Stream<Path> all = Files.walk(target)) {
        assertThat(all)
            .allSatisfy(
                path ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as(path.toString())
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
      }
    }
  }

  @Test
  void anEmptyTargetKeepsItsOwner() throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.embedded(14)).segmentMegabytes(1).archiving().start();
        Scratch scratch = Scratch.create()) {
      BackupId id = new Backups(source, source.archive()).full().id();
      Path target = Restores.restore(source.archive(), id, scratch.serverDirectory("data"));
      mustBeOfTheServerUser(target);
    }
  }
}
