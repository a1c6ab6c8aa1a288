package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/** Sound WAL that does not tell all: wal_level was minimal, or pg_resetwal was run. */
class UntoldChangesTest {
  private static final String LSN = "0/[0-9A-F]+";

  private static Cluster source(PgInstall install) {
    return Cluster.of(install)
        .segmentMegabytes(1)
        .archiving()
        .setting("autovacuum", "off")
        .setting("checkpoint_timeout", "1d")
        .setting("wal_keep_size", "1GB")
        .start()
        .run(
            "CREATE TABLE t AS SELECT g AS a, repeat('x', 1500) AS b"
                + " FROM generate_series(1, 20000) g",
            "VACUUM FREEZE t");
  }

  private static <E extends IOException> E refused(
      Class<E> type, Backups backups, BackupId parent) {
    E e =
        catchThrowableOfType(
            type, () -> backups.changesBy(ChangeSource.WAL).incremental(parent.text()));
    assertThat(e).as("refusal by the WAL").isNotNull();
    return e;
  }

  /** The next source is the page scan, and one line says why. */
  private static BackupId byPageScan(Backups backups, BackupId parent, String reason)
      throws IOException {
    BackupId id = backups.changesBy(ChangeSource.AUTO).incremental(parent.text()).id();
    assertThat(backups.infos())
        .filteredOn(line -> line.startsWith("changes by "))
        .singleElement()
        .asString()
        .startsWith("changes by page scan, since the WAL does not tell: ")
        .containsPattern(reason);
    return id;
  }

  /** A table that is filled in the transaction that made it is then not logged at all. */
  @ParameterizedTest
  @ValueSource(ints = {13, 16, 17, 18})
  void aMinimalWalLevelInBetween(int major) throws Exception {
    Strict.onlyFullUnless(major, 13, 18);
    try (Cluster source = source(PgInstall.embedded(major));
        Scratch scratch = Scratch.create()) {
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      source.run("DELETE FROM t WHERE a % 500 = 1");
      source.stop(Cluster.Stop.FAST);
      source
          .override("wal_level", "minimal")
          .override("max_wal_senders", "0")
          .override("archive_mode", "off")
          .start()
          .run(
              "DELETE FROM t WHERE a % 500 = 2",
              "BEGIN; CREATE TABLE untold (a int, b text); INSERT INTO untold SELECT * FROM t;"
                  + " COMMIT")
          .stop(Cluster.Stop.FAST);
      source
          .override("wal_level", "replica")
          .override("max_wal_senders", "10")
          .override("archive_mode", "on")
          .start()
          .run("DELETE FROM t WHERE a % 500 = 3");

      RefusedException e = refused(RefusedException.class, backups, full);
      assertThat(e.reason()).isEqualTo(Reason.PRECONDITION);
      assertThat(e.getMessage())
          .matches(
              "WAL from " + LSN + " to " + LSN + " was written with wal_level=minimal in part");
      assertThat(e.detail().orElseThrow())
          .matches(
              "such WAL does not tell all changes; a record tells so in WAL segment 00000001[0-9A-F]"
                  + "{16}, LSN "
                  + LSN
                  + ", offset [0-9]+");
      BackupId id =
          byPageScan(backups, full, "wal_level=minimal in part; .* in WAL segment 00000001");
      Path restored = Restores.restore(source.archive(), id, scratch.resolve("restored"));
      Restores.mustReplayToTheSource(source, restored, Options.masksAndTolerances());
    }
  }

  /** The segment with the shutdown checkpoint is gone; a higher one was begun. */
  @Test
  void walThatWasResetLeavesAGap() throws Exception {
    try (Cluster source = source(PgInstall.machine15())) {
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      source.run("DELETE FROM t WHERE a % 500 = 1");
      source.stop(Cluster.Stop.FAST);
      resetWal(source);
      source.start().run("DELETE FROM t WHERE a % 500 = 2");
      RefusedException e = refused(RefusedException.class, backups, full);
      assertThat(e.reason()).isEqualTo(Reason.INCOMPLETE);
      assertThat(e.getMessage()).matches("WAL segment 00000001[0-9A-F]{16} is missing");
      assertThat(e.detail().orElseThrow())
          .matches("the WAL from " + LSN + " to " + LSN + " is needed, it ends at " + LSN);
      byPageScan(backups, full, "WAL segment 00000001[0-9A-F]{16} is missing");
    }
  }

  /** The new WAL begins in the very segment that would come next. */
  @Test
  void walThatWasResetBreaksTheChainOfRecords() throws Exception {
    try (Cluster source = source(PgInstall.machine15())) {
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      source.run("DELETE FROM t WHERE a % 500 = 1", "CHECKPOINT");
      String last = source.archiveWal();
      source.stop(Cluster.Stop.IMMEDIATE);
      removeAfter(source.data().resolve("pg_wal"), last);
      resetWal(source);
      source.start().run("DELETE FROM t WHERE a % 500 = 2");
      CorruptWalException e = refused(CorruptWalException.class, backups, full);
      String fact = "record with incorrect prev-link 0/0, expected " + LSN;
      String next =
          last.substring(0, 16)
              + String.format("%08X", Integer.parseInt(last.substring(16), 16) + 1);
      assertThat(e.getMessage())
          .matches(
              fact
                  + " in WAL segment "
                  + next
                  + ", LSN "
                  + LSN
                  + ", offset 40; the WAL from "
                  + LSN
                  + " to "
                  + LSN
                  + " is needed");
      byPageScan(backups, full, fact + " in WAL segment " + next);
    }
  }

  private static void removeAfter(Path directory, String last) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.length() == last.length() && name.compareTo(last) > 0) {
          Files.delete(file);
        }
      }
    }
  }

  private static void resetWal(Cluster cluster) {
    Command.of(cluster.install().program("pg_resetwal"), "-f", "-D", cluster.data().toString())
        .asServerUser()
        .run()
        .orFail();
  }
}
