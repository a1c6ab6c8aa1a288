package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.summaries.SummarizeOptions;
import org.walfmt.writer.summaries.Summarizer;
import org.walfmt.writer.summaries.SummaryDirectory;

/** A full backup and the incrementals on it, each on the one before, by sources taken in turn. */
final class ChangeChain {
  /** The first major whose servers sum up their WAL themselves. */
  static final int FIRST_WITH_SUMMARIES = 17;

  private static final String SUMMARIZED =
      "SELECT summarized_lsn >= (SELECT redo_lsn FROM pg_control_checkpoint())"
          + " FROM pg_get_wal_summarizer_state()";

  private final String name;
  private final List<ChangeSource> turns;
  private final Cluster cluster;
  private final Backups backups;
  private final Path archive;
  private final Path tablespace;
  private final Path summaries;
  private final Lsn start;
  private BackupId parent;
  private BackupId last;
  private int length;

  /**
   * Begins with a full backup.
   *
   * @param tablespace the one tablespace of the cluster
   * @param summaries a directory for walfmt's own summaries, which chains may share
   */
  ChangeChain(
      String name,
      List<ChangeSource> turns,
      Cluster cluster,
      Path tablespace,
      Path summaries,
      BackupReport full) {
    this.name = name;
    this.turns = turns;
    this.cluster = cluster;
    this.backups = new Backups(cluster, cluster.archive());
    this.archive = cluster.archive();
    this.tablespace = tablespace;
    this.summaries = summaries;
    this.start = full.startLsn();
    this.parent = full.id();
    this.last = full.id();
  }

  /** All sources; {@code auto} is one of them each time. */
  static List<ChangeSource> sources() {
    return List.copyOf(EnumSet.complementOf(EnumSet.of(ChangeSource.AUTO)));
  }

  /** Takes the next incremental, which must come from the source that was asked for. */
  void grow() throws IOException {
    ChangeSource source = turns.get(length % turns.size());
    if (source == ChangeSource.SUMMARIES || source == ChangeSource.AUDIT) {
      sumUp();
    }
    parent = last;
    BackupReport report = backups.changesBy(source).incremental(last.text());
    assertThat(report.changeSource()).as(toString()).contains(source.toString());
    assertThat(report.disagreements()).as("%s: %s", this, backups.warnings()).isZero();
    last = report.id();
    length++;
  }

  /** Lets some summary cover the parent's start: the server's own, or walfmt's before 17. */
  private void sumUp() throws IOException {
    if (cluster.install().major() >= FIRST_WITH_SUMMARIES) {
      cluster.run("CHECKPOINT"); // where the server's summaries end
      cluster.await("the summarizer", () -> cluster.query(SUMMARIZED).equals("t"));
    } else {
      boolean isFirst = new SummaryDirectory(summaries).list().isEmpty();
      SummarizeOptions options =
          new SummarizeOptions(
              summaries,
              List.of(archive),
              isFirst ? Optional.of(start) : Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              1);
      var unused = new Summarizer(options, new QuietMonitor()).run();
      backups.summariesIn(summaries);
    }
  }

  BackupId last() {
    return last;
  }

  /** Whether the last incremental found its changes by the LSN of each page. */
  boolean isByScan() {
    return turns.get((length - 1) % turns.size()) == ChangeSource.SCAN;
  }

  /** Restores the last member into a directory, its tablespace beside; the data directory. */
  Path restoreLast(Path home) throws IOException {
    return restore(last, home);
  }

  /** Restores the parent of the last member. */
  Path restoreParent(Path home) throws IOException {
    return restore(parent, home);
  }

  private Path restore(BackupId id, Path home) throws IOException {
    Path target = home.resolve("data");
    Restores.restore(
        archive, id, target, options -> options.mapTablespace(tablespace, home.resolve("aside")));
    return target;
  }

  @Override
  public String toString() {
    return "member " + length + " of the chain by " + name;
  }
}
