package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.ForkChanges;
import org.walfmt.summary.SummaryName;
import org.walfmt.tests.compare.EveryKindLoad;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.writer.summaries.SummaryDirectory;

/** Servers of 17 and 18 find in our summaries what we put there. */
class ServerReadsSummariesTest {
  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void serversReadOurSummaries(int major) throws Exception {
    try (Cluster cluster = Cluster.of(PgInstall.embedded(major)).archiving().start();
        Scratch scratch = Scratch.create()) {
      EveryKindLoad.create(cluster);
      try (EveryKindLoad load = EveryKindLoad.start(cluster)) {
        Thread.sleep(3000);
        load.mustRun();
      }
      cluster.archiveWal();
      Path ours = Files.createDirectory(scratch.resolve("ours"));
      WalfmtCli.run("summarize", "--summary-dir=" + ours, cluster.archive().toString()).orFail();
      SummaryDirectory directory = new SummaryDirectory(ours);
      Path servers = cluster.data().resolve("pg_wal/summaries");
      for (SummaryName name : directory.list()) {
        Files.copy(ours.resolve(name.toString()), servers.resolve(name.toString()));
      }
      ServerUser.get().own(cluster.data());
      assertThat(cluster.sql().number("SELECT count(*) FROM pg_available_wal_summaries()"))
          .isEqualTo(directory.list().size());
      for (SummaryName name : directory.list()) {
        BlockChanges changes = new BlockChanges();
        directory.read(name, changes);
        assertThat(asServerTells(cluster, name))
            .isEqualTo(asWeTell(changes))
            .hasSizeGreaterThan(99);
      }
    }
  }

  private static List<String> asServerTells(Cluster cluster, SummaryName name) {
    String query =
        """
        SELECT concat_ws(' ', reltablespace, reldatabase, relfilenode, relforknumber,
                         relblocknumber, is_limit_block)
        FROM pg_wal_summary_contents(%s, '%s', '%s')
        ORDER BY reltablespace, reldatabase, relfilenode, relforknumber, is_limit_block DESC,
                 relblocknumber
        """
            .formatted(name.timeline(), name.start(), name.end());
    return cluster.sql().rows(query).stream()
        .map(row -> Objects.requireNonNull(row.get(0)))
        .toList();
  }

  private static List<String> asWeTell(BlockChanges changes) {
    List<String> lines = new ArrayList<>();
    for (ForkChanges fork : changes.sorted()) {
      String key =
          Integer.toUnsignedString(fork.tablespace())
              + " "
              + Integer.toUnsignedString(fork.database())
              + " "
              + Integer.toUnsignedString(fork.relation())
              + " "
              + fork.fork()
              + " ";
      if (fork.limit() != ForkChanges.NO_LIMIT) {
        lines.add(key + fork.limit() + " t");
      }
      fork.blocks().forEach((int block) -> lines.add(key + Integer.toUnsignedString(block) + " f"));
    }
    return lines;
  }
}
