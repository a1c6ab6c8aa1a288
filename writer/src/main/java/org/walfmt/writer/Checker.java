package org.walfmt.writer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.walfmt.archive.Archive;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.archive.CommandSettings;
import org.walfmt.archive.ServerArchive;
import org.walfmt.writer.server.BackupSession;

/**
 * Looks whether a backup with these options could be taken, step by step, and goes on where one
 * fails. Changes nothing but for a probe in the archive.
 */
public final class Checker {
  private static final String TAG = "check";

  private final BackupOptions options;
  private final Clock clock;
  private final RandomGenerator random;
  private final CheckSteps steps;
  private final CheckMonitor monitor = new CheckMonitor();

  /**
   * @param options as a backup would have them
   * @param sink takes what is found
   */
  public Checker(BackupOptions options, Clock clock, RandomGenerator random, CheckSink sink) {
    this.options = options;
    this.clock = clock;
    this.random = random;
    this.steps = new CheckSteps(sink);
  }

  /** Checks everything; throws only if it is interrupted. */
  public void run() throws IOException {
    Optional<BackupSession> opened =
        steps.attempt(
            "connection", () -> BackupSession.open(options.connection(), options.passwordPrompt()));
    if (opened.isEmpty()) {
      if (!(options.archive() instanceof ArchivePlace.Server)) {
        checkArchive(Optional.empty(), Optional.empty());
      }
      return;
    }
    try (BackupSession server = opened.get()) {
      server.connectionWarnings().forEach(line -> steps.warning("connection", line, ""));
      steps
          .attempt("connection", server::role)
          .ifPresent(role -> steps.ok("connection", "as " + role.name() + " " + server.where()));
      Optional<ServerCheck.Seen> seen = new ServerCheck(options, server, steps, clock).run();
      checkArchive(Optional.of(server), seen);
    }
  }

  private void checkArchive(Optional<BackupSession> server, Optional<ServerCheck.Seen> seen)
      throws IOException {
    Optional<Path> root = seen.flatMap(ServerCheck.Seen::root);
    if (root.isPresent()) {
      boolean takesFiles =
          steps
              .attempt(
                  "archive",
                  () -> {
                    seen.get().preflight().checkPlace(root.get());
                    return true;
                  })
              .isPresent();
      if (!takesFiles) {
        return;
      }
    }
    if (options.archive() instanceof ArchivePlace.Server && root.isEmpty()) {
      return; // what is wrong has been told
    }
    Optional<Archive> opened = steps.attempt("archive", () -> open(server, seen));
    if (opened.isEmpty()) {
      return;
    }
    try (Archive archive = opened.get()) {
      steps.ok("archive", archive.description());
      ArchiveCheck check = new ArchiveCheck(archive, steps, monitor, clock);
      check.roundTrip(options.archive(), random);
      check.backups();
      checkRoom(check, archive, server);
    }
  }

  private Archive open(Optional<BackupSession> server, Optional<ServerCheck.Seen> seen)
      throws IOException {
    ArchivePlace place = options.archive();
    if (place instanceof ArchivePlace.Commands commands) {
      place = new ArchivePlace.Commands(commands.settings().withoutRetries());
    } else if (place instanceof ArchivePlace.Server ofServer) {
      Optional<CommandSettings> reading = ofServer.reading().map(CommandSettings::withoutRetries);
      BackupSession session = server.orElseThrow();
      Optional<Archive> fetching =
          reading.isEmpty()
              ? Optional.empty()
              : Optional.of(new ArchivePlace.Commands(reading.get()).open(TAG, monitor));
      return new ServerArchive(
          seen.flatMap(ServerCheck.Seen::root).orElseThrow(),
          seen.orElseThrow().facts().segmentSize(),
          TAG,
          fetching,
          session::archiverProgress,
          options.walTimeout());
    }
    return place.open(TAG, monitor);
  }

  private void checkRoom(ArchiveCheck check, Archive archive, Optional<BackupSession> server)
      throws IOException {
    if (options.archive() instanceof ArchivePlace.Directory directory) {
      OptionalLong cluster =
          server.isEmpty()
              ? OptionalLong.empty()
              : steps
                  .attempt("space", () -> server.get().databaseBytes())
                  .orElse(OptionalLong.empty());
      check.room("space", directory.path(), cluster);
    } else if (options.archive() instanceof ArchivePlace.Commands commands) {
      check.room("spool", archive.runs(), OptionalLong.of(commands.settings().spoolBytes()));
    }
  }
}
