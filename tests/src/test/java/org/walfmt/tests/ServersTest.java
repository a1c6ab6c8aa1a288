package org.walfmt.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.Lsn;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.EachMajor;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;

/** The kit's servers are what they are asked to be; without that no other test means much. */
class ServersTest {

  @EachMajor
  void aServerIsOfItsMajor(PgInstall install) {
    try (Cluster cluster = Cluster.of(install).start()) {
      assertThat(cluster.query("SELECT version()"))
          .startsWith("PostgreSQL " + install.major() + ".");
      assertThat(cluster.log()).contains("ready to accept connections");
    }
  }

  @ParameterizedTest
  @CsvSource({"13, 1, true", "14, 64, false", "15, 1, false", "16, 64, true", "17, 1, true"})
  void aClusterHasTheOptionsAskedFor(int major, int megabytes, boolean checksums) {
    checkOptions(PgInstall.embedded(major), megabytes, checksums);
  }

  @ParameterizedTest
  @CsvSource({"1, true", "64, false"})
  void checksumsCanBeSwitchedOffWhereTheyAreTheDefault(int megabytes, boolean checksums) {
    checkOptions(PgInstall.embedded(18), megabytes, checksums);
  }

  @EachMajor
  void aStandbyFollowsUntilItIsPromoted(PgInstall install) {
    try (Cluster primary = Cluster.of(install).start();
        Cluster standby = Cluster.standbyOf(primary)) {
      standby.start();
      primary.run("CREATE TABLE t AS SELECT generate_series(1, 1000) AS i");
      Lsn end = primary.lsn();
      assertThat(standby.awaitReplay(end).query("SELECT count(*) FROM t")).isEqualTo("1000");
      primary.stop(Cluster.Stop.FAST);
      standby.promote().run("INSERT INTO t VALUES (0)");
      assertThat(standby.query("SELECT count(*) FROM t")).isEqualTo("1001");
    }
  }

  @Test
  void walIsArchivedWholeAndOnce() throws Exception {
    try (Cluster cluster = Cluster.of(PgInstall.embedded(17)).archiving().start()) {
      String segment = cluster.archiveWal();
      assertThat(Files.size(cluster.archive().resolve(segment))).isEqualTo(16 << 20);
      assertThat(cluster.query("SELECT failed_count FROM pg_stat_archiver")).isEqualTo("0");
    }
  }

  @Test
  void aCopiedDirectoryIsAdopted() {
    try (Scratch scratch = Scratch.create();
        Cluster source = Cluster.of(PgInstall.machine15()).setting("autovacuum", "off").start()) {
      Path space = source.newDirectory("space");
      Path copiedSpace = scratch.resolve("space");
      source.run(
          "CREATE TABLESPACE s LOCATION '" + space + "'",
          "CREATE TABLE t TABLESPACE s AS SELECT generate_series(1, 1000) AS i");
      PgTools tools = PgTools.get();
      Path copy = scratch.resolve("copy");
      tools.baseBackup(source, copy, "-T", space + "=" + copiedSpace).orFail();
      tools.verifyBackup(copy.toString()).orFail();
      tools.checksums("--check", "-D", copy.toString());
      try (Cluster adopted = Cluster.adopt(source.install(), copy)) {
        adopted.configure(Map.of("work_mem", "1MB")).start();
        assertThat(adopted.query("SELECT sum(i) FROM t")).isEqualTo("500500");
        tools.amcheck(adopted, "--heapallindexed").orFail();
        assertThat(tools.psql(adopted, "postgres", "SHOW work_mem").orFail().out())
            .isEqualTo("1MB\n");
      }
    }
  }

  private static void checkOptions(PgInstall install, int megabytes, boolean checksums) {
    try (Cluster cluster =
        Cluster.of(install).segmentMegabytes(megabytes).checksums(checksums).start()) {
      assertThat(cluster.query("SHOW wal_segment_size")).isEqualTo(megabytes + "MB");
      assertThat(cluster.query("SHOW data_checksums")).isEqualTo(checksums ? "on" : "off");
    }
  }
}
