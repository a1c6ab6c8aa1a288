package org.walfmt.writer;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.walfmt.archive.Archive;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.archive.RunLock;
import org.walfmt.health.ArchiveHealth;
import org.walfmt.health.ArchiveProbe;
import org.walfmt.health.WalCoverage;
import org.walfmt.series.CommitFile;

/** The part of a check that puts a file into the archive, takes it out, and looks around there. */
final class ArchiveCheck {
  private static final String ROUND_TRIP = "round trip";
  private static final String BACKUPS = "backups";
  private static final String CONTRACT =
      "See why it fails; a file that is there with the same bytes it must accept.";

  private final Archive archive;
  private final CheckSteps steps;
  private final CheckMonitor monitor;
  private final Clock clock;

  ArchiveCheck(Archive archive, CheckSteps steps, CheckMonitor monitor, Clock clock) {
    this.archive = archive;
    this.steps = steps;
    this.monitor = monitor;
    this.clock = clock;
  }

  /** Puts a probe, fetches it, lists it, removes it. */
  void roundTrip(ArchivePlace place, RandomGenerator random) throws IOException {
    if (place instanceof ArchivePlace.Server server && server.reading().isEmpty()) {
      steps.warning(
          ROUND_TRIP,
          "not tried: what the server archives cannot be fetched",
          "Give the command that fetches it with --restore-command.");
      return;
    }
    ArchiveProbe probe = ArchiveProbe.of(archive, random);
    Optional<Boolean> left = steps.attempt(ROUND_TRIP, probe::isThere);
    if (left.isEmpty()) {
      return;
    }
    // A server's archiver that is given a file which is there may fail on it again and again.
    boolean puts = !(left.get() && place instanceof ArchivePlace.Server);
    if (puts && steps.attempt(ROUND_TRIP, () -> putAndTell(probe)).isEmpty()) {
      return;
    }
    Optional<Optional<String>> problem = steps.attempt(ROUND_TRIP, probe::problem);
    if (problem.isPresent() && problem.get().isPresent()) {
      steps.error(
          ROUND_TRIP,
          "file " + probe.name() + " was put, and when it was fetched: " + problem.get().get(),
          "The commands that put and fetch must be of the same archive.");
    }
    boolean listed = problem.isPresent() && archive.canList() && isListed(probe);
    Optional<Boolean> removed = steps.attempt(ROUND_TRIP, probe::remove);
    if (problem.isPresent() && problem.get().isEmpty() && removed.isPresent()) {
      steps.ok(
          ROUND_TRIP,
          "file "
              + probe.name()
              + (puts ? " put, fetched" : " of an earlier check fetched")
              + (listed ? ", listed" : "")
              + (removed.get() ? " and removed" : ", stays: there is no delete command"));
    }
  }

  private boolean putAndTell(ArchiveProbe probe) throws IOException {
    monitor.take();
    probe.put();
    List<String> told = monitor.take();
    if (!told.isEmpty()) {
      steps.warning("archive command", String.join("; ", told), CONTRACT);
    }
    return true;
  }

  private boolean isListed(ArchiveProbe probe) throws IOException {
    Optional<List<String>> names = steps.attempt("list command", archive::list);
    if (names.isPresent() && !names.get().contains(probe.name())) {
      steps.warning(
          "list command",
          "it does not show file " + probe.name() + ", which was just put",
          "It must print the names of all files; where files come into its sight later, as with"
              + " Barman, that is how it is.");
      return false;
    }
    return names.isPresent();
  }

  /** The newest backup, and the WAL since. */
  void backups() throws IOException {
    if (!archive.canList()) {
      steps.warning(
          BACKUPS,
          "cannot be found without their ids: there is no list command",
          "Give one with --list-command; \"latest\", list, status and expire need it, too.");
      return;
    }
    Optional<ArchiveHealth> health =
        steps.attempt(BACKUPS, () -> ArchiveHealth.read(archive, RunLock.host(), clock.instant()));
    if (health.isEmpty()) {
      return;
    }
    Optional<CommitFile.Summary> last = health.get().last();
    if (last.isEmpty()) {
      boolean isNew = health.get().stock().backups().isEmpty();
      String fact = isNew ? "none yet" : "none that can be restored";
      String hint = "\"walfmt backup\" takes a full one.";
      steps.warning(BACKUPS, fact, hint);
      return;
    }
    int length = health.get().chain().size();
    steps.ok(
        BACKUPS,
        "newest is "
            + last.get().id()
            + ", "
            + (length == 1 ? "alone" : "in a chain of " + length));
    health.get().wal().ifPresent(this::wal);
  }

  private void wal(WalCoverage wal) {
    String subject = "WAL";
    if (wal.gap().isEmpty()) {
      steps.ok(subject, "without a gap from the newest backup's start up to " + wal.upTo());
    } else {
      steps.error(
          subject,
          wal.gap().get()
              + (wal.coversBackup()
                  ? ": nothing after it can be restored"
                  : ": the newest backup cannot be restored"),
          "Copy what is missing into the archive if the server still has it; else take a backup.");
    }
  }

  /**
   * Room for files.
   *
   * @param needed what may come; empty if that is not known
   */
  void room(String subject, Path directory, OptionalLong needed) throws IOException {
    Optional<Long> free =
        steps.attempt(
            subject,
            () -> {
              FileStore store = Files.getFileStore(existing(directory));
              return store.getUsableSpace();
            });
    if (free.isEmpty()) {
      return;
    }
    String fact = (free.get() >> 20) + " MB free in \"" + directory + "\"";
    if (needed.isPresent() && free.get() < needed.getAsLong()) {
      steps.warning(
          subject,
          fact + ", and it may take " + (needed.getAsLong() >> 20) + " MB",
          "Free some space, or name another place.");
    } else {
      steps.ok(subject, fact);
    }
  }

  /** The directory, or the nearest one above that is there. */
  private static Path existing(Path directory) {
    Path there = directory.toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    return there;
  }
}
