package org.walfmt.writer;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.series.SeriesWriter;
import org.walfmt.writer.changes.AuditPlanner;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.changes.Changes;
import org.walfmt.writer.changes.FullPlanner;
import org.walfmt.writer.changes.PageScanPlanner;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.changes.WalPlanner;
import org.walfmt.writer.changes.WithoutVisibilityMaps;
import org.walfmt.writer.files.EntrySpool;
import org.walfmt.writer.scan.BlockScan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.scan.ScanSettings;
import org.walfmt.writer.scan.ServerPosition;
import org.walfmt.writer.server.ServerFacts;
import org.walfmt.writer.source.DataDirectory;

/**
 * The part of a backup that is about relation forks: which plan decides what of them is taken, and
 * the scan by it.
 */
record BlockPart(
    BackupOptions options,
    ServerFacts facts,
    Optional<ParentBackup> parent,
    ServerPosition position,
    Monitor monitor) {

  /**
   * Reads the forks and writes what of them is taken.
   *
   * @param changes what the change source told; of no meaning for a full backup
   */
  BlockScan scan(
      Lsn startLsn, Changes changes, DataDirectory source, SeriesWriter series, EntrySpool entries)
      throws IOException {
    ScanSettings settings =
        new ScanSettings(
            facts.version(),
            facts.segmentSize(),
            options.compression(),
            facts.checksums(),
            startLsn,
            options.jobs(),
            options.maxBytesPerSecond());
    if (parent.isEmpty()) {
      return scan(settings, source, new FullPlanner(), series, entries);
    }
    try (ParentBackup.Forks forks = parent.get().openForks()) {
      return scan(settings, source, planner(parent.get(), forks, changes), series, entries);
    }
  }

  private ForkPlanner planner(ParentBackup from, ParentBackup.Forks forks, Changes changes)
      throws IOException {
    ForkPlanner planner = plannerOfAll(from, forks, changes);
    Optional<String> blind = whyWithoutVisibilityMaps(from, changes.source());
    if (blind.isEmpty()) {
      return planner;
    }
    monitor.warning(
        "visibility maps are left out, since " + blind.get() + ": VACUUM makes them anew");
    return new WithoutVisibilityMaps(planner);
  }

  /** Rule CHANGE-3: what one series left out for a blind scan, those that build on it leave out. */
  private Optional<String> whyWithoutVisibilityMaps(ParentBackup from, ChangeSource source)
      throws IOException {
    if (source == ChangeSource.SCAN && !lsnsTellOfMarks(from)) {
      return Optional.of("data checksums are off and wal_log_hints may have been");
    }
    return facts.checksums() || from.hasVisibilityMaps()
        ? Optional.empty()
        : Optional.of("the parent was taken without them");
  }

  private ForkPlanner plannerOfAll(ParentBackup from, ParentBackup.Forks forks, Changes changes)
      throws IOException {
    PageScanPlanner byScan = new PageScanPlanner(from, forks);
    if (changes.source() == ChangeSource.SCAN) {
      return byScan;
    }
    WalPlanner byWal = new WalPlanner(forks, changes.blocks().orElseThrow());
    if (changes.source() != ChangeSource.AUDIT) {
      return byWal;
    }
    boolean lsnsTellAll = changes.isExact() && lsnsTellOfMarks(from);
    if (!lsnsTellAll) {
      monitor.info(
          "a block that the WAL names may have an older page LSN, since "
              + (changes.isExact()
                  ? "VACUUM marks pages without moving it while data checksums and wal_log_hints are off"
                  : "WAL summaries tell of the time before the parent, too"));
    }
    return new AuditPlanner(byScan, byWal, lsnsTellAll);
  }

  private BlockScan scan(
      ScanSettings settings,
      DataDirectory source,
      ForkPlanner planner,
      SeriesWriter series,
      EntrySpool entries)
      throws IOException {
    BlockScan scan = new BlockScan(settings, source, planner, position, monitor);
    scan.run(series, entries::add);
    return scan;
  }

  /**
   * Rule CHANGE-3: an LSN tells that PD_ALL_VISIBLE was set only if one of these is on all the
   * time. That of wal_log_hints can change at every start of the server.
   */
  private boolean lsnsTellOfMarks(ParentBackup from) {
    boolean checksums = facts.checksums() && from.checksums().orElse(false);
    boolean hints =
        facts.walLogHints()
            && from.walLogHints().orElse(false)
            && facts.startSeconds() < from.startTime().getEpochSecond();
    return checksums || hints;
  }
}
