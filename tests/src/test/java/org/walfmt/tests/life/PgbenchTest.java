package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.ReplayTo;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.writer.changes.ChangeSource;

/**
 * A bank that never closes: a full backup and incrementals while pgbench runs. Each is judged by
 * PostgreSQL's own tools, compared block by block with a {@code pg_basebackup} of the same moment
 * after both were replayed to one LSN, and started, where it must have the source's rows of that
 * LSN. The incrementals find their changes in the WAL and by a page scan in turn.
 */
class PgbenchTest {
  private static final int SCALE = Strict.full() ? 50 : 5;
  private static final int INCREMENTALS = Strict.full() ? 5 : 3;
  private static final int LOAD_MILLIS = Strict.full() ? 5000 : 1500;

  private final PgTools tools = PgTools.get();
  private final PgInstall install = PgInstall.machine15();

  @Test
  void everyBackupUnderLoadRestoresToWhatTheServerHad() throws Exception {
    try (Cluster source =
            Cluster.of(install).archiving().setting("shared_buffers", "64MB").start();
        Scratch scratch = Scratch.create()) {
      source.run("CREATE EXTENSION pg_buffercache", "CREATE EXTENSION amcheck");
      tools.pgbench(source, "-i", "-q", "-s", Integer.toString(SCALE)).orFail();
      Backups backups = new Backups(source, source.archive());
      try (Command.Running load =
          tools.pgbenchCommand(source, "-n", "-c", "2", "-T", "3600").start()) {
        Thread.sleep(LOAD_MILLIS);
        mustRestore(source, backups.full().id(), scratch);
        for (int i = 0; i < INCREMENTALS; i++) {
          Thread.sleep(LOAD_MILLIS);
          backups.changesBy(i % 2 == 0 ? ChangeSource.WAL : ChangeSource.SCAN);
          mustRestore(source, backups.incremental("latest").id(), scratch);
        }
        assertThat(load.process().isAlive()).as(load.err()).isTrue();
      }
    }
  }

  private void mustRestore(Cluster source, BackupId id, Scratch scratch)
      throws IOException, SQLException {
    Path base = scratch.resolve("base");
    tools.baseBackup(source, base, "-X", "none").orFail();
    BankSums.AtLsn expected = BankSums.mark(source);
    Path restored = scratch.resolve("restored");
    Restores.restore(
        source.archive(),
        id,
        restored,
        options -> options.recovery(Restores.promoteBefore(expected.lsn())));
    tools.verifyBackup("-w", source.archive().toString(), restored.toString()).orFail();
    mustEqualBase(source, base, restored, expected);
    mustServe(restored, expected.sums());
    PathUtils.deleteDirectory(base);
    PathUtils.deleteDirectory(restored);
  }

  private void mustEqualBase(Cluster source, Path base, Path restored, BankSums.AtLsn expected)
      throws IOException, SQLException {
    Path archive = source.archive();
    assertThat(ReplayTo.replay(install, restored, archive, expected.lsn()))
        .isEqualTo(ReplayTo.replay(install, base, archive, expected.lsn()));
    Restores.mustEqual(source, base, restored, Options.masksAndTolerances());
    tools.checksums("--check", "-D", restored.toString()).orFail();
  }

  /** Started with what the restore configured, not with what the comparison overrode. */
  private void mustServe(Path restored, BankSums expected) throws SQLException {
    try (Cluster cluster = Restores.startAndOpen(install, restored)) {
      BankSums sums = BankSums.of(cluster);
      assertThat(sums).isEqualTo(expected);
      sums.mustBalance();
      tools.amcheck(cluster, "--heapallindexed").orFail();
      cluster.stop(Cluster.Stop.FAST);
    }
    tools.checksums("--check", "-D", restored.toString()).orFail();
  }
}
