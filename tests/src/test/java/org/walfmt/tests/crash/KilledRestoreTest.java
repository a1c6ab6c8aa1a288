package org.walfmt.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;

/** Whatever kills a restore, nothing that looks restored is incomplete. */
class KilledRestoreTest {
  private static final long SEED = 20260802;

  @Test
  void leavesNothingThatLooksRestoredSeed20260802() throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.machine15()).segmentMegabytes(1).archiving().start();
        Scratch scratch = Scratch.create()) {
      PgTools.get().pgbench(source, "-i", "-q", "-s", "2").orFail();
      Backups backups = new Backups(source, source.archive());
      backups.full();
      source.run("UPDATE pgbench_accounts SET abalance = 1 WHERE aid % 40 = 0");
      BackupId newest = backups.incremental("latest").id();

      Path target = scratch.resolve("data");
      Killer killer = new Killer(SEED, Killer.lifeMillis(restore(source, target)));
      mustBeComplete(source, target);
      PathUtils.deleteDirectory(target);
      for (int i = 0; i < Killer.KILLS; i++) {
        if (i % 3 == 2) {
          Outcome outcome = killer.interrupt(restore(source, target));
          assertThat(outcome.status()).as(outcome.toString()).isIn(0, Killer.INTERRUPTED);
          assertThat(Files.exists(target)).as("%s", outcome).isEqualTo(outcome.status() == 0);
        } else {
          killer.kill(restore(source, target));
        }
        mustBeCompleteOrUseless(source, newest, target);
      }
      restore(source, target).run().orFail();
      mustServe(source, target);
    }
  }

  private static Command restore(Cluster source, Path target) {
    return WalfmtCli.command("restore", "-A", source.archive().toString(), "-D", target.toString());
  }

  private static void mustBeCompleteOrUseless(Cluster source, BackupId newest, Path target)
      throws IOException {
    if (Files.exists(target.resolve("global/pg_control"))) {
      mustBeComplete(source, target);
    } else if (Files.exists(target)) {
      try (Cluster cluster = Cluster.adopt(source.install(), target)) {
        Outcome start = cluster.tryStart();
        assertThat(start.status()).as(start.toString()).isNotZero();
      }
      RefusedException again =
          catchThrowableOfType(
              RefusedException.class, () -> Restores.restore(source.archive(), newest, target));
      assertThat(again).hasMessageContaining("is not empty");
    }
    if (Files.exists(target)) {
      PathUtils.deleteDirectory(target);
    }
  }

  private static void mustBeComplete(Cluster source, Path target) {
    PgTools.get().verifyBackup("-w", source.archive().toString(), target.toString()).orFail();
  }

  private static void mustServe(Cluster source, Path target) {
    try (Cluster cluster = Restores.startAndOpen(source.install(), target)) {
      assertThat(cluster.query("SELECT sum(abalance) FROM pgbench_accounts")).isEqualTo("5000");
    }
  }
}
