package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.summary.SummaryName;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.EveryKindLoad;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.EachMajor;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.summaries.SummarizeOptions;
import org.walfmt.writer.summaries.Summarizer;
import org.walfmt.writer.summaries.SummaryDirectory;

/** Which change source is taken, and what becomes of one that cannot tell. */
class ChangeChoiceTest {
  private static final String ROWS =
      " AS SELECT g AS a, repeat('x', 300) AS b FROM generate_series(1, 20000) g";

  private static void awaitSummarizer(Cluster cluster) throws Exception {
    cluster.run("CHECKPOINT");
    String lsn = cluster.query("SELECT redo_lsn FROM pg_control_checkpoint()");
    cluster.await(
        "the summarizer",
        () ->
            cluster
                .query("SELECT summarized_lsn >= '" + lsn + "' FROM pg_get_wal_summarizer_state()")
                .equals("t"));
  }

  private static void flip(Path file, long offset) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      one.put(0, (byte) (one.get(0) ^ 1));
      channel.write(one.rewind(), offset);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void autoTakesTheServersSummariesAndGoesOnToTheNextSourceWithoutThem(int major) throws Exception {
    try (Cluster cluster =
            Cluster.of(PgInstall.embedded(major))
                .setting("summarize_wal", "on")
                .archiving()
                .start();
        Scratch scratch = Scratch.create()) {
      cluster.run("CREATE TABLE t" + ROWS);
      Backups backups = new Backups(cluster, cluster.archive());
      BackupReport full = backups.full();
      for (int i = 0; i < 3; i++) {
        cluster.run("UPDATE t SET a = -a WHERE a % 1000 = " + i);
        awaitSummarizer(cluster);
      }
      cluster.run("UPDATE t SET a = -a WHERE a % 1000 = 7");
      backups.changesBy(ChangeSource.AUTO);
      BackupReport bySummaries = backups.incremental(full.id().text());
      assertThat(bySummaries.changeSource()).contains("summaries");
      assertThat(backups.infos()).anyMatch(line -> line.startsWith("changes by WAL summaries: "));
      Path target = scratch.resolve("data");
      Restores.restore(cluster.archive(), bySummaries.id(), target, options -> options);
      Restores.mustReplayToTheSource(cluster, target, Options.masksAndTolerances());

      SummaryDirectory summaries = new SummaryDirectory(cluster.data().resolve("pg_wal/summaries"));
      List<SummaryName> names =
          summaries.list().stream().filter(n -> n.start().isAfter(full.startLsn())).toList();
      Path middle = summaries.path().resolve(names.get(0).toString());
      flip(middle, Files.size(middle) - 1);
      backups.changesBy(ChangeSource.SUMMARIES);
      assertThatThrownBy(() -> backups.incremental(full.id().text()))
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining(names.get(0).toString())
          .hasMessageContaining("has CRC");
      backups.changesBy(ChangeSource.AUTO);
      assertThat(backups.incremental(full.id().text()).changeSource()).contains("wal");
      assertThat(backups.infos())
          .anyMatch(line -> line.contains("since WAL summaries do not tell"));

      Files.delete(middle);
      backups.changesBy(ChangeSource.SUMMARIES);
      assertThatThrownBy(() -> backups.incremental(full.id().text()))
          .isInstanceOf(RefusedException.class)
          .hasMessage(
              "no WAL summary covers %s to %s".formatted(names.get(0).start(), names.get(0).end()));
    }
  }

  @EachMajor
  void anAuditOfASoundServerFindsNothing(PgInstall install) throws Exception {
    Strict.onlyFullUnless(install.major(), 13, 17);
    try (Cluster cluster =
            Cluster.of(install).checksums(true).setting("autovacuum", "off").archiving().start();
        Scratch scratch = Scratch.create()) {
      boolean summarizes = install.major() >= 17;
      if (summarizes) {
        cluster.run("ALTER SYSTEM SET summarize_wal = on", "SELECT pg_reload_conf()");
      }
      EveryKindLoad.create(cluster);
      Backups backups = new Backups(cluster, cluster.archive());
      backups.full();
      backups.changesBy(ChangeSource.AUDIT);
      BackupReport audit;
      try (EveryKindLoad load = EveryKindLoad.start(cluster)) {
        Thread.sleep(2000);
        audit = backups.incremental("latest");
        load.mustRun();
      }
      assertThat(backups.warnings()).isEmpty();
      assertThat(audit.disagreements()).isZero();
      assertThat(audit.changeSource()).contains("audit");
      assertThat(backups.infos())
          .anyMatch(line -> line.startsWith("changes by page scan, compared with the WAL"));
      Path target = scratch.resolve("data");
      Restores.restore(cluster.archive(), audit.id(), target, options -> options);
      Restores.mustReplayToTheSource(cluster, target, Options.masksAndTolerances());
    }
  }

  /** One summary spans the parent's start, and names what changed before. */
  @Test
  void anAuditDoesNotTakeWhatChangedBeforeTheParentForADisagreement() throws Exception {
    try (Cluster cluster =
            Cluster.of(PgInstall.machine15()).setting("autovacuum", "off").archiving().start();
        Scratch scratch = Scratch.create()) {
      cluster.run("CREATE TABLE t" + ROWS, "CREATE TABLE idle" + ROWS);
      Backups backups = new Backups(cluster, cluster.archive());
      Lsn start = backups.full().startLsn();
      cluster.run("UPDATE idle SET a = -a WHERE a % 1000 = 1");
      BackupReport parent = backups.incremental("latest");
      cluster.run("UPDATE t SET a = -a WHERE a % 1000 = 1");
      cluster.archiveWal();
      Path summaries = scratch.serverDirectory("summaries");
      SummarizeOptions options =
          new SummarizeOptions(
              summaries,
              List.of(cluster.archive()),
              Optional.of(start),
              Optional.empty(),
              Optional.empty(),
              false,
              1);
      assertThat(new Summarizer(options, new QuietMonitor()).run().files()).isEqualTo(1);
      backups.changesBy(ChangeSource.AUDIT).summariesIn(summaries);
      BackupReport audit = backups.incremental(parent.id().text());
      assertThat(backups.infos())
          .anyMatch(line -> line.contains("compared with the WAL and 1 WAL"));
      assertThat(backups.warnings()).isEmpty();
      assertThat(audit.disagreements()).isZero();
    }
  }

  /** The record names a page whose LSN it leaves as it is. */
  @Test
  void anAuditWithoutChecksumsLetsVacuumMarkPages() throws Exception {
    try (Cluster cluster =
        Cluster.of(PgInstall.machine15())
            .checksums(false)
            .setting("autovacuum", "off")
            .archiving()
            .start()) {
      cluster.run("CREATE TABLE t" + ROWS);
      Backups backups = new Backups(cluster, cluster.archive());
      BackupReport full = backups.full();
      cluster.run("VACUUM t");
      backups.changesBy(ChangeSource.AUDIT);
      assertThat(backups.incremental(full.id().text()).disagreements()).isZero();
      assertThat(backups.warnings()).isEmpty();
      assertThat(backups.infos())
          .anyMatch(
              line -> line.startsWith("a block that the WAL names may have an older page LSN"));
    }
  }

  /** VACUUM of a page behind a bucket's first one names that, and does not change it. */
  @EachMajor
  void anAuditLetsVacuumNameTheFirstPagesOfBuckets(PgInstall install) throws Exception {
    Strict.onlyFullUnless(install.major(), 13, 17);
    try (Cluster cluster =
        Cluster.of(install).checksums(true).setting("autovacuum", "off").archiving().start()) {
      cluster.run(
          "CREATE TABLE t AS SELECT 7 AS a, g AS b FROM generate_series(1, 5000) g",
          "CREATE INDEX h ON t USING hash (a)");
      Backups backups = new Backups(cluster, cluster.archive());
      BackupReport full = backups.full();
      cluster.run("DELETE FROM t WHERE b BETWEEN 2000 AND 2010", "VACUUM t");
      backups.changesBy(ChangeSource.AUDIT);
      BackupReport audit = backups.incremental(full.id().text());
      assertThat(backups.warnings()).isEmpty();
      assertThat(audit.disagreements()).isZero();
    }
  }

  /** A write that the storage lost, as after a rollback of a snapshot: only the WAL knows of it. */
  @Test
  void anAuditFindsAWriteThatWasLost() throws Exception {
    try (Cluster cluster =
        Cluster.of(PgInstall.machine15())
            .checksums(true)
            .setting("autovacuum", "off")
            .archiving()
            .start()) {
      cluster.run("CREATE TABLE t" + ROWS, "CHECKPOINT");
      Path file = cluster.data().resolve(cluster.query("SELECT pg_relation_filepath('t')"));
      Backups backups = new Backups(cluster, cluster.archive());
      BackupReport full = backups.full();
      byte[] before = Files.readAllBytes(file);
      cluster.run("UPDATE t SET a = -a WHERE a % 5000 = 1", "CHECKPOINT");
      Lsn moved = Lsn.parse(cluster.query("SELECT pg_current_wal_lsn()"));
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(before, 0, 8192), 0);
      }
      backups.changesBy(ChangeSource.AUDIT);
      BackupReport audit = backups.incremental(full.id().text());
      assertThat(audit.disagreements()).isEqualTo(1);
      assertThat(audit.startLsn()).isGreaterThan(moved);
      assertThat(backups.warnings())
          .singleElement()
          .asString()
          .contains("block 0: WAL names the block, but page LSN");
    }
  }
}
