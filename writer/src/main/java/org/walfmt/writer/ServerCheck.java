package org.walfmt.writer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.archive.Archiver;
import org.walfmt.writer.server.BackupSession;
import org.walfmt.writer.server.LocalServer;
import org.walfmt.writer.server.ServerFacts;

/** The part of a check that asks the server. */
final class ServerCheck {
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  private final BackupOptions options;
  private final BackupSession server;
  private final CheckSteps steps;
  private final Clock clock;

  ServerCheck(BackupOptions options, BackupSession server, CheckSteps steps, Clock clock) {
    this.options = options;
    this.server = server;
    this.steps = steps;
    this.clock = clock;
  }

  /**
   * What later steps go on with.
   *
   * @param root the data directory; empty if it is not the server's
   */
  record Seen(ServerFacts facts, Preflight preflight, Optional<Path> root) {}

  /** Empty if the server does not tell enough about itself. */
  Optional<Seen> run() throws IOException {
    Optional<ServerFacts> asked = steps.attempt("server", server::facts);
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    ServerFacts facts = asked.get();
    steps.ok(
        "server",
        "PostgreSQL "
            + facts.serverVersion()
            + (facts.inRecovery() ? ", a standby" : "")
            + ", system identifier "
            + Long.toUnsignedString(facts.systemIdentifier()));
    Preflight preflight = new Preflight(options, facts, new CheckMonitor());
    steps.demand("privileges", preflight::checkFunctions, "the backup functions may be executed");
    checkSlots();
    Optional<Path> root = dataDirectory(facts, preflight);
    steps.demand("wal_level", preflight::checkWalLevel, facts.walLevel());
    checkPages(facts);
    checkArchiver(facts, preflight);
    checkClock();
    return Optional.of(new Seen(facts, preflight, root));
  }

  /** A slot keeps the WAL until it is copied; nothing else needs one. */
  private void checkSlots() throws IOException {
    if (!options.copyWal()) {
      return;
    }
    Optional<BackupSession.Role> role = steps.attempt("replication slot", server::role);
    if (role.isEmpty()) {
      return;
    } else if (!role.get().mayReplicate()) {
      steps.warning(
          "replication slot",
          "role " + role.get().name() + " may make none: WAL may be gone before it is copied",
          "ALTER ROLE " + role.get().name() + " REPLICATION;");
    } else if (role.get().freeSlots() < 1) {
      steps.warning(
          "replication slot",
          "all are in use: WAL may be gone before it is copied",
          "Raise max_replication_slots and restart the server, or drop one that is not needed.");
    } else {
      steps.ok("replication slot", "one can be made");
    }
  }

  private Optional<Path> dataDirectory(ServerFacts facts, Preflight preflight) throws IOException {
    String subject = "data directory";
    Optional<Path> root = steps.attempt(subject, preflight::dataDirectory);
    if (root.isPresent()
        && steps.demand(
            subject,
            () -> new LocalServer(root.get(), facts).check(),
            "\"" + root.get() + "\" is the server's")) {
      if (!facts.configFiles().isEmpty()) {
        steps.warning(
            "configuration",
            "outside the data directory, and not backed up: "
                + String.join(", ", facts.configFiles()),
            "Keep copies of these files by other means.");
      }
      return root;
    }
    return Optional.empty();
  }

  private void checkPages(ServerFacts facts) {
    if (facts.checksums()) {
      steps.ok("page checksums", "on");
    } else {
      steps.warning(
          "page checksums",
          "off: damaged pages cannot be told from sound ones",
          "pg_checksums --enable turns them on while the server is stopped.");
    }
  }

  private void checkArchiver(ServerFacts facts, Preflight preflight) throws IOException {
    String subject = "archiving";
    boolean isNeeded = options.archive() instanceof ArchivePlace.Server || !options.copyWal();
    String fact =
        isNeeded
            ? "archive_mode is " + facts.archiveMode()
            : "walfmt copies the WAL that a backup needs";
    boolean holds =
        steps
            .attempt(
                subject,
                () -> {
                  preflight.checkArchiving();
                  return true;
                })
            .isPresent();
    if (!holds) {
      return;
    }
    Optional<Archiver.Progress> progress = steps.attempt(subject, server::archiverProgress);
    if (progress.isPresent() && isNeeded && !progress.get().trouble().isEmpty()) {
      steps.error(
          subject,
          progress.get().trouble(),
          "See the server's log for what its archive_command or archive_library says.");
    } else if (progress.isPresent()) {
      steps.ok(
          subject,
          fact + (isNeeded ? ", " + progress.get().archived() + " files archived so far" : ""));
    }
  }

  /** Series are named by the server's clock, and ages counted by this machine's. */
  private void checkClock() throws IOException {
    Optional<Duration> ahead =
        steps.attempt("clock", () -> Duration.between(clock.instant(), server.now()));
    if (ahead.isEmpty()) {
      return;
    } else if (ahead.get().abs().compareTo(CLOCK_TOLERANCE) > 0) {
      steps.warning(
          "clock",
          "the server's is "
              + ahead.get().abs().toSeconds()
              + " s "
              + (ahead.get().isNegative() ? "behind" : "ahead of")
              + " this machine's",
          "Let both be set by NTP.");
    } else {
      steps.ok("clock", "the server's agrees with this machine's");
    }
  }
}
