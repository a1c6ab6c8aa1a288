package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.ExportOptions;
import org.walfmt.replayer.ExportReport;
import org.walfmt.replayer.Exporter;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.tests.nativebackup.NativeCombine;
import org.walfmt.writer.changes.ChangeSource;

/** Exported chains, combined by an independent reader and by the tools of PostgreSQL themselves. */
class ExportTest {
  private static final String ROWS =
      " AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 8000) g";

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void anExportedChainCombinesToWhatARestoreWrites(int major) throws Exception {
    try (Cluster cluster = cluster(major);
        Scratch scratch = Scratch.create()) {
      Path space = cluster.newDirectory("space");
      cluster.run(
          "CREATE TABLESPACE space LOCATION '" + space + "'",
          "CREATE TABLE far TABLESPACE space" + ROWS);
      List<BackupId> ids = chain(cluster);
      List<Path> exported = new ArrayList<>();
      for (int i = 0; i < ids.size(); i++) {
        ExportReport report =
            export(cluster, ids.get(i), scratch, "export" + i, Map.of(space, place(scratch, i)));
        assertThat(report.incrementalFiles() > 0).isEqualTo(i > 0);
        exported.add(scratch.resolve("export" + i));
      }
      Path combined = NativeCombine.combine(exported, scratch.resolve("combined"));
      Path restored = scratch.resolve("restored");
      Restores.restore(
          cluster.archive(),
          ids.get(2),
          restored,
          options -> options.mapTablespace(space, scratch.resolve("restored_space")));
      assertThat(SameFiles.require(restored, combined)).isGreaterThan(900);
      try (Cluster opened = Restores.startAndOpen(cluster.install(), combined)) {
        assertThat(opened.query("SELECT count(*) FROM near WHERE t = 'z'")).isEqualTo("26");
        assertThat(opened.query("SELECT count(*) FROM far")).isEqualTo("8000");
        assertThat(opened.query("SELECT count(*) FROM cut")).isEqualTo("600");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void theToolsOfPostgresTakeAnExportedChain(int major) throws Exception {
    Optional<StockTools> tools = StockTools.of(major);
    assumeThat(tools.isPresent()).isTrue();
    try (Cluster cluster = cluster(major);
        Scratch scratch = Scratch.create()) {
      List<BackupId> ids = chain(cluster);
      List<String> words = new ArrayList<>();
      for (int i = 0; i < ids.size(); i++) {
        export(cluster, ids.get(i), scratch, "export" + i, Map.of());
        String directory = scratch.resolve("export" + i).toString();
        words.add(directory);
        must(tools.get().run("pg_verifybackup", "--no-parse-wal", directory));
      }
      Path combined = scratch.resolve("combined");
      words.addAll(List.of("-o", combined.toString()));
      must(tools.get().run("pg_combinebackup", words.toArray(new String[0])));
      must(tools.get().run("pg_verifybackup", "--no-parse-wal", combined.toString()));
      Path restored = scratch.resolve("restored");
      Restores.restore(cluster.archive(), ids.get(2), restored);
      assertThat(SameFiles.require(restored, combined)).isGreaterThan(900);
    }
  }

  private static void must(Outcome outcome) {
    assertThat(outcome.status()).as(outcome.toString()).isZero();
  }

  private static Path place(Scratch scratch, int i) {
    return scratch.resolve("space" + i);
  }

  /** A full backup, an incremental by the WAL and one by the pages. */
  private static List<BackupId> chain(Cluster cluster) throws IOException {
    List<BackupId> ids = new ArrayList<>();
    Backups backups = new Backups(cluster, cluster.archive());
    cluster.run("CREATE TABLE near" + ROWS, "CREATE TABLE cut" + ROWS, "CHECKPOINT");
    ids.add(backups.full().id());
    cluster.run(
        "UPDATE near SET t = 'y' WHERE a % 500 = 0", "DELETE FROM cut WHERE a > 600", "VACUUM cut");
    ids.add(backups.changesBy(ChangeSource.WAL).incremental("latest").id());
    cluster.run(
        "UPDATE near SET t = 'z' WHERE a % 300 = 0",
        "CREATE TABLE late" + ROWS,
        "INSERT INTO cut SELECT * FROM late WHERE a > 4000",
        "DELETE FROM cut WHERE a > 600");
    ids.add(backups.changesBy(ChangeSource.SCAN).incremental("latest").id());
    return ids;
  }

  private static ExportReport export(
      Cluster cluster, BackupId id, Scratch scratch, String name, Map<Path, Path> tablespaces)
      throws IOException {
    return new Exporter(Clock.systemUTC())
        .export(
            new ExportOptions(
                new DirectoryArchive(cluster.archive(), "test"),
                id.text(),
                Optional.empty(),
                true,
                new ExportOptions.Output.Directory(
                    scratch.resolve(name), tablespaces, false, true)),
            new QuietMonitor());
  }

  private static Cluster cluster(int major) {
    return Cluster.of(PgInstall.embedded(major))
        .archiving()
        .setting("autovacuum", "off")
        .setting("summarize_wal", "on")
        .start();
  }
}
