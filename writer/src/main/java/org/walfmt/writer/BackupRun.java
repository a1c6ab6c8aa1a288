package org.walfmt.writer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.archive.SegmentUploader;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.CommitFile;
import org.walfmt.series.FailedSeries;
import org.walfmt.series.LabelNote;
import org.walfmt.series.Parent;
import org.walfmt.series.SeriesCommit;
import org.walfmt.series.SeriesEnd;
import org.walfmt.series.SeriesWriter;
import org.walfmt.writer.changes.ChangeChoice;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.changes.Changes;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.changes.ParentCheck;
import org.walfmt.writer.changes.ParentWal;
import org.walfmt.writer.changes.SeriesParent;
import org.walfmt.writer.changes.SummaryChanges;
import org.walfmt.writer.files.EntrySpool;
import org.walfmt.writer.files.FileBackup;
import org.walfmt.writer.scan.BlockScan;
import org.walfmt.writer.scan.RateLimit;
import org.walfmt.writer.server.BackupSession;
import org.walfmt.writer.server.LocalServer;
import org.walfmt.writer.server.ServerFacts;
import org.walfmt.writer.source.DataDirectory;
import org.walfmt.writer.source.PathWalk;
import org.walfmt.writer.source.ScannedDirectories;
import org.walfmt.writer.wal.WalFiles;
import org.walfmt.writer.wal.WalHistory;
import org.walfmt.writer.wal.WalKeeper;

/** One backup from its start on the server to its commit; everything before has been checked. */
final class BackupRun {
  private static final int START_TRIES = 5;

  private final BackupOptions options;
  private final Monitor monitor;
  private final Archive archive;
  private final BackupSession server;
  private final ServerFacts facts;
  private final LocalServer local;
  private final Path root;
  private final TimelineHistory knownHistory;
  private final Optional<ParentBackup> parent;
  private final String nonce;
  private final RunLock lock;
  private final RateLimit rate;
  private final BlockPart blocks;

  /**
   * @param knownHistory of the server's timeline before the start
   * @param lock on the series timeline; kept if something of the series stays in the archive
   */
  BackupRun(
      BackupOptions options,
      Monitor monitor,
      Archive archive,
      BackupSession server,
      ServerFacts facts,
      LocalServer local,
      Path root,
      TimelineHistory knownHistory,
      Optional<ParentBackup> parent,
      String nonce,
      RunLock lock) {
    this.options = options;
    this.monitor = monitor;
    this.archive = archive;
    this.server = server;
    this.facts = facts;
    this.local = local;
    this.root = root;
    this.knownHistory = knownHistory;
    this.parent = parent;
    this.nonce = nonce;
    this.lock = lock;
    this.rate = new RateLimit(options.maxBytesPerSecond());
    this.blocks = new BlockPart(options, facts, parent, server::position, monitor);
  }

  BackupReport run() throws IOException {
    SegmentSize size = facts.segmentSize();
    SegmentUploader uploader = new SegmentUploader(archive, lock.timeline(), size);
    SeriesCommit commit = new SeriesCommit(archive);
    try (WalKeeper wal =
        new WalKeeper(
            server::writtenPosition,
            archive,
            root.resolve("pg_wal"),
            size,
            options.copyWal(),
            monitor)) {
      return run(uploader, commit, wal);
    } catch (Throwable e) {
      FailedSeries.takeBack(archive, commit, uploader, lock, monitor, e);
      throw e;
    }
  }

  private BackupReport run(SegmentUploader uploader, SeriesCommit commit, WalKeeper wal)
      throws IOException {
    long began = System.nanoTime();
    long total = options.estimate() ? server.databaseBytes().orElse(0) : 0;
    if (options.copyWal() && !server.keepWal("walfmt_" + nonce)) {
      monitor.info("no replication slot can be had: WAL is copied before it is recycled");
    }
    monitor.phase("waiting for checkpoint", 0);
    BackupSession.Start start = startOnServer();
    wal.start(start.startLsn(), historyAt(start.timeline()));
    checkParentWal(start);
    Changes changes = changes(start);
    BeginNote begin = begin(start, changes.source());
    Lsn first = begin.isFull() ? start.startLsn() : begin.referenceLsn();
    long firstSegment = facts.segmentSize().segmentNumber(first);
    long started = System.nanoTime();

    monitor.phase("reading", total);
    SeriesWriter series = new SeriesWriter(begin, firstSegment, uploader);
    Contents contents = writeContents(series, begin, changes);

    monitor.phase("waiting for WAL", 0);
    BackupSession.Stop stop = contents.stop();
    SeriesEnd end =
        series.end(
            stop.stopLsn(),
            contents.stopHistory().timeline(),
            stop.time(),
            contents.scan().damagedCount());
    uploader.finish();
    long read = System.nanoTime();
    wal.finish(
        start.startLsn(),
        stop.stopLsn(),
        contents.stopHistory(),
        facts.inRecovery(),
        options.walTimeout());
    SegmentName name = new SegmentName(lock.timeline(), firstSegment, facts.segmentSize());
    CommitFile file =
        new CommitFile(
            BackupId.of(name),
            begin,
            end.note(),
            new SegmentName(lock.timeline(), end.lastSegment(), facts.segmentSize()),
            end.indexLsn(),
            end.endLsn(),
            List.of());
    commit.publish(file, uploader.names());
    int segments = uploader.names().size();
    return new BackupReport(
        file.id(),
        parent.map(ParentBackup::description),
        start.startLsn(),
        stop.stopLsn(),
        start.timeline(),
        end.note(),
        segments,
        (long) segments * facts.segmentSize().bytes(),
        contents.scan().bytesRead() + contents.fileBytes(),
        contents.scan().damaged(),
        parent.map(from -> changes.source().toString()),
        changes.disagreements() + contents.scan().disagreementCount(),
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
      TimelineHistory stopHistory) {}

  private Contents writeContents(SeriesWriter series, BeginNote begin, Changes changes)
      throws IOException {
    DataDirectory source = new DataDirectory(root, facts.version());
    try (EntrySpool entries = new EntrySpool()) {
      BlockScan scan = blocks.scan(begin.startLsn(), changes, source, series, entries);
      long scanned = System.nanoTime();
      FileBackup files = writeFiles(source, series, entries, scan.directories());
      byte[] control = LocalServer.controlBytes(root, facts.version());
      int mode = PathWalk.permissions(root.resolve(ControlFile.PATH));
      files.contents(ControlFile.PATH, mode, control);
      server.now(); // if it has stopped, that is what to say
      local.check();
      BackupSession.Stop stop = server.stop();
      stop.notices().forEach(monitor::info);
      TimelineHistory stopHistory =
          historyAt(facts.inRecovery() ? server.recoveryTimeline() : begin.startTimeline());
      checkLabel(begin, stop);
      checkParent(stop, stopHistory, LocalServer.controlFile(control));
      entries.writeTo(series);
      series.label(new LabelNote(stop.backupLabel(), stop.tablespaceMap()));
      return new Contents(scan, scanned, files.bytesRead(), stop, stopHistory);
    }
  }

  /**
   * History of the server's timeline, now that it has told one: a standby may tell one older than
   * that of what it replays.
   */
  private TimelineHistory historyAt(TimelineId told) throws IOException {
    return told.compareTo(knownHistory.timeline()) <= 0
        ? knownHistory
        : WalHistory.read(root.resolve("pg_wal"), told);
  }

  private BackupSession.Start startOnServer() throws IOException {
    for (int i = 0; i < START_TRIES; i++) {
      BackupSession.Start start = server.start(options.label(), options.fastCheckpoint());
      if (start.checkpointLsn().isValid()) {
        checkControlFile(start);
        if (parent.isPresent()) {
          ParentCheck.checkStart(parent.get(), start.startLsn());
          ParentCheck.checkHistory(parent.get(), historyAt(start.timeline()));
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

  /** An external base backup's WAL need not be in this archive. */
  private void checkParentWal(BackupSession.Start start) throws IOException {
    if (parent.isPresent() && parent.get() instanceof SeriesParent series) {
      ParentWal.check(
          series,
          series.series().begin().checkpointLsn(),
          wal(start, true, false),
          wal(start, false, true),
          identity());
    }
  }

  private WalFiles wal(BackupSession.Start start, boolean ofServer, boolean ofArchive)
      throws IOException {
    return new WalFiles(
        ofServer ? List.of(root.resolve("pg_wal")) : List.of(),
        ofArchive ? Optional.of(archive) : Optional.empty(),
        historyAt(start.timeline()),
        facts.segmentSize());
  }

  private StreamIdentity identity() {
    return new StreamIdentity(facts.version(), facts.segmentSize(), facts.systemIdentifier());
  }

  private Changes changes(BackupSession.Start start) throws IOException {
    if (parent.isEmpty() || options.changes() == ChangeSource.SCAN) {
      return Changes.BY_SCAN;
    }
    monitor.phase("reading WAL", start.startLsn().value() - parent.get().startLsn().value());
    WalFiles wal = wal(start, true, true);
    SummaryChanges summaries =
        SummaryChanges.of(
            root.resolve("pg_wal/summaries"),
            options.summaryDirectory(),
            wal.history(),
            identity());
    return new ChangeChoice(
            wal,
            identity(),
            summaries,
            parent.get().startLsn(),
            start.startLsn(),
            options.jobs(),
            monitor)
        .find(options.changes(), server.databaseBytes());
  }

  private BeginNote begin(BackupSession.Start start, ChangeSource source) {
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
        parent.isEmpty() ? "all" : source.toString(),
        options.toolVersion(),
        start.time());
  }

  private FileBackup writeFiles(
      DataDirectory source, SeriesWriter series, EntrySpool entries, ScannedDirectories directories)
      throws IOException {
    Optional<ParentBackup.KnownFiles> known =
        parent.isPresent() ? Optional.of(parent.get().openFiles()) : Optional.empty();
    try {
      FileBackup files =
          new FileBackup(
              series,
              entries,
              known,
              directories.identities(),
              facts.version(),
              rate,
              server::hasDatabase,
              monitor::warning);
      new PathWalk(source, directories, monitor::warning, files).run();
      return files;
    } finally {
      if (known.isPresent()) {
        known.get().close();
      }
    }
  }

  private static void checkLabel(BeginNote begin, BackupSession.Stop stop) throws IOException {
    BackupLabel label = BackupLabel.parse(stop.backupLabel());
    if (!label.startLsn().equals(begin.startLsn())
        || !label.checkpointLsn().equals(begin.checkpointLsn())
        || !label.startTimeline().equals(begin.startTimeline())) {
      throw new IOException("the server's backup label is of another backup: " + label.startLsn());
    }
  }

  /** A standby's backup counts as consistent where its control file says, maybe before its stop. */
  private void checkParent(
      BackupSession.Stop stop, TimelineHistory stopHistory, ControlFile captured)
      throws RefusedException {
    if (parent.isPresent()) {
      Lsn consistent = facts.inRecovery() ? captured.minRecoveryPoint() : stop.stopLsn();
      ParentCheck.checkStop(parent.get(), consistent);
      ParentCheck.checkHistory(parent.get(), stopHistory);
    }
  }
}
