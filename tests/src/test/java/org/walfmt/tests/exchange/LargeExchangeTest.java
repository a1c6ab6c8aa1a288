package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.tests.nativebackup.NativeBackups;
import org.walfmt.tests.nativebackup.NativeCombine;
import org.walfmt.writer.changes.ChangeSource;

/** A relation of more than one file, whose second VACUUM empties, in chains of both kinds. */
class LargeExchangeTest {
  private static final String ROWS =
      "INSERT INTO t SELECT g, repeat(md5(g::text), 240) FROM generate_series(%d, %d) g";

  @Test
  @Tag("full")
  void aRelationOfTwoFilesIsImportedAndExportedBeforeAndAfterItIsCut() throws Exception {
    try (Cluster cluster =
            Cluster.of(PgInstall.embedded(18))
                .segmentMegabytes(64)
                .archiving()
                .setting("autovacuum", "off")
                .setting("summarize_wal", "on")
                .setting("max_wal_size", "4GB")
                .start();
        Scratch scratch = Scratch.create()) {
      cluster.run(
          "CREATE TABLE t (a int, t text)",
          "ALTER TABLE t ALTER t SET STORAGE PLAIN",
          ROWS.formatted(1, 140_000),
          "CHECKPOINT");
      Path file = cluster.data().resolve(cluster.query("SELECT pg_relation_filepath('t')"));
      Path second = file.resolveSibling(file.getFileName() + ".1");
      assertThat(Files.size(file)).isEqualTo(1L << 30);
      Backups backups = new Backups(cluster, cluster.archive());
      Path archive = Files.createDirectory(scratch.resolve("archive"));
      List<BackupId> ours = new ArrayList<>(List.of(backups.full().id()));
      List<Path> natives = new ArrayList<>();
      natives.add(NativeBackups.full(cluster, scratch.resolve("native0")));
      List<BackupId> imported = new ArrayList<>(List.of(take(archive, natives.get(0))));

      List<List<String>> steps =
          List.of(
              List.of("UPDATE t SET a = -a WHERE a > 100000 AND a % 7000 = 0"),
              List.of("DELETE FROM t WHERE abs(a) > 100000", "VACUUM t"),
              List.of(ROWS.formatted(200_001, 240_000)));
      for (List<String> step : steps) {
        cluster.run(step.toArray(String[]::new));
        cluster.run("CHECKPOINT");
        backups.changesBy(ours.size() == 2 ? ChangeSource.SCAN : ChangeSource.WAL);
        ours.add(backups.incremental("latest").id());
        natives.add(
            NativeBackups.incremental(
                cluster,
                NativeBackups.manifest(natives.get(natives.size() - 1)),
                scratch.resolve("native" + natives.size())));
        imported.add(take(archive, natives.get(natives.size() - 1)));
        if (ours.size() == 3) {
          assertThat(Files.size(second)).isZero();
        }
        mustBeTheSame(cluster, scratch, natives, archive, imported.get(imported.size() - 1));
      }
      assertThat(Files.size(second)).isPositive();
      List<Path> exported = new ArrayList<>();
      for (BackupId id : ours) {
        exported.add(scratch.resolve("export" + exported.size()));
        Imports.export(cluster.archive(), id, exported.get(exported.size() - 1));
      }
      mustBeTheSame(cluster, scratch, exported, cluster.archive(), ours.get(3));
    }
  }

  private static BackupId take(Path archive, Path source) throws Exception {
    return Imports.take(archive, source).backup();
  }

  /** The native chain, combined, is what a restore writes; and the server finds every row. */
  private static void mustBeTheSame(
      Cluster source, Scratch scratch, List<Path> chain, Path archive, BackupId id)
      throws Exception {
    Path combined = NativeCombine.combine(chain, scratch.resolve("combined"));
    Path restored = Restores.restore(archive, id, scratch.resolve("restored"));
    assertThat(SameFiles.require(combined, restored)).isGreaterThan(900);
    PathUtils.deleteDirectory(combined);
    try (Cluster opened = Restores.startAndOpen(source.install(), restored)) {
      String sums = "SELECT count(*) || ' ' || sum(a) || ' ' || max(a) FROM t";
      assertThat(opened.query(sums)).isEqualTo(source.query(sums));
    }
    PathUtils.deleteDirectory(restored);
  }
}
