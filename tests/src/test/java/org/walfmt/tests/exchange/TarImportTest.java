package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.replayer.ImportReport;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;

/** The tars of {@code pg_basebackup}, one for each tablespace and one for the WAL. */
class TarImportTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip"})
  void tarsOfTablespacesAndOfWalAreImported(String compression) throws Exception {
    try (Cluster cluster = Cluster.of(PgInstall.machine15()).setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      Path one = cluster.newDirectory("one");
      Path two = cluster.newDirectory("two");
      cluster.run(
          "CREATE TABLESPACE one LOCATION '" + one + "'",
          "CREATE TABLESPACE two LOCATION '" + two + "'",
          "CREATE TABLE near AS SELECT g AS a FROM generate_series(1, 3000) g",
          "CREATE TABLE far TABLESPACE one AS SELECT g AS a FROM generate_series(1, 4000) g",
          "CREATE TABLE farther TABLESPACE two AS SELECT g AS a FROM generate_series(1, 5000) g");
      Path tars = scratch.resolve("tars");
      PgTools.get().baseBackup(cluster, tars, "-Ft", "-X", "stream", "-Z", compression).orFail();
      Path archive = Files.createDirectory(scratch.resolve("archive"));

      ImportReport report = Imports.take(archive, tars);

      assertThat(report.walSegments()).as("nothing else archives WAL here").isPositive();
      Path restored = scratch.resolve("restored");
      Restores.restore(
          archive,
          report.backup(),
          restored,
          options ->
              options
                  .mapTablespace(one, scratch.resolve("restored-one"))
                  .mapTablespace(two, scratch.resolve("restored-two")));
      assertThat(SameFiles.require(unpacked(tars, scratch.resolve("plain")), restored))
          .isGreaterThan(900);
      try (Cluster opened = Restores.startAndOpen(cluster.install(), restored)) {
        assertThat(opened.query("SELECT count(*) FROM near")).isEqualTo("3000");
        assertThat(opened.query("SELECT count(*) FROM far")).isEqualTo("4000");
        assertThat(opened.query("SELECT count(*) FROM farther")).isEqualTo("5000");
      }
    }
  }

  /** What tar makes of it, without links: the directories are where these would be. */
  private static Path unpacked(Path tars, Path target) throws Exception {
    try (Stream<Path> all = Files.list(tars)) {
      for (Path tar : all.toList()) {
        String name = tar.getFileName().toString().replaceFirst("\\..*", "");
        if (!name.equals("pg_wal") && !name.equals("backup_manifest")) {
          Path place = name.equals("base") ? target : target.resolve("pg_tblspc/" + name);
          Files.createDirectories(place);
          Command.of(
                  Path.of("/bin/tar"),
                  "--exclude=pg_tblspc/*",
                  "-xf",
                  tar.toString(),
                  "-C",
                  place.toString())
              .run()
              .orFail();
        }
      }
    }
    return target;
  }
}
