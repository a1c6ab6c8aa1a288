package org.walfmt.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.tests.apply.Standbys;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.kit.WalfmtCli;

/** Whatever kills an apply, the next run makes of the standby what an undisturbed one does. */
class KilledApplyTest {
  private static final long SEED = 20261125;
  private static final int KILLS = Strict.full() ? 30 : 6;

  @Test
  void isFinishedByTheNextRunSeed20261125() throws Exception {
    try (Cluster primary =
            Cluster.of(PgInstall.machine15())
                .segmentMegabytes(1)
                .archiving()
                .setting("autovacuum", "off")
                .setting("wal_keep_size", "0")
                .start();
        Cluster standby = Standbys.streaming(primary);
        Scratch scratch = Scratch.create()) {
      PgTools.get().pgbench(primary, "-i", "-q", "-s", "2").orFail();
      Backups backups = new Backups(primary, primary.archive());
      backups.full();
      Standbys.catchUp(primary, standby);
      standby.stop(Cluster.Stop.FAST);
      primary.run("UPDATE pgbench_accounts SET abalance = 1 WHERE aid % 40 = 0");
      backups.incremental("latest");
      primary.run(
          "CREATE TABLE more AS SELECT * FROM pgbench_accounts", "DROP TABLE pgbench_history");
      backups.incremental("latest");

      Path expected = copy(standby.data(), scratch.resolve("expected"));
      Killer killer = new Killer(SEED, Killer.lifeMillis(apply(primary, expected)));
      Map<String, Integer> wanted = contents(expected);
      Path target = scratch.resolve("target");
      for (int i = 0; i < KILLS; i++) {
        copy(standby.data(), target);
        for (int kills = i % 3; kills >= 0; kills--) {
          killer.kill(apply(primary, target));
          mustBeStartableOnlyWhenWhole(standby, target, wanted);
        }
        apply(primary, target).run().orFail();
        assertThat(contents(target)).isEqualTo(wanted);
      }
      apply(primary, standby.data()).run().orFail();
      assertThat(contents(standby.data())).isEqualTo(wanted);
      Standbys.mustStreamAndEqual(primary, standby);
    }
  }

  private static Command apply(Cluster primary, Path target) {
    return WalfmtCli.command("apply", "-A", primary.archive().toString(), "-D", target.toString());
  }

  private static Path copy(Path standby, Path target) {
    Command.of(Path.of("/bin/rm"), "-rf", target.toString()).run().orFail();
    Command.of(Path.of("/bin/cp"), "-a", standby.toString(), target.toString()).run().orFail();
    return target;
  }

  /** Either nothing has been changed, or everything; else there is no control file. */
  private static void mustBeStartableOnlyWhenWhole(
      Cluster standby, Path target, Map<String, Integer> wanted) throws IOException {
    if (Files.exists(target.resolve("global/pg_control"))) {
      boolean isNew = Files.exists(target.resolve("backup_label"));
      Map<String, Integer> found = contents(target);
      found.keySet().removeIf(path -> path.contains("walfmt_apply") || path.endsWith(".before"));
      assertThat(found).isEqualTo(isNew ? wanted : contents(standby.data()));
    } else {
      try (Cluster cluster = Cluster.adopt(standby.install(), target)) {
        Outcome start = cluster.tryStart();
        assertThat(start.status()).as(start.toString()).isNotZero();
      }
    }
  }

  private static Map<String, Integer> contents(Path directory) throws IOException {
    Map<String, Integer> contents = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.toList()) {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          contents.put(
              directory.relativize(path).toString(), Arrays.hashCode(Files.readAllBytes(path)));
        }
      }
    }
    return contents;
  }
}
