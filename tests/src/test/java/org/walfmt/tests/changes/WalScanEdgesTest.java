package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.Lsn;
import org.walfmt.series.BackupId;
import org.walfmt.summary.BlockChanges;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/** WAL that does not simply go on: other timelines, small segments, huge and broken records. */
class WalScanEdgesTest {
  private static final int MEGABYTE = 1 << 20;

  /** A cluster with tables t and u of 2000 pages each, on which nothing but the test works. */
  private static Cluster source(PgInstall install, int segmentMegabytes) {
    Cluster cluster =
        Cluster.of(install)
            .segmentMegabytes(segmentMegabytes)
            .archiving()
            .setting("autovacuum", "off")
            .setting("checkpoint_timeout", "1d")
            .setting("max_wal_size", "10GB")
            .setting("wal_keep_size", "1GB") // for the standby, which has no slot
            .start();
    for (String table : new String[] {"t", "u"}) {
      cluster.run(
          "CREATE TABLE " + table + " (a int, b text)",
          "INSERT INTO " + table + " SELECT g, repeat('x', 1500) FROM generate_series(1, 10000) g",
          "VACUUM FREEZE " + table);
    }
    return cluster;
  }

  private static String delete(String table, int remainder) {
    return "DELETE FROM " + table + " WHERE a % 500 = " + remainder;
  }

  @ParameterizedTest
  @ValueSource(ints = {13, 15, 18})
  void timelinesPartWithinASegment(int major) throws Exception {
    Strict.onlyFullUnless(major, 13, 18);
    try (Cluster primary = source(PgInstall.embedded(major), 16);
        Cluster standby = Cluster.standbyOf(primary).start()) {
      Path archive = primary.archive();
      Lsn start = ServersWal.checkpoint(primary);
      ServersWal before = ServersWal.of(primary, archive);
      int[] changed = before.blocksOf("t", "a % 500 IN (1, 2)");
      primary.run(delete("t", 1));
      standby.awaitReplay(primary.lsn());
      Lsn parting = standby.lsn();
      standby.promote();
      standby.run(delete("t", 2));
      primary.run(delete("u", 3));
      primary.archiveWal();
      primary.run(delete("u", 4));
      primary.archiveWal();
      Lsn end = ServersWal.checkpoint(standby);
      archiveInto(archive, standby);

      ServersWal both = ServersWal.of(standby, archive);
      ServersWal archived = ServersWal.archived(standby, archive);
      String shared = both.segment(parting);
      assertThat(shared).startsWith("00000002");
      String old = "00000001" + shared.substring(8);
      assertThat(archive.resolve(old)).as("what was abandoned").exists();
      standby.await("the partial segment", () -> Files.exists(archive.resolve(old + ".partial")));
      BlockChanges changes = archived.scan(start, end);
      assertThat(both.scan(start, end).sorted()).isEqualTo(changes.sorted());
      assertThat(archived.blocks(changes, "t")).containsExactly(changed);
      assertThat(archived.blocks(changes, "u")).as("of the abandoned rest").isEmpty();

      Files.move(archive.resolve(shared), archive.resolve("away"));
      assertThatThrownBy(() -> archived.scan(start, end))
          .as("neither the old timeline's segment nor its .partial stands for it")
          .hasMessage("WAL segment " + shared + " is missing");
    }
  }

  /** A promoted standby has the archive command of its primary. */
  private static void archiveInto(Path archive, Cluster standby) {
    String segment = standby.query("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
    standby.run("SELECT pg_switch_wal()");
    standby.await("segment " + segment, () -> Files.exists(archive.resolve(segment)));
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 17})
  void segmentsOfOneMegabyte(int major) throws Exception {
    Strict.onlyFullUnless(major, 17);
    try (Cluster source = source(PgInstall.embedded(major), 1);
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(source, source.archive()).changesBy(ChangeSource.WAL);
      backups.full();
      for (int i = 1; i <= 2; i++) {
        source.run(
            delete("t", i),
            "SELECT pg_logical_emit_message(false, 'test', repeat('m', 5000000))",
            "UPDATE u SET b = repeat('y', 1400) WHERE a < 2000",
            "SELECT pg_switch_wal()",
            "VACUUM u",
            "CREATE TABLE n" + i + " AS SELECT * FROM u LIMIT 1000",
            "CREATE INDEX ON n" + i + " (a)");
        backups.incremental("latest");
      }
      BackupId last = backups.incremental("latest").id();
      mustEqualTheSource(source, last, scratch);
    }
  }

  private static void mustEqualTheSource(Cluster source, BackupId backup, Scratch scratch)
      throws Exception {
    Path restored =
        Restores.restore(source.archive(), backup, scratch.resolve("restored-" + backup.text()));
    Restores.mustReplayToTheSource(source, restored, Options.masksAndTolerances());
  }

  private static String message(int megabytes) {
    return "SELECT pg_logical_emit_message(false, 'test', repeat('m', " + megabytes + " << 20))";
  }

  private static Outcome incrementalWithinLimits(Cluster source) {
    return WalfmtCli.run(
        "backup",
        "-A",
        source.archive().toString(),
        "-c",
        "fast",
        "-w",
        "-h",
        "127.0.0.1",
        "-p",
        "" + source.port(),
        "-U",
        "postgres",
        "--incremental",
        "--changes=wal");
  }

  /**
   * A checkpoint waits for a record that is being inserted, so no backup starts within one; but one
   * can be asked to while a record of 300 MB is written.
   */
  @Test
  void recordsOf300MegabytesTakeNoMemory() throws Exception {
    try (Cluster source = source(PgInstall.machine15(), 16);
        Scratch scratch = Scratch.create()) {
      BackupId full = new Backups(source, source.archive()).full().id();
      source.run(delete("t", 1), message(300), delete("t", 2));
      incrementalWithinLimits(source).orFail();
      source.run(delete("t", 3));
      long before = segments(source);
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(() -> source.run(message(300), delete("u", 4)));
      source.await("the message", () -> segments(source) > before + 2);
      incrementalWithinLimits(source).orFail();
      writing.get(2, TimeUnit.MINUTES);
      source.run(delete("u", 5));
      incrementalWithinLimits(source).orFail();
      BackupId last =
          new Backups(source, source.archive())
              .changesBy(ChangeSource.WAL)
              .incremental("latest")
              .id();
      assertThat(last).isNotEqualTo(full);
      mustEqualTheSource(source, last, scratch);
    }
  }

  @Test
  void aRangeBeginsAndEndsWithinALongRecord() throws Exception {
    try (Cluster source = source(PgInstall.machine15(), 16)) {
      Lsn start = ServersWal.checkpoint(source);
      source.run(message(300), delete("t", 2));
      ServersWal wal = ServersWal.of(source, source.archive());
      int[] changed = wal.blocksOf("u", "a % 500 = 3");
      source.run(delete("u", 3));
      Lsn end = ServersWal.checkpoint(source);
      Lsn first = wal.longRecord(start, 300 * MEGABYTE);
      Lsn within = new Lsn(first.value() + 150L * MEGABYTE & -8192);
      BlockChanges after = wal.scan(wal.next(first), end);
      assertThat(wal.blocks(after, "u")).containsExactly(changed);
      assertThat(wal.scan(within, end).sorted())
          .as("from a page within the record on")
          .isEqualTo(after.sorted());
      assertThatThrownBy(() -> wal.scan(start, within))
          .isInstanceOf(CorruptWalException.class)
          .hasMessageContaining("no record begins at " + within);
    }
  }

  /** The server dies while it writes a long record, and begins another in its place. */
  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void aRecordIsOverwritten(int major) throws Exception {
    Strict.onlyFullUnless(major, 18);
    try (Cluster source = source(PgInstall.embedded(major), 16);
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(source, source.archive()).changesBy(ChangeSource.WAL);
      backups.full();
      Lsn start = ServersWal.checkpoint(source);
      source.run(delete("t", 1));
      dieWithinARecord(source);
      source.start();
      source.run(delete("t", 2), delete("u", 3));
      ServersWal wal = ServersWal.of(source, source.archive());
      assertThat(wal.overwritten(start)).as("an overwritten record").isPresent();
      BackupId id = backups.incremental("latest").id();
      mustEqualTheSource(source, id, scratch);
    }
  }

  private static void dieWithinARecord(Cluster source) throws Exception {
    long before = segments(source);
    CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> source.run(message(600)));
    source.await("the message", () -> segments(source) > before + 4);
    source.stop(Cluster.Stop.IMMEDIATE);
    assertThatThrownBy(() -> writing.get(2, TimeUnit.MINUTES)).hasMessageContaining("cannot run");
  }

  private static long segments(Cluster source) {
    try (Stream<Path> files = Files.list(source.data().resolve("pg_wal"))) {
      return files.filter(file -> file.getFileName().toString().length() == 24).count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
