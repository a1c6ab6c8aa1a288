package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.PgVersion;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.summary.SummaryFile;
import org.walfmt.summary.SummaryName;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.EveryKindLoad;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.writer.decode.WalScan;
import org.walfmt.writer.wal.WalFiles;

/**
 * The same range of WAL summed up by the server (17 and 18) and by walfmt: all forks are the same.
 *
 * <p>So it is with 17.11 and 18.6. Minors before cut a visibility map at the heap's block number
 * instead of its own, and those from 17.12 on name the page with the cut besides.
 */
class SummariesAgreeTest {
  private static final int VISIBILITY_MAP = 2;

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void tellTheSameBlocks(int major) throws Exception {
    try (Cluster cluster =
        Cluster.of(PgInstall.embedded(major)).setting("summarize_wal", "on").archiving().start()) {
      EveryKindLoad.create(cluster);
      try (EveryKindLoad load = EveryKindLoad.start(cluster)) {
        for (int i = 0; i < 3; i++) {
          Thread.sleep(700);
          cluster.run("CHECKPOINT");
        }
        cluster.run(
            "CREATE DATABASE by_copy STRATEGY FILE_COPY",
            "CREATE DATABASE by_wal STRATEGY WAL_LOG",
            "DROP DATABASE by_copy",
            "CREATE TABLE cut AS SELECT g AS a, repeat('x', 500) AS b FROM generate_series(1, 2000) g",
            "VACUUM FREEZE cut",
            "CHECKPOINT",
            "DELETE FROM cut WHERE a > 100",
            "VACUUM cut");
        load.mustRun();
      }
      cluster.run("CHECKPOINT");
      String lsn = cluster.query("SELECT redo_lsn FROM pg_control_checkpoint()");
      cluster.await(
          "the summarizer",
          () ->
              cluster
                  .query(
                      "SELECT summarized_lsn >= '" + lsn + "' FROM pg_get_wal_summarizer_state()")
                  .equals("t"));
      List<SummaryName> names = summaries(cluster.data());
      assertThat(names).hasSizeGreaterThan(3);
      int cut = (int) cluster.sql().number("SELECT pg_relation_filenode('cut')");
      List<ForkChanges> cutMaps = new ArrayList<>();
      for (SummaryName name : names) {
        List<ForkChanges> found = walfmt(cluster, name).sorted();
        assertThat(found).as(name.toString()).isEqualTo(servers(cluster, name).sorted());
        found.stream()
            .filter(fork -> fork.relation() == cut && fork.fork() == VISIBILITY_MAP)
            .forEach(cutMaps::add);
      }
      assertThat(cutMaps).anyMatch(fork -> fork.limit() == 1);
    }
  }

  private static List<SummaryName> summaries(Path data) throws IOException {
    List<SummaryName> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(data.resolve("pg_wal/summaries"))) {
      files.forEach(
          file -> SummaryName.parse(String.valueOf(file.getFileName())).ifPresent(names::add));
    }
    return names;
  }

  private static BlockChanges servers(Cluster cluster, SummaryName name) throws IOException {
    BlockChanges changes = new BlockChanges();
    Path file = cluster.data().resolve("pg_wal/summaries").resolve(name.toString());
    try (InputStream in = Files.newInputStream(file)) {
      SummaryFile.read(in, name.toString(), changes);
    }
    return changes;
  }

  private static BlockChanges walfmt(Cluster cluster, SummaryName name) throws IOException {
    SegmentSize size = SegmentSize.DEFAULT;
    WalFiles wal =
        new WalFiles(
            List.of(cluster.data().resolve("pg_wal"), cluster.archive()),
            Optional.empty(),
            TimelineHistory.of(new TimelineId(1)),
            size);
    PgVersion version = PgVersion.ofMajor(cluster.install().major()).orElseThrow();
    long system =
        Long.parseLong(cluster.query("SELECT system_identifier FROM pg_control_system()"));
    StreamIdentity identity = new StreamIdentity(version, size, system);
    return new WalScan(wal, identity, false, 2, new QuietMonitor())
        .run(name.start(), Optional.empty(), name.end());
  }
}
