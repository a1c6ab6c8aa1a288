package org.walfmt.replayer.target;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.control.TimelineHistory;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.target.TargetSearch.Outcome;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Histories;

/**
 * Picks the backup that recovery starts from: the one that was named, if its target can be reached
 * from it, or the newest that ends at or before the target. The server cannot stop before the end
 * of a backup: it says so, and gives up, only when it has replayed everything.
 */
public final class TargetChoice {
  /**
   * What was picked.
   *
   * @param stop where recovery stops, as far as that is known; the record there may be replayed
   */
  public record Picked(CommitFile.Summary backup, Optional<Lsn> stop) {}

  private final Archive archive;
  private final RecoverySettings recovery;
  private final Monitor monitor;
  private final Histories histories;
  private final BackupChoice choice;

  /** Picks from the backups in {@code archive}. */
  public TargetChoice(Archive archive, RecoverySettings recovery, Monitor monitor) {
    this.archive = archive;
    this.recovery = recovery;
    this.monitor = monitor;
    this.histories = new Histories(archive);
    this.choice = new BackupChoice(archive, histories);
  }

  /**
   * Picks a backup.
   *
   * @param word an id, the first eight digits of one, or {@link BackupChoice#LATEST}
   * @throws RefusedException if there is none from which the target can be reached
   */
  public Picked pick(String word) throws IOException {
    Optional<RecoveryTarget> target = recovery.target();
    if (!word.equals(BackupChoice.LATEST)) {
      return named(choice.findComplete(word, monitor));
    } else if (target.isEmpty() && recovery.timeline().flatMap(TargetChoice::number).isEmpty()) {
      return new Picked(choice.findComplete(word, monitor), Optional.empty());
    }
    BackupChoice.Line line = line();
    if (target.isEmpty()) {
      return new Picked(line.backups().get(0), Optional.empty());
    }
    return switch (target.get().kind()) {
      case IMMEDIATE -> immediate(line.backups().get(0));
      case LSN -> newest(line, lsn(target.get()));
      case TIME -> newest(line, time(target.get()));
      case XID, NAME -> search(line, target.get());
    };
  }

  /** A number that stands for a timeline; empty for the server's words. */
  private static Optional<TimelineId> number(String timeline) {
    return timeline.matches("[0-9]+")
        ? Optional.of(TimelineId.of(Long.parseLong(timeline)))
        : Optional.empty();
  }

  /** The backups on the history along which recovery will go. */
  private BackupChoice.Line line() throws IOException {
    Optional<TimelineId> number = recovery.timeline().flatMap(TargetChoice::number);
    if (number.isPresent()) {
      return choice.lineOf(number.get(), monitor);
    }
    BackupChoice.Line line = choice.newestLine(monitor);
    if (!recovery.timeline().equals(Optional.of("current"))) {
      return line;
    }
    TimelineId current = line.backups().get(0).stopTimeline();
    TimelineHistory history = histories.find(current).orElse(TimelineHistory.of(current));
    return new BackupChoice.Line(
        history,
        line.backups().stream().filter(each -> each.stopTimeline().equals(current)).toList(),
        line.others());
  }

  private static Picked immediate(CommitFile.Summary backup) {
    return new Picked(backup, Optional.of(backup.stopLsn()));
  }

  private Picked named(CommitFile.Summary backup) throws IOException {
    Optional<TimelineId> number = recovery.timeline().flatMap(TargetChoice::number);
    if (number.isPresent() && !BackupChoice.isOn(histories.require(number.get()), backup)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "backup " + backup.id() + " is not on the history of timeline " + number.get(),
          "it ends at " + backup.stopLsn() + " on timeline " + backup.stopTimeline(),
          "");
    }
    Optional<RecoveryTarget> target = recovery.target();
    if (target.isEmpty()) {
      return new Picked(backup, Optional.empty());
    }
    switch (target.get().kind()) {
      case IMMEDIATE -> {
        return immediate(backup);
      }
      case LSN -> {
        TargetBound bound = lsn(target.get());
        require(backup, bound);
        return new Picked(backup, bound.stop());
      }
      case TIME -> {
        Optional<Instant> time = TargetTime.parse(target.get().value());
        if (time.isPresent()) {
          require(backup, new TargetBound.EndTime(archive, target.get().value(), time.get()));
        }
        return new Picked(backup, Optional.empty());
      }
      default -> {
        return new Picked(backup, Optional.empty());
      }
    }
  }

  private static void require(CommitFile.Summary backup, TargetBound bound) throws IOException {
    if (!bound.admits(backup)) {
      throw new RefusedException(
          Reason.MISMATCH,
          "backup " + backup.id() + " ends after the recovery target",
          "it ends at " + bound.endOf(backup) + ", the target is " + bound.text(),
          "Name an older backup, or let \"" + BackupChoice.LATEST + "\" find one.");
    }
  }

  private static TargetBound lsn(RecoveryTarget target) {
    return new TargetBound.EndLsn(Lsn.parse(target.value()));
  }

  private TargetBound time(RecoveryTarget target) throws RefusedException {
    Instant time =
        TargetTime.parse(target.value())
            .orElseThrow(
                () ->
                    new RefusedException(
                        Reason.PRECONDITION,
                        "which backup ends before \""
                            + target.value()
                            + "\" depends on the restored server's time zone",
                        "",
                        "Give date, time and offset, such as 2026-11-24 12:00:00+00, or name the"
                            + " backup by its id."));
    return new TargetBound.EndTime(archive, target.value(), time);
  }

  /** The newest backup that a bound admits. */
  private Picked newest(BackupChoice.Line line, TargetBound bound) throws IOException {
    for (CommitFile.Summary backup : line.backups()) {
      if (bound.admits(backup)) {
        warnOfOthers(line, backup, bound);
        return new Picked(backup, bound.stop());
      }
    }
    CommitFile.Summary oldest = line.backups().get(line.backups().size() - 1);
    throw new RefusedException(
        Reason.INCOMPLETE,
        "no backup ends at or before the recovery target " + bound.text(),
        "the oldest on the history of timeline "
            + line.history().timeline()
            + ", "
            + oldest.id()
            + ", ends at "
            + bound.endOf(oldest),
        "");
  }

  /** The target may be meant on a timeline that was abandoned since. */
  private void warnOfOthers(BackupChoice.Line line, CommitFile.Summary picked, TargetBound bound)
      throws IOException {
    for (CommitFile.Summary other : line.others()) {
      if (other.startTime().compareTo(picked.startTime()) > 0 && bound.admits(other)) {
        monitor.warning(
            "backup "
                + other.id()
                + " ends before the target, too, and is passed over: timeline "
                + line.history().timeline()
                + " does not lead through it (--target-timeline="
                + other.stopTimeline()
                + " does)");
        return;
      }
    }
  }

  /**
   * The newest backup from whose start on the first record that is wanted lies after its stop. The
   * WAL is read from the newest backup's start to the end, then from each older one's to the next.
   */
  private Picked search(BackupChoice.Line line, RecoveryTarget target) throws IOException {
    CommitFile.Summary newest = line.backups().get(0);
    StreamIdentity identity =
        new StreamIdentity(newest.version(), newest.segmentSize(), newest.systemIdentifier());
    TargetSearch search = new TargetSearch(archive, line.history(), identity, monitor);
    boolean named = target.kind() == RecoveryTarget.Kind.NAME;
    String what =
        (named ? "restore point \"" : "transaction ") + target.value() + (named ? "\"" : "");
    TargetSearch.Wanted wanted =
        named
            ? TargetSearch.restorePoint(target.value())
            : TargetSearch.transaction(Long.parseLong(target.value()), newest.version());
    Optional<Lsn> end = Optional.empty();
    Optional<Lsn> found = Optional.empty();
    Optional<Outcome> ended = Optional.empty();
    for (CommitFile.Summary backup : byStart(line.backups())) {
      Outcome outcome = search.first(wanted, backup.startLsn(), end);
      if (outcome.found().isPresent()) {
        found = outcome.found();
      } else if (outcome.end().isPresent()) {
        found = Optional.empty(); // no way from here to what lies after the gap
        ended = ended.or(() -> Optional.of(outcome));
      }
      if (found.isPresent() && !found.get().isBefore(backup.stopLsn())) {
        monitor.info(what + " is at " + found.get() + ", after the end of backup " + backup.id());
        return new Picked(backup, found);
      }
      end = Optional.of(backup.startLsn());
    }
    throw new RefusedException(
        Reason.INCOMPLETE,
        found.isPresent()
            ? "no backup ends before " + what
            : what + " is not in the archived WAL of timeline " + line.history().timeline(),
        found.isPresent()
            ? "it is at " + found.get()
            : "looked from the oldest backup's start, "
                + end.orElseThrow()
                + ", on"
                + ended
                    .map(
                        each ->
                            "; the WAL ends at " + each.end().orElseThrow() + ": " + each.reason())
                    .orElse(""),
        found.isPresent()
            ? ""
            : "The segment may not be archived yet; or name the backup by its id.");
  }

  private static List<CommitFile.Summary> byStart(List<CommitFile.Summary> backups) {
    return backups.stream().sorted((a, b) -> b.startLsn().compareTo(a.startLsn())).toList();
  }
}
