package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.walfmt.PgVersion;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.RelationFile;
import org.walfmt.replayer.ExtractOptions;
import org.walfmt.replayer.Extractor;
import org.walfmt.replayer.extract.NewFiles;
import org.walfmt.replayer.extract.Wanted;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/** Files, relations and blocks out of backups of a real server. */
class ExtractTest {
  private static final int BLOCK = 8192;

  @Test
  void whatIsExtractedIsWhatARestoreWrites() throws Exception {
    try (Cluster cluster =
            Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(cluster, cluster.archive());
      cluster.run(
          "CREATE TABLE t AS SELECT g AS a, repeat('x', 200) AS b FROM generate_series(1, 9000) g",
          "CREATE INDEX ON t (a)",
          "VACUUM t",
          "CHECKPOINT");
      backups.full();
      cluster.run("UPDATE t SET b = 'y' WHERE a % 700 = 0");
      backups.changesBy(ChangeSource.WAL).incremental("latest");
      cluster.run("DELETE FROM t WHERE a > 8000", "VACUUM t", "UPDATE t SET b = 'z' WHERE a < 5");
      BackupId id = backups.changesBy(ChangeSource.SCAN).incremental("latest").id();
      Path restored = Restores.restore(cluster.archive(), id, scratch.resolve("restored"));
      String path = cluster.query("SELECT pg_relation_filepath('t')");
      String index = cluster.query("SELECT pg_relation_filepath('t_a_idx')");

      for (String file :
          List.of(path, path + "_vm", path + "_fsm", index, "PG_VERSION", "global/pg_control")) {
        Path out = scratch.resolve("out" + file.replace('/', '-'));
        extract(cluster, file, out);
        assertThat(Files.mismatch(restored.resolve(file), out)).as(file).isEqualTo(-1);
      }
      byte[] table = Files.readAllBytes(restored.resolve(path));
      for (int block : new int[] {0, 7, table.length / BLOCK - 1}) {
        Path out = scratch.resolve("block" + block);
        List<String> words =
            List.of(
                "sh",
                "-c",
                "exec \"$@\" > " + out,
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "org.walfmt.cli.Main",
                "extract",
                "-A",
                cluster.archive().toString(),
                "--relation",
                path,
                "--block",
                "" + block);
        Command.of(words).env("CLASSPATH", System.getProperty("java.class.path")).run().orFail();
        assertThat(ByteBuffer.wrap(Files.readAllBytes(out)))
            .isEqualTo(ByteBuffer.wrap(table, block * BLOCK, BLOCK));
      }
      assertThat(
              WalfmtCli.run("extract", "-A", cluster.archive().toString(), "--file", "PG_VERSION")
                  .out())
          .isEqualTo("15\n");
    }
  }

  private static void extract(Cluster cluster, String path, Path out) throws Exception {
    Optional<RelationFile> relation = RelationFile.parse(path, PgVersion.V15);
    Wanted wanted =
        relation.isPresent()
            ? new Wanted.Fork(relation.get().locator(), relation.get().fork())
            : new Wanted.File(path);
    try (NewFiles files = new NewFiles(out)) {
      new Extractor()
          .extract(
              new ExtractOptions(
                  new DirectoryArchive(cluster.archive(), "test"),
                  "latest",
                  Optional.empty(),
                  wanted),
              files,
              new QuietMonitor());
    }
  }
}
