package org.walfmt.tests.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;

/** What stands in the way of a backup from a standby. */
class StandbyFailuresTest {
  @Test
  void aStandbysBackupIsRefusedWhereItWouldNotBeOne() throws Exception {
    try (Cluster primary =
            Cluster.of(PgInstall.machine15())
                .archiving()
                .setting("autovacuum", "off")
                .setting("full_page_writes", "off")
                .setting("wal_keep_size", "1GB")
                .start();
        Cluster standby = Cluster.standbyOf(primary).start()) {
      primary.run("CREATE TABLE t AS SELECT generate_series(1, 1000) AS a", "CHECKPOINT");
      standby.awaitReplay(primary.lsn());
      RefusedException torn =
          catchThrowableOfType(RefusedException.class, () -> backups(primary, standby).full());
      assertThat(torn).isNotNull();
      assertThat(torn.reason()).isEqualTo(Reason.PRECONDITION);
      assertThat(torn.getMessage()).contains("full_page_writes=off");
      assertThat(torn.hint()).isPresent();
      Archives.mustBeAsBefore(primary.archive(), List.of(), standby);

      primary.configure(Map.of("full_page_writes", "on")).reload().run("CHECKPOINT", "CHECKPOINT");
      standby.awaitReplay(primary.lsn());
      standby.run("CHECKPOINT");
      promotedInTheMiddle(primary, standby);
      afterThePromotion(primary, standby);
    }
  }

  private static Backups backups(Cluster primary, Cluster standby) {
    return new Backups(standby, primary.archive());
  }

  private static void promotedInTheMiddle(Cluster primary, Cluster standby) throws Exception {
    RefusedException promoted =
        catchThrowableOfType(
            RefusedException.class,
            () -> backups(primary, standby).whileReading(standby::promote).full());
    assertThat(promoted).isNotNull();
    assertThat(promoted.reason()).isEqualTo(Reason.PRECONDITION);
    assertThat(promoted.getMessage())
        .startsWith("stopping the backup failed: ")
        .contains("promoted");
    Archives.mustBeAsBefore(primary.archive(), List.of(), standby);
  }

  /** A history file that nobody will ever archive, as from before archive_mode was on. */
  private static void afterThePromotion(Cluster primary, Cluster standby) throws Exception {
    standby.await(
        "the archived history file",
        () -> Files.exists(primary.archive().resolve("00000002.history")));
    standby.run("CHECKPOINT");
    Files.delete(primary.archive().resolve("00000002.history"));
    backups(primary, standby).full();
    assertThat(primary.archive().resolve("00000002.history")).exists();
  }
}
