package org.walfmt.tests.nativebackup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.PgVersion;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;

/**
 * Native backups are received and combined byte for byte, so that what is wrong in a combined
 * directory is the server's own fault.
 */
class NativeBackupsTest {
  private static final String ROWS =
      " AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 4000) g";

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void aChainOfTwoIncrementalsCombinesToTheServersFiles(int major) throws Exception {
    try (Cluster cluster = cluster(major);
        Scratch scratch = Scratch.create()) {
      cluster.run(
          "CREATE TABLESPACE space LOCATION '" + cluster.newDirectory("space") + "'",
          "CREATE TABLE near" + ROWS,
          "CREATE TABLE far TABLESPACE space" + ROWS);
      Path full = NativeBackups.full(cluster, scratch.resolve("full"));
      cluster.run("UPDATE near SET t = 'y' WHERE a % 500 = 0", "DELETE FROM far WHERE a > 1000");
      Path first = incremental(cluster, full, scratch.resolve("first"));
      cluster.run(
          "VACUUM far",
          "UPDATE near SET t = 'z' WHERE a % 300 = 0",
          "CREATE TABLE late TABLESPACE space" + ROWS);
      Path second = incremental(cluster, first, scratch.resolve("second"));
      assertThat(incrementals(second)).as("files that are incremental").isGreaterThan(100);

      Path combined =
          NativeCombine.combine(List.of(full, first, second), scratch.resolve("combined"));
      cluster.run("CHECKPOINT");
      Report report =
          ClusterDiff.compare(
              cluster.data(),
              combined,
              PgVersion.ofMajor(major).orElseThrow(),
              RelationKinds.read(cluster::connect),
              Options.exact());
      assertThat(report.isEqual()).as(report.toString()).isTrue();
      try (Cluster restored = Restores.startAndOpen(cluster.install(), combined)) {
        assertThat(restored.query("SELECT count(*) FROM near WHERE t = 'z'")).isEqualTo("13");
        assertThat(restored.query("SELECT count(*) FROM far")).isEqualTo("1000");
        assertThat(restored.query("SELECT count(*) FROM late")).isEqualTo("4000");
      }
      assertThatThrownBy(() -> NativeCombine.combine(List.of(full, second), scratch.resolve("gap")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("builds on");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void aNativeFullBackupIsTheParentOfAnIncrementalOfWalfmt(int major) throws Exception {
    try (Cluster cluster = cluster(major);
        Scratch scratch = Scratch.create()) {
      cluster.run("CREATE TABLE t" + ROWS);
      Path full = NativeBackups.full(cluster, scratch.resolve("full"));
      cluster.run("UPDATE t SET t = 'y' WHERE a % 500 = 0", "CHECKPOINT");
      BackupId id =
          new Backups(cluster, cluster.archive())
              .incremental(NativeBackups.manifest(full).toString())
              .id();
      Path target = scratch.resolve("restored");
      Restores.restore(cluster.archive(), id, target, options -> options.base(full));
      try (Cluster restored = Restores.startAndOpen(cluster.install(), target)) {
        assertThat(
                restored.query("SELECT count(*) || ' ' || count(*) FILTER (WHERE t = 'y') FROM t"))
            .isEqualTo("4000 8");
      }
    }
  }

  private static Cluster cluster(int major) {
    return Cluster.of(PgInstall.embedded(major))
        .archiving()
        .setting("autovacuum", "off")
        .setting("summarize_wal", "on")
        .start();
  }

  private static Path incremental(Cluster cluster, Path parent, Path directory) throws IOException {
    return NativeBackups.incremental(cluster, NativeBackups.manifest(parent), directory);
  }

  private static long incrementals(Path backup) throws IOException {
    try (Stream<Path> files = Files.walk(backup)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(IncrementalFile.PREFIX))
          .count();
    }
  }
}
