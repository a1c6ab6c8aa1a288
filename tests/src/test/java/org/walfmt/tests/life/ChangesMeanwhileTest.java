package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.Verifier;
import org.walfmt.replayer.VerifyOptions;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.writer.changes.ChangeSource;

/**
 * Databases, tablespaces and tables come and go in the midst of a backup, after their files were
 * read and before the directories are listed.
 */
class ChangesMeanwhileTest {
  private static final String ROWS =
      " AS SELECT g AS a, repeat('x', 200) AS b FROM" + " generate_series(1, 5000) g";

  /** Nothing is read after the tablespace with the highest OID. */
  private static void create(Cluster source) {
    Path last = source.newDirectory("last");
    Path gone = source.newDirectory("gone");
    source.run(
        "CREATE DATABASE gone_database",
        "CREATE TABLESPACE gone LOCATION '" + gone + "'",
        "CREATE TABLESPACE last LOCATION '" + last + "'",
        "CREATE TABLE in_gone TABLESPACE gone" + ROWS,
        "CREATE TABLE gone_table" + ROWS,
        "CREATE TABLE truncated_table" + ROWS,
        "CREATE TABLE read_last TABLESPACE last AS SELECT g AS a, repeat('y', 500) AS b FROM"
            + " generate_series(1, 40000) g");
  }

  private static void change(Cluster source) {
    Path fresh = source.newDirectory("fresh");
    source.run(
        "DROP DATABASE gone_database",
        "DROP TABLE gone_table",
        "TRUNCATE truncated_table",
        "ALTER TABLE in_gone SET TABLESPACE pg_default",
        "DROP TABLESPACE gone",
        "CREATE TABLESPACE fresh LOCATION '" + fresh + "'",
        "CREATE DATABASE fresh_database",
        "CREATE TABLE fresh_table TABLESPACE fresh" + ROWS);
    source.sql("fresh_database").run("CREATE TABLE fresh_table" + ROWS);
  }

  private static long bytes(Cluster source) {
    return Long.parseLong(
        source.query("SELECT sum(pg_tablespace_size(oid))::bigint FROM pg_tablespace"));
  }

  @ParameterizedTest
  @EnumSource(
      value = ChangeSource.class,
      names = {"SCAN", "WAL"})
  void isAsOnTheSourceInAnIncremental(ChangeSource changes) throws Exception {
    isAsOnTheSource(Optional.of(changes));
  }

  @Test
  @Tag("full")
  void isAsOnTheSourceInAFull() throws Exception {
    isAsOnTheSource(Optional.empty());
  }

  private static void isAsOnTheSource(Optional<ChangeSource> changes) throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      create(source);
      Backups backups = new Backups(source, source.archive());
      if (changes.isPresent()) {
        backups.full();
        backups.changesBy(changes.get());
        source.run("UPDATE read_last SET a = a + 1");
      }
      boolean readsAll = changes.isEmpty() || changes.get() == ChangeSource.SCAN;
      long beforeTheEnd = readsAll ? bytes(source) - (10 << 20) : 30 << 20;
      backups.whenRead(beforeTheEnd, () -> change(source));
      BackupId id = (changes.isPresent() ? backups.incremental("latest") : backups.full()).id();
      assertThat(source.query("SELECT count(*) FROM fresh_table")).isEqualTo("5000");
      mustBeSound(source.archive(), id);

      Path fresh = source.newDirectory("new-fresh");
      Path last = source.newDirectory("new-last");
      Path target = scratch.resolve("data");
      Restores.restore(
          source.archive(),
          id,
          target,
          options ->
              options
                  .mapTablespace(source.data().resolveSibling("last"), last)
                  .mapTablespace(source.data().resolveSibling("fresh"), fresh));
      PgTools.get().verifyBackup("-w", source.archive().toString(), target.toString()).orFail();
      // CREATE DATABASE logs visibility maps as standard pages (RelationCopyStorageUsingBuffer in
      // bufmgr.c): what replay makes of them is empty, on any standby.
      Options options = Options.masksAndTolerances().without(ForkNumber.VM);
      Restores.mustReplayToTheSource(source, target, options);
      try (Cluster cluster = Restores.startAndOpen(source.install(), target)) {
        assertThat(cluster.sql("fresh_database").query("SELECT count(*) FROM fresh_table"))
            .isEqualTo("5000");
        assertThat(cluster.query("SELECT count(*) FROM read_last")).isEqualTo("40000");
        assertThat(cluster.query("SELECT count(*) FROM in_gone")).isEqualTo("5000");
        assertThat(cluster.query("SELECT count(*) FROM truncated_table")).isEqualTo("0");
        PgTools.get().amcheck(cluster, "--heapallindexed").orFail();
      }
    }
  }

  private static void mustBeSound(Path archive, BackupId id) throws Exception {
    DirectoryArchive opened = new DirectoryArchive(archive, "test");
    assertThat(
            new Verifier()
                .verify(VerifyOptions.of(opened, id.text()), new QuietMonitor())
                .findings())
        .isEmpty();
  }
}
