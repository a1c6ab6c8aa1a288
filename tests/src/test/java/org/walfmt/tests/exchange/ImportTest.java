package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.ExportOptions;
import org.walfmt.replayer.Exporter;
import org.walfmt.replayer.ImportOptions;
import org.walfmt.replayer.ImportReport;
import org.walfmt.replayer.Importer;
import org.walfmt.replayer.Verifier;
import org.walfmt.replayer.VerifyOptions;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.tests.nativebackup.NativeBackups;
import org.walfmt.tests.nativebackup.NativeCombine;

/** Backups that the server took itself, put into an archive, restored, and built upon. */
class ImportTest {
  private static final String ROWS =
      " AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 8000) g";
  private static final String NEW_ROWS =
      "COPY cut FROM PROGRAM 'seq 20001 23000 | sed \"s/$/\\tnew/\"'";

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void anImportedChainRestoresToWhatCombiningItGives(int major) throws Exception {
    try (Cluster cluster = cluster(major, true);
        Scratch scratch = Scratch.create()) {
      Path space = cluster.newDirectory("space");
      cluster.run(
          "CREATE TABLESPACE space LOCATION '" + space + "'",
          "CREATE TABLE near" + ROWS,
          "CREATE TABLE far TABLESPACE space" + ROWS);
      List<Path> natives = new ArrayList<>();
      natives.add(NativeBackups.full(cluster, scratch.resolve("native0")));
      cluster.run(
          "UPDATE near SET t = 'y' WHERE a % 500 = 0",
          "DELETE FROM far WHERE a > 1000", "CREATE TABLE late TABLESPACE space" + ROWS);
      natives.add(incremental(cluster, natives, scratch));
      cluster.run("UPDATE near SET t = 'z' WHERE a % 300 = 0", "DROP TABLE late");
      natives.add(incremental(cluster, natives, scratch));
      Path archive = Files.createDirectory(scratch.resolve("archive"));
      List<ImportReport> imported = new ArrayList<>();
      for (Path each : natives) {
        imported.add(importBackup(archive, each, Optional.empty()));
      }
      assertThat(imported.get(0).walSegments()).isPositive();
      assertThat(imported.get(2).blocks()).isLessThan(imported.get(0).blocks() / 4);
      verify(archive);

      Path combined = NativeCombine.combine(natives, scratch.resolve("combined"));
      Path restored = scratch.resolve("restored");
      Restores.restore(
          archive,
          imported.get(2).backup(),
          restored,
          options ->
              options.mapTablespace(linkOf(natives.get(2)), scratch.resolve("restored_space")));
      assertThat(SameFiles.require(combined, restored)).isGreaterThan(900);
      try (Cluster opened = Restores.startAndOpen(cluster.install(), restored)) {
        assertThat(opened.query("SELECT count(*) FROM near WHERE t = 'z'")).isEqualTo("26");
        assertThat(opened.query("SELECT count(*) FROM far")).isEqualTo("1000");
      }
    }
  }

  /** The native chain brings rows back that were deleted; the imported one does not. */
  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void whatPgCombinebackupBringsBackStaysAwayInAnImportedChain(int major) throws Exception {
    String query = "SELECT count(*) FROM cut WHERE a BETWEEN 101 AND 9000";
    try (Cluster cluster = cluster(major, false);
        Scratch scratch = Scratch.create()) {
      cluster.run("CREATE TABLE cut" + ROWS, "VACUUM (FREEZE) cut", "CHECKPOINT");
      List<Path> natives = new ArrayList<>();
      natives.add(NativeBackups.full(cluster, scratch.resolve("native0")));
      cluster.run("DELETE FROM cut WHERE a > 100", "VACUUM cut");
      natives.add(incremental(cluster, natives, scratch));
      cluster.run(NEW_ROWS);
      natives.add(incremental(cluster, natives, scratch));
      Path archive = Files.createDirectory(scratch.resolve("archive"));
      BackupId last = importBackup(archive, natives.get(0), Optional.empty()).backup();
      for (Path each : natives.subList(1, 3)) {
        last = importBackup(archive, each, Optional.empty()).backup();
      }
      assertThat(cluster.query(query)).isEqualTo("0");
      Path restored = Restores.restore(archive, last, scratch.resolve("restored"));
      try (Cluster opened = Restores.startAndOpen(cluster.install(), restored)) {
        assertThat(opened.query(query)).isEqualTo("0");
        assertThat(opened.query("SELECT count(*) FROM cut")).isEqualTo("3100");
      }
      Path combined = NativeCombine.combine(natives, scratch.resolve("combined"));
      try (Cluster opened = Restores.startAndOpen(cluster.install(), combined)) {
        assertThat(opened.query(query)).as("the native chain's answer").isNotEqualTo("0");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void bothKindsOfBackupsBuildOnEachOther(int major) throws Exception {
    try (Cluster cluster = cluster(major, true);
        Scratch scratch = Scratch.create()) {
      cluster.run("CREATE TABLE near" + ROWS, "CHECKPOINT");
      Backups backups = new Backups(cluster, cluster.archive());
      BackupId full = backups.full().id();
      Path exported = scratch.resolve("exported");
      new Exporter(Clock.systemUTC())
          .export(
              new ExportOptions(
                  archive(cluster.archive()),
                  full.text(),
                  Optional.empty(),
                  true,
                  new ExportOptions.Output.Directory(exported, Map.of(), false, true)),
              new QuietMonitor());
      cluster.run("UPDATE near SET t = 'y' WHERE a % 500 = 0");
      Path incremental =
          NativeBackups.incremental(
              cluster, NativeBackups.manifest(exported), scratch.resolve("native1"));
      assertThatThrownBy(
              () ->
                  importBackup(
                      Files.createDirectory(scratch.resolve("empty")),
                      incremental,
                      Optional.empty()))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("builds on is not in the archive");
      ImportReport imported =
          importBackup(cluster.archive(), incremental, Optional.of(full.text().substring(0, 8)));
      cluster.run("UPDATE near SET t = 'z' WHERE a % 300 = 0", "CHECKPOINT");
      BackupId last = backups.incremental(imported.backup().text()).id();
      verify(cluster.archive());
      Path combined =
          NativeCombine.combine(List.of(exported, incremental), scratch.resolve("combined"));
      Path middle = scratch.resolve("middle");
      Restores.restore(cluster.archive(), imported.backup(), middle);
      assertThat(SameFiles.require(combined, middle)).isGreaterThan(900);
      Path restored = Restores.restore(cluster.archive(), last, scratch.resolve("restored"));
      try (Cluster opened = Restores.startAndOpen(cluster.install(), restored)) {
        assertThat(
                opened.query(
                    "SELECT count(*) FILTER (WHERE t = 'y') || ' ' || count(*) FILTER (WHERE t ="
                        + " 'z') FROM near"))
            .isEqualTo("11 26");
      }
    }
  }

  private static void verify(Path archive) throws IOException {
    assertThat(
            new Verifier()
                .verify(VerifyOptions.of(archive(archive), "latest"), new QuietMonitor())
                .findings())
        .isEmpty();
  }

  private static Path linkOf(Path backup) {
    try (var links = Files.list(backup.resolve("pg_tblspc"))) {
      return Files.readSymbolicLink(links.findFirst().orElseThrow());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static ImportReport importBackup(Path archive, Path source, Optional<String> parent)
      throws IOException {
    return new Importer(
            new ImportOptions(
                archive(archive),
                source,
                parent,
                Optional.empty(),
                ImageCompression.NONE,
                true,
                true),
            nonce(source),
            "test",
            Clock.systemUTC(),
            new QuietMonitor())
        .run("test");
  }

  private static String nonce(Path source) {
    return String.format("%032x", source.hashCode() & 0xFFFF_FFFFL);
  }

  private static Archive archive(Path directory) throws IOException {
    return new DirectoryArchive(directory, "test");
  }

  private static Path incremental(Cluster cluster, List<Path> natives, Scratch scratch)
      throws IOException {
    Path parent = natives.get(natives.size() - 1);
    return NativeBackups.incremental(
        cluster, NativeBackups.manifest(parent), scratch.resolve("native" + natives.size()));
  }

  private static Cluster cluster(int major, boolean checksums) {
    return Cluster.of(PgInstall.embedded(major))
        .checksums(checksums)
        .archiving()
        .setting("autovacuum", "off")
        .setting("summarize_wal", "on")
        .start();
  }
}
