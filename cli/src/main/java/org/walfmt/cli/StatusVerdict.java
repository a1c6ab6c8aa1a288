package org.walfmt.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.walfmt.health.ArchiveHealth;
import org.walfmt.health.WalCoverage;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * What the state of an archive means.
 *
 * @param problems one fact each, the worst first
 */
record StatusVerdict(PluginState state, List<Problem> problems) {
  /** Something that is not as it should be. */
  record Problem(PluginState state, String fact) {}

  /**
   * From where on things are wrong.
   *
   * @param age of the newest backup, in seconds
   * @param fullAge of the newest full one, in seconds
   * @param chain backups in the newest one's chain
   */
  record Limits(Optional<Threshold> age, Optional<Threshold> fullAge, Optional<Threshold> chain) {}

  static StatusVerdict of(
      ArchiveHealth health, Map<BackupId, BackupState> states, Limits limits, Instant now) {
    List<Problem> problems = new ArrayList<>();
    if (health.chain().isEmpty()) {
      problems.add(new Problem(PluginState.CRITICAL, "no backup that can be restored"));
    } else {
      CommitFile.Summary last = health.chain().get(0);
      judge(problems, limits.age(), age(last, now), "last backup is " + Ages.text(age(last, now)));
      judgeFull(problems, health, limits, now);
      int length = health.chain().size();
      judge(problems, limits.chain(), length, "chain of " + length + " backups");
      long damaged = health.chain().stream().mapToLong(CommitFile.Summary::damagedPages).sum();
      if (damaged > 0) {
        problems.add(
            new Problem(PluginState.WARNING, "last backup's chain has damaged pages: " + damaged));
      }
    }
    health.wal().ifPresent(wal -> judge(problems, wal));
    long broken = states.values().stream().filter(StatusVerdict::isBroken).count();
    if (broken > 0) {
      problems.add(
          new Problem(
              PluginState.WARNING,
              broken == 1
                  ? "1 backup is incomplete or unreadable"
                  : broken + " backups are incomplete or unreadable"));
    }
    problems.sort((a, b) -> b.state().compareTo(a.state()));
    PluginState worst =
        problems.stream().map(Problem::state).reduce(PluginState.OK, PluginState::worse);
    return new StatusVerdict(worst, List.copyOf(problems));
  }

  static boolean isBroken(BackupState state) {
    return state.word().equals("incomplete") || state.word().equals("unreadable");
  }

  /** Seconds since the state that a restore would bring back; 0 if clocks disagree. */
  static long age(CommitFile.Summary backup, Instant now) {
    return Math.max(0, Duration.between(backup.stopTime(), now).toSeconds());
  }

  private static void judgeFull(
      List<Problem> problems, ArchiveHealth health, Limits limits, Instant now) {
    if (health.lastFull().isPresent()) {
      long age = age(health.lastFull().get(), now);
      judge(problems, limits.fullAge(), age, "last full backup is " + Ages.text(age));
    } else if (limits.fullAge().isPresent()) {
      problems.add(new Problem(PluginState.CRITICAL, "no full backup that can be restored"));
    }
  }

  private static void judge(
      List<Problem> problems, Optional<Threshold> threshold, long value, String fact) {
    PluginState state = threshold.map(each -> each.of(value)).orElse(PluginState.OK);
    if (state != PluginState.OK) {
      problems.add(new Problem(state, fact));
    }
  }

  private static void judge(List<Problem> problems, WalCoverage wal) {
    wal.gap()
        .ifPresent(
            gap ->
                problems.add(
                    new Problem(
                        PluginState.CRITICAL,
                        wal.coversBackup()
                            ? "gap in the WAL since the last backup: " + gap
                            : "last backup lacks WAL that it needs: " + gap)));
  }
}
