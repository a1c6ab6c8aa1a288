package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.walfmt.TimelineId;
import org.walfmt.series.BackupId;
import org.walfmt.summary.SummaryName;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.summaries.SummarizeOptions;
import org.walfmt.writer.summaries.Summarizer;
import org.walfmt.writer.summaries.SummaryDirectory;

/**
 * A promoted standby, and a parent that lies wholly before its switch: the summaries of both
 * timelines tell what changed. The primary has gone on for a while, which does not count.
 */
class SummariesAcrossTimelinesTest {
  private static final TimelineId FIRST = new TimelineId(1);
  private static final TimelineId SECOND = new TimelineId(2);

  private static Cluster primary(PgInstall install, boolean summarizes) {
    return Cluster.of(install)
        .archiving()
        .setting("autovacuum", "off")
        .setting("wal_keep_size", "1GB")
        .setting(summarizes ? "summarize_wal" : "wal_log_hints", "on")
        .start()
        .run(
            "CREATE TABLE t AS SELECT g AS a, repeat('x', 300) AS b"
                + " FROM generate_series(1, 20000) g");
  }

  private static void summarize(Cluster primary, Path summaries, Optional<TimelineId> timeline)
      throws IOException {
    SummarizeOptions options =
        new SummarizeOptions(
            summaries,
            List.of(primary.archive()),
            Optional.empty(),
            Optional.empty(),
            timeline,
            false,
            1);
    new Summarizer(options, new QuietMonitor()).run();
  }

  /** Changes before the switch, after it on the primary, and after it on the standby. */
  private static void changeAndPromote(Cluster primary, Cluster standby) {
    primary.run("UPDATE t SET a = -a WHERE a % 1000 = 1");
    primary.archiveWal();
    primary.run("UPDATE t SET a = -a WHERE a % 1000 = 2");
    standby.awaitReplay(primary.lsn());
    standby.promote();
    primary.run("UPDATE t SET a = -a WHERE a % 1000 = 3");
    primary.archiveWal();
    standby.run("UPDATE t SET a = -a WHERE a % 1000 = 4", "CHECKPOINT");
  }

  /** A promoted standby has the archive command of its primary. */
  private static void archiveInto(Path archive, Cluster standby) {
    String segment = standby.query("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
    standby.run("SELECT pg_switch_wal()");
    standby.await("segment " + segment, () -> Files.exists(archive.resolve(segment)));
  }

  /** Nothing changes after the backup. */
  private static void mustBeTheStandby(Cluster primary, Cluster standby, BackupReport found)
      throws Exception {
    assertThat(found.changeSource()).contains("summaries");
    assertThat(found.timeline()).isEqualTo(SECOND);
    try (Scratch scratch = Scratch.create()) {
      Path restored = scratch.resolve("restored");
      Restores.restore(primary.archive(), found.id(), restored, options -> options);
      Restores.mustEqual(standby, standby.data(), restored, Options.masksAndTolerances());
    }
  }

  @Test
  void walfmtsOwn() throws Exception {
    try (Cluster primary = primary(PgInstall.machine15(), false);
        Cluster standby = Cluster.standbyOf(primary).start();
        Scratch scratch = Scratch.create()) {
      BackupId full = new Backups(primary, primary.archive()).full().id();
      changeAndPromote(primary, standby);
      Path summaries = scratch.serverDirectory("summaries");
      summarize(primary, summaries, Optional.of(FIRST));
      archiveInto(primary.archive(), standby);
      standby.run("UPDATE t SET a = -a WHERE a % 1000 = 5");
      archiveInto(primary.archive(), standby);
      summarize(primary, summaries, Optional.empty());
      assertThat(new SummaryDirectory(summaries).list())
          .extracting(SummaryName::timeline)
          .contains(FIRST, SECOND);
      standby.run("UPDATE t SET a = -a WHERE a % 1000 = 6");

      Backups backups = new Backups(standby, primary.archive()).summariesIn(summaries);
      backups.changesBy(ChangeSource.SUMMARIES);
      BackupReport found = backups.incremental(full.text());
      assertThat(backups.infos())
          .anyMatch(
              line ->
                  line.startsWith("changes by WAL summaries: 2 from ")
                      && line.contains(", WAL from there to "));
      mustBeTheStandby(primary, standby, found);
    }
  }

  @Test
  void theServersOwn() throws Exception {
    try (Cluster primary = primary(PgInstall.embedded(17), true);
        Cluster standby = Cluster.standbyOf(primary).start()) {
      BackupId full = new Backups(primary, primary.archive()).full().id();
      changeAndPromote(primary, standby);
      String lsn = standby.query("SELECT redo_lsn FROM pg_control_checkpoint()");
      standby.await(
          "the summarizer",
          () ->
              standby
                  .query(
                      "SELECT summarized_lsn >= '" + lsn + "' FROM pg_get_wal_summarizer_state()")
                  .equals("t"));
      Backups backups = new Backups(standby, primary.archive());
      backups.changesBy(ChangeSource.SUMMARIES);
      mustBeTheStandby(primary, standby, backups.incremental(full.text()));
      assertThat(new SummaryDirectory(standby.data().resolve("pg_wal/summaries")).list())
          .extracting(SummaryName::timeline)
          .contains(FIRST, SECOND);
    }
  }
}
