package org.walfmt.writer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.archive.RunLock;
import org.walfmt.archive.ServerArchive;
import org.walfmt.control.ControlFile;
import org.walfmt.control.TimelineHistory;
import org.walfmt.series.Nonce;
import org.walfmt.series.Parent;
import org.walfmt.writer.changes.ManifestParent;
import org.walfmt.writer.changes.ParentBackup;
import org.walfmt.writer.changes.ParentCheck;
import org.walfmt.writer.changes.ParentChoice;
import org.walfmt.writer.server.BackupSession;
import org.walfmt.writer.server.LocalServer;
import org.walfmt.writer.server.ServerFacts;
import org.walfmt.writer.wal.WalHistory;

/**
 * Takes a backup, full or incremental, of a running server whose data directory is on this machine
 * (rule COMMIT-1). Until the commit, which comes last, there is no backup; any failure before it
 * takes out of the archive what was put there.
 */
public final class BackupWriter {
  private final BackupOptions options;
  private final Monitor monitor;
  private final SecureRandom random;

  /**
   * A backup that is still to run.
   *
   * @param monitor hears of progress, warnings and damaged pages
   */
  public BackupWriter(BackupOptions options, SecureRandom random, Monitor monitor) {
    this.options = options;
    this.random = random;
    this.monitor = monitor;
  }

  /** Takes the backup. */
  public BackupReport run() throws IOException {
    String nonce = Nonce.of(random);
    String tag = nonce.substring(0, RunLock.TAG_LENGTH);
    if (options.archive() instanceof ArchivePlace.Server place) {
      try (BackupSession server = connect()) {
        Target target = target(server);
        try (Archive archive = archiveOf(place, server, target, tag)) {
          return run(archive, server, target, nonce);
        }
      }
    }
    try (Archive archive = options.archive().open(tag, monitor);
        BackupSession server = connect()) {
      return run(archive, server, target(server), nonce);
    }
  }

  /** The server that is backed up, seen to be the one whose data directory this is. */
  private record Target(ServerFacts facts, Path root, LocalServer local) {}

  private BackupSession connect() throws IOException {
    BackupSession server = BackupSession.open(options.connection(), options.passwordPrompt());
    server.connectionWarnings().forEach(monitor::warning);
    return server;
  }

  private Target target(BackupSession server) throws IOException {
    ServerFacts facts = server.facts();
    Preflight preflight = new Preflight(options, facts, monitor);
    Path root = preflight.dataDirectory();
    LocalServer local = new LocalServer(root, facts);
    local.check();
    preflight.check(root);
    return new Target(facts, root, local);
  }

  private Archive archiveOf(
      ArchivePlace.Server place, BackupSession server, Target target, String tag)
      throws IOException {
    Optional<Archive> reading =
        place.reading().isEmpty() ? Optional.empty() : Optional.of(place.open(tag, monitor));
    if (reading.isEmpty()) {
      monitor.warning(
          "there is no restore command: that files are in the archive is taken from the server's"
              + " marks, and not looked after");
    }
    return new ServerArchive(
        target.root(),
        target.facts().segmentSize(),
        tag,
        reading,
        server::archiverProgress,
        options.walTimeout());
  }

  private BackupReport run(Archive archive, BackupSession server, Target target, String nonce)
      throws IOException {
    TimelineHistory history = history(target.root(), target.facts(), server);
    Optional<ParentBackup> parent = parent(archive, target.facts(), history);
    String host = RunLock.host();
    RunLock.removeDeadRuns(archive, host).forEach(monitor::info);
    TimelineId wanted = TimelineId.ofSeriesAt(server.now());
    try (RunLock lock =
        RunLock.claim(
            archive, wanted, host, nonce.substring(0, RunLock.TAG_LENGTH), parentSeries(parent))) {
      BackupRun run =
          new BackupRun(
              options,
              monitor,
              archive,
              server,
              target.facts(),
              target.local(),
              target.root(),
              history,
              parent,
              nonce,
              lock);
      return run.run();
    }
  }

  private static Optional<String> parentSeries(Optional<ParentBackup> parent) {
    return parent.flatMap(
        backup ->
            backup.note() instanceof Parent.Series series
                ? Optional.of(series.id().text())
                : Optional.empty());
  }

  /** The history of the timeline that the server writes, or on a standby, replays. */
  private static TimelineHistory history(Path root, ServerFacts facts, BackupSession server)
      throws IOException {
    TimelineId timeline;
    if (facts.inRecovery()) {
      ControlFile control = LocalServer.controlFile(root, facts.version());
      timeline = control.checkPointCopy().timeline();
      if (control.minRecoveryPointTimeline().compareTo(timeline) > 0) {
        timeline = control.minRecoveryPointTimeline();
      }
    } else {
      timeline = server.writtenTimeline(); // after a promotion the control file lags behind
    }
    return WalHistory.read(root.resolve("pg_wal"), timeline);
  }

  private Optional<ParentBackup> parent(Archive archive, ServerFacts facts, TimelineHistory history)
      throws IOException {
    if (options.incremental().isEmpty()) {
      return Optional.empty();
    }
    String wanted = options.incremental().get();
    ParentBackup parent;
    if (wanted.indexOf('/') >= 0 || Files.isRegularFile(Path.of(wanted))) {
      parent = ManifestParent.open(Path.of(wanted), facts.version());
    } else {
      parent =
          ParentChoice.find(archive, wanted, facts.systemIdentifier(), history, monitor::warning);
    }
    ParentCheck.check(parent, facts, history);
    if (parent.systemIdentifier().isEmpty() || parent.checksums().isEmpty()) {
      monitor.warning(
          parent.description()
              + " has no pg_control beside it: only a restore will tell whether it is of this"
              + " cluster and its settings");
    }
    return Optional.of(parent);
  }
}
