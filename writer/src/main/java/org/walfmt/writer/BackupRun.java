package org.walfmt.writer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.archive.PendingFile;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.LabelNote;
import org.walfmt.series.Parent;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;
import org.walfmt.writer.changes.FullPlanner;
import org.walfmt.writer.changes.PageScanPlanner;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.changes.ParentCheck;
import org.walfmt.writer.files.EntrySpool;
import org.walfmt.writer.files.FileBackup;
import org.walfmt.writer.scan.BlockScan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.scan.RateLimit;
import org.walfmt.writer.scan.ScanSettings;
import org.walfmt.writer.server.BackupSession;
import org.walfmt.writer.server.LocalServer;
import org.walfmt.writer.server.ServerFacts;
import org.walfmt.writer.source.DataDirectory;
import org.walfmt.writer.source.PathWalk;
import org.walfmt.writer.wal.WalHistory;
import org.walfmt.writer.wal.WalKeeper;

/** One backup from its start on the server to its commit; everything before has been checked. */
final class BackupRun {
  private static final int START_TRIES = 5;

  private final BackupOptions options;
  private final Monitor monitor;
  private final DirectoryArchive archive;
  private final BackupSession server;
  private final ServerFacts facts;
  private final LocalServer local;
  private final Path root;
  private final TimelineHistory history;
  private final Optional<ParentBackup> parent;
  private final String nonce;
  private final TimelineId seriesTimeline;
  private final RateLimit rate;

  BackupRun(
      BackupOptions options,
      Monitor monitor,
      DirectoryArchive archive,
      BackupSession server,
      ServerFacts facts,
      LocalServer local,
      Path root,
      TimelineHistory history,
      Optional<ParentBackup> parent,
      String nonce,
      TimelineId seriesTimeline) {
    this.options = options;
    this.monitor = monitor;
    this.archive = archive;
    this.server = server;
    this.facts = facts;
    this.local = local;
    this.root = root;
    this.history = history;
    this.parent = parent;
    this.nonce = nonce;
    this.seriesTimeline = seriesTimeline;
    this.rate = new RateLimit(options.maxBytesPerSecond());
  }

  BackupReport run() throws IOException {
    SegmentSize size = facts.segmentSize();
    SegmentUploader uploader = new SegmentUploader(archive, seriesTimeline, size);
    boolean committed = false;
    try (WalKeeper wal =
        new WalKeeper(
            server, archive, root.resolve("pg_wal"), size, history, options.copyWal(), monitor)) {
      BackupReport report = run(uploader, wal);
      committed = true;
      return report;
    } finally {
      if (!committed) {
        uploader.abandon();
      }
    }
  }

  private BackupReport run(SegmentUploader uploader, WalKeeper wal) throws IOException {
    long began = System.nanoTime();
    long total = options.estimate() ? server.databaseBytes() : 0;
    if (options.copyWal() && !server.keepWal("walfmt_" + nonce)) {
      monitor.info("no replication slot can be had: WAL is copied before it is recycled");
    }
    monitor.phase("waiting for checkpoint", 0);
    BackupSession.Start start = startOnServer();
    wal.start(start.startLsn());
    BeginNote begin = begin(start);
    Lsn first = begin.isFull() ? start.startLsn() : begin.referenceLsn();
    long firstSegment = facts.segmentSize().segmentNumber(first);
    long started = System.nanoTime();

    monitor.phase("reading", total);
    SeriesWriter series = new SeriesWriter(begin, firstSegment, uploader);
    Contents contents = writeContents(series, begin);

    monitor.phase("waiting for WAL", 0);
    BackupSession.Stop stop = contents.stop();
    TimelineId stopTimeline = contents.stopTimeline();
    SeriesEnd end =
        series.end(stop.stopLsn(), stopTimeline, stop.time(), contents.scan().damagedCount());
    uploader.finish();
    long read = System.nanoTime();
    wal.finish(
        start.startLsn(),
        stop.stopLsn(),
        stopHistory(stopTimeline),
        facts.inRecovery(),
        options.walTimeout());
    SegmentName name = new SegmentName(seriesTimeline, firstSegment, facts.segmentSize());
    CommitFile commit =
        new CommitFile(
            BackupId.of(name),
            begin,
            end.note(),
            new SegmentName(seriesTimeline, end.lastSegment(), facts.segmentSize()),
            end.indexLsn(),
            end.endLsn(),
            List.of());
    commit(commit, uploader.names());
    int segments = uploader.names().size();
    return new BackupReport(
        commit.id(),
        parent.map(ParentBackup::description),
        start.startLsn(),
        stop.stopLsn(),
        start.timeline(),
        end.note(),
        segments,
        (long) segments * facts.segmentSize().bytes(),
        contents.scan().bytesRead() + contents.fileBytes(),
        contents.scan().damaged(),
        Duration.ofNanos(started - began),
        Duration.ofNanos(contents.scanned() - started),
        Duration.ofNanos(read - started),
        Duration.ofNanos(System.nanoTime() - read));
  }

  /**
   * What the middle of the series told.
   *
   * @param scanned when the relation forks were done, by {@link System#nanoTime}
   */
  private record Contents(
      BlockScan scan,
      long scanned,
      long fileBytes,
      BackupSession.Stop stop,
      TimelineId stopTimeline) {}

  private Contents writeContents(SeriesWriter series, BeginNote begin) throws IOException {
    DataDirectory source = new DataDirectory(root, facts.version());
    try (EntrySpool entries = new EntrySpool()) {
      BlockScan scan = scanBlocks(begin.startLsn(), source, series, entries);
      long scanned = System.nanoTime();
      long fileBytes = writeFiles(source, series, entries, scan.identities());
      local.check();
      BackupSession.Stop stop = server.stop();
      stop.notices().forEach(monitor::info);
      checkStop(begin, stop);
      entries.writeTo(series);
      series.label(new LabelNote(stop.backupLabel(), stop.tablespaceMap()));
      TimelineId stopTimeline =
          facts.inRecovery() ? server.recoveryTimeline() : begin.startTimeline();
      return new Contents(scan, scanned, fileBytes, stop, stopTimeline);
    }
  }

  private BackupSession.Start startOnServer() throws IOException {
    for (int i = 0; i < START_TRIES; i++) {
      BackupSession.Start start = server.start(options.label(), options.fastCheckpoint());
      if (start.checkpointLsn().isValid()) {
        checkControlFile(start);
        if (parent.isPresent()) {
          ParentCheck.checkStart(parent.get(), start.startLsn());
        }
        return start;
      }
      server.stop(); // another checkpoint came between: begin again
    }
    throw new RefusedException(
        Reason.PRECONDITION,
        "the server does checkpoints too often to begin a backup",
        "",
        "Raise checkpoint_timeout or max_wal_size.");
  }

  /** The checkpoint that the server says it did must be in the local control file. */
  private void checkControlFile(BackupSession.Start start) throws IOException {
    ControlFile control = LocalServer.controlFile(root, facts.version());
    if (control.checkPointCopy().redo().isBefore(start.startLsn())) {
      throw new RefusedException(
          Reason.MISMATCH,
          "directory \"" + root + "\" is not the data directory of the connected server",
          "its last checkpoint began at "
              + control.checkPointCopy().redo()
              + ", the server's at "
              + start.startLsn(),
          "Name the server's data directory with -D.");
    }
  }

  private BeginNote begin(BackupSession.Start start) {
    return new BeginNote(
        nonce,
        facts.version(),
        facts.segmentSize(),
        facts.systemIdentifier(),
        parent.map(ParentBackup::note).map(Parent.class::cast),
        parent.map(ParentBackup::startLsn).orElse(Lsn.INVALID),
        parent.map(ParentBackup::startTimeline).orElse(start.timeline()),
        start.startLsn(),
        start.timeline(),
        start.checkpointLsn(),
        options.label(),
        facts.serverVersion(),
        facts.checksums(),
        facts.walLogHints(),
        facts.inRecovery(),
        options.compression().toString(),
        parent.isEmpty() ? "all" : "scan",
        options.toolVersion(),
        start.time());
  }

  private BlockScan scanBlocks(
      Lsn startLsn, DataDirectory source, SeriesWriter series, EntrySpool entries)
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
    boolean keepMaps = keepsVisibilityMaps(parent.get());
    if (!keepMaps) {
      monitor.warning(
          "visibility maps are left out, since data checksums and wal_log_hints are off: VACUUM"
              + " makes them anew");
    }
    try (ParentBackup.Forks forks = parent.get().openForks()) {
      ForkPlanner planner = new PageScanPlanner(parent.get(), forks, keepMaps);
      return scan(settings, source, planner, series, entries);
    }
  }

  private BlockScan scan(
      ScanSettings settings,
      DataDirectory source,
      ForkPlanner planner,
      SeriesWriter series,
      EntrySpool entries)
      throws IOException {
    BlockScan scan = new BlockScan(settings, source, planner, server::position, monitor);
    scan.run(series, entries::add);
    return scan;
  }

  /** Rule 3: an LSN tells that PD_ALL_VISIBLE was set only if one of these is on all the time. */
  private boolean keepsVisibilityMaps(ParentBackup from) {
    boolean checksums = facts.checksums() && from.checksums().orElse(false);
    boolean hints = facts.walLogHints() && from.walLogHints().orElse(false);
    return checksums || hints;
  }

  private long writeFiles(
      DataDirectory source, SeriesWriter series, EntrySpool entries, Map<String, String> identities)
      throws IOException {
    Optional<ParentBackup.KnownFiles> known =
        parent.isPresent() ? Optional.of(parent.get().openFiles()) : Optional.empty();
    try {
      FileBackup files = new FileBackup(series, entries, known, identities, facts.version(), rate);
      new PathWalk(source, monitor::warning, files).run();
      files.contents(
          ControlFile.PATH,
          PathWalk.permissions(root.resolve(ControlFile.PATH)),
          LocalServer.controlBytes(root, facts.version()));
      return files.bytesRead();
    } finally {
      if (known.isPresent()) {
        known.get().close();
      }
    }
  }

  private void checkStop(BeginNote begin, BackupSession.Stop stop) throws IOException {
    BackupLabel label = BackupLabel.parse(stop.backupLabel());
    if (!label.startLsn().equals(begin.startLsn())
        || !label.checkpointLsn().equals(begin.checkpointLsn())
        || !label.startTimeline().equals(begin.startTimeline())) {
      throw new IOException("the server's backup label is of another backup: " + label.startLsn());
    }
    if (parent.isPresent()) {
      ParentCheck.checkStop(parent.get(), stop.stopLsn());
    }
  }

  private TimelineHistory stopHistory(TimelineId stopTimeline) throws IOException {
    return stopTimeline.equals(history.timeline())
        ? history
        : WalHistory.read(root.resolve("pg_wal"), stopTimeline);
  }

  /** The last step: from here on the backup exists. */
  private void commit(CommitFile commit, List<String> segments) throws IOException {
    for (String segment : segments) {
      if (archive.length(segment).isEmpty()) {
        throw missing("segment " + segment + " of the series");
      }
    }
    if (commit.begin().parent().isPresent()
        && commit.begin().parent().get() instanceof Parent.Series series
        && archive.length(series.id().commitName()).isEmpty()) {
      throw missing("the parent's commit " + series.id().commitName());
    }
    try (PendingFile file = archive.create(commit.id().commitName(), true)) {
      file.write(ByteBuffer.wrap(commit.encode()));
      file.publish();
    }
  }

  private RefusedException missing(String what) {
    return new RefusedException(
        Reason.INCOMPLETE,
        what + " has vanished from archive \"" + archive.description() + "\"",
        "",
        "See who removes files from the archive while a backup runs.");
  }
}
