package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.ForkNumber;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;

/**
 * Rules 3 and 5 on a server without checksums. VACUUM marks pages all-visible without moving their
 * LSN: the heap's old pages and the map's new ones would contradict each other, and index-only
 * scans would find rows deleted after that.
 */
class VisibilityMapTest {
  private static final String TABLE =
      "CREATE TABLE %1$s AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 2000) g";

  @Test
  void withoutHintsInTheWalVisibilityMapsAreLeftOut() throws Exception {
    try (Cluster source = cluster(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      theyAreLeftOutAndTakenByTheWal(source, scratch);
      withHintsInTheWalTheyAreTaken(source, scratch);
      afterChecksumsWereEnabledNoIncrementalIsTaken(source);
    }
  }

  static Stream<PgInstall> others() {
    Stream<Integer> majors = Strict.full() ? Stream.of(13, 14, 16, 17, 18) : Stream.of(13, 18);
    return majors.map(PgInstall::embedded);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void soTheyAreOnOtherMajors(PgInstall install) throws Exception {
    try (Cluster source = cluster(install);
        Scratch scratch = Scratch.create()) {
      theyAreLeftOutAndTakenByTheWal(source, scratch);
    }
  }

  private static Cluster cluster(PgInstall install) {
    return Cluster.of(install).checksums(false).archiving().setting("autovacuum", "off").start();
  }

  private static void theyAreLeftOutAndTakenByTheWal(Cluster source, Scratch scratch)
      throws Exception {
    source.run("CREATE EXTENSION pageinspect", "CREATE EXTENSION pg_visibility");
    table(source, "without");
    Backups backups = new Backups(source, source.archive());
    BackupReport full = backups.full();
    assertThat(backups.warnings()).isEmpty();
    source.run("VACUUM without", "CHECKPOINT");
    assertThat(heapLsn(source, "without"))
        .as("LSN of a page that VACUUM changed")
        .isLessThan(full.startLsn());

    BackupId id = backups.incremental("latest").id();
    mustAnswerRightAfterADelete(source, id, scratch.resolve("without"), "without");
    assertThat(backups.warnings())
        .containsExactly(
            "visibility maps are left out, since data checksums are off and wal_log_hints may have been: VACUUM"
                + " makes them anew");
    mustStayWithoutThem(source, id, scratch);
    BackupId byWal = backups.changesBy(ChangeSource.WAL).incremental(full.id().text()).id();
    assertThat(backups.warnings()).as("the WAL names pages that VACUUM marked").hasSize(1);
    long relation = source.sql().number("SELECT pg_relation_filenode('without')");
    assertThat(SeriesContents.of(source.archive(), byWal).blocks(relation, ForkNumber.VM))
        .hasSize(1);
    mustAnswerRightAfterADelete(source, byWal, scratch.resolve("by-wal"), "without");
  }

  /** What the scan did not see, WAL since then does not tell: maps must not come back. */
  private static void mustStayWithoutThem(Cluster source, BackupId without, Scratch scratch)
      throws Exception {
    Backups backups = new Backups(source, source.archive());
    BackupId child = backups.changesBy(ChangeSource.WAL).incremental(without.text()).id();
    assertThat(backups.warnings())
        .containsExactly(
            "visibility maps are left out, since the parent was taken without them: VACUUM makes"
                + " them anew");
    mustAnswerRightAfterADelete(source, child, scratch.resolve("child"), "without");
    BackupId grandchild = backups.changesBy(ChangeSource.AUDIT).incremental(child.text()).id();
    assertThat(backups.warnings()).hasSize(2);
    mustAnswerRightAfterADelete(source, grandchild, scratch.resolve("grandchild"), "without");
  }

  private static void table(Cluster source, String name) {
    source.run(TABLE.formatted(name), "CREATE INDEX ON " + name + " (a)", "CHECKPOINT");
  }

  private static Lsn heapLsn(Cluster cluster, String table) {
    return Lsn.parse(
        cluster.query("SELECT lsn FROM page_header(get_raw_page('" + table + "', 0))"));
  }

  private static void mustAnswerRightAfterADelete(
      Cluster source, BackupId id, Path target, String table) throws Exception {
    Restores.restore(source.archive(), id, target);
    try (Cluster restored = Restores.startAndOpen(source.install(), target)) {
      restored.run(
          "DELETE FROM " + table + " WHERE a % 20 = 0",
          "ALTER DATABASE postgres SET enable_seqscan = off",
          "ALTER DATABASE postgres SET enable_bitmapscan = off");
      String count = "SELECT count(a) FROM " + table + " WHERE a > 0";
      assertThat(restored.sql().rows("EXPLAIN (COSTS OFF) " + count).toString())
          .contains("Index Only Scan");
      assertThat(restored.query(count)).isEqualTo("1900");
      assertThat(restored.query("SELECT count(*) FROM pg_check_visible('" + table + "')"))
          .isEqualTo("0");
    }
  }

  private static void withHintsInTheWalTheyAreTaken(Cluster source, Scratch scratch)
      throws Exception {
    source.configure(Map.of("wal_log_hints", "on")).restart();
    Thread.sleep(1500); // the server's start counts in whole seconds
    table(source, "with_hints");
    Backups backups = new Backups(source, source.archive());
    Lsn reference = backups.full().startLsn();
    source.run("VACUUM with_hints", "CHECKPOINT");
    assertThat(heapLsn(source, "with_hints")).isGreaterThan(reference);
    BackupId id = backups.incremental("latest").id();
    assertThat(backups.warnings()).isEmpty();
    long relation = source.sql().number("SELECT pg_relation_filenode('with_hints')");
    assertThat(SeriesContents.of(source.archive(), id).blocks(relation, ForkNumber.VM)).hasSize(1);
    mustAnswerRightAfterADelete(source, id, scratch.resolve("with"), "with_hints");

    source.configure(Map.of("wal_log_hints", "off")).restart();
    backups.incremental("latest");
    assertThat(backups.warnings()).as("off now, though on at the parent").hasSize(1);
  }

  /** Rule 5: pg_checksums writes every page and moves no LSN. */
  private static void afterChecksumsWereEnabledNoIncrementalIsTaken(Cluster source)
      throws Exception {
    source.stop(Cluster.Stop.FAST);
    PgTools.get()
        .command("pg_checksums", List.of("--enable", "-D", source.data().toString()))
        .as(ServerUser.get())
        .run()
        .orFail();
    source.start();
    Backups backups = new Backups(source, source.archive());
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> backups.incremental("latest"));
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(e.getMessage()).contains("was taken with data checksums off");
    assertThat(e.detail()).contains("they are on now");
    assertThat(backups.full().totals().damagedPages()).isZero();
    assertThat(backups.incremental("latest").totals().damagedPages()).isZero();
  }
}
