package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

/** Chains whose newer members are on another timeline than the older ones. */
class TimelineExchangeTest {
  private static final String ROWS =
      " AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 8000) g";

  @Test
  void chainsOverASwitchOfTheTimelineAreImportedAndExported() throws Exception {
    try (Cluster cluster =
            Cluster.of(PgInstall.embedded(18))
                .archiving()
                .setting("autovacuum", "off")
                .setting("summarize_wal", "on")
                .start();
        Scratch scratch = Scratch.create()) {
      cluster.run("CREATE TABLE t" + ROWS, "CHECKPOINT");
      Backups backups = new Backups(cluster, cluster.archive());
      BackupId full = backups.full().id();
      Path nativeFull = NativeBackups.full(cluster, scratch.resolve("native0"));
      cluster.run("UPDATE t SET t = 'y' WHERE a % 500 = 0");
      switchTimeline(cluster);
      assertThat(cluster.query("SELECT timeline_id FROM pg_control_checkpoint()")).isEqualTo("2");
      cluster.run("UPDATE t SET t = 'z' WHERE a % 300 = 0");
      BackupId incremental = backups.changesBy(ChangeSource.WAL).incremental(full.text()).id();
      Path nativeIncremental =
          NativeBackups.incremental(
              cluster, NativeBackups.manifest(nativeFull), scratch.resolve("native1"));

      Path exported0 = scratch.resolve("exported0");
      Path exported1 = scratch.resolve("exported1");
      Imports.export(cluster.archive(), full, exported0);
      assertThat(Imports.export(cluster.archive(), incremental, exported1).incrementalFiles())
          .isPositive();
      assertThat(exported1.resolve("pg_wal/00000002.history")).exists();
      Path combined = NativeCombine.combine(List.of(exported0, exported1), scratch.resolve("ours"));
      Path restored = Restores.restore(cluster.archive(), incremental, scratch.resolve("restored"));
      assertThat(SameFiles.require(restored, combined)).isGreaterThan(900);
      mustHold(cluster, combined);

      Path archive = Files.createDirectory(scratch.resolve("archive"));
      Imports.take(archive, nativeFull);
      BackupId imported = Imports.take(archive, nativeIncremental).backup();
      assertThat(archive.resolve("00000002.history")).exists();
      Path theirs =
          NativeCombine.combine(List.of(nativeFull, nativeIncremental), scratch.resolve("theirs"));
      Path restored2 = Restores.restore(archive, imported, scratch.resolve("restored2"));
      assertThat(SameFiles.require(theirs, restored2)).isGreaterThan(900);
      mustHold(cluster, restored2);
    }
  }

  /** As after a recovery to the end of the WAL: the server goes on, on a timeline of its own. */
  private static void switchTimeline(Cluster cluster) throws IOException {
    cluster.stop(Cluster.Stop.FAST);
    Files.createFile(cluster.data().resolve("recovery.signal"));
    cluster.configure(Map.of("restore_command", "cp " + cluster.archive() + "/%f %p 2>/dev/null"));
    cluster.start();
    cluster.await(
        "the new timeline", () -> cluster.query("SELECT NOT pg_is_in_recovery()").equals("t"));
    cluster.run("CHECKPOINT");
  }

  private static void mustHold(Cluster source, Path restored) {
    try (Cluster opened = Restores.startAndOpen(source.install(), restored)) {
      assertThat(
              opened.query(
                  "SELECT count(*) FILTER (WHERE t = 'y') || ' ' || count(*) FILTER (WHERE t = 'z')"
                      + " FROM t"))
          .isEqualTo("11 26");
    }
  }
}
