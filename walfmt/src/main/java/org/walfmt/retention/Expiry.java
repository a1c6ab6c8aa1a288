package org.walfmt.retention;

import java.io.IOException;
import java.time.Clock;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.archive.DirectoryLock;
import org.walfmt.archive.RunLock;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.retention.ExpiryPlan.Removal;
import org.walfmt.retention.ExpiryPlan.WalPruning;
import org.walfmt.segment.SegmentInput;
import org.walfmt.series.BackupId;

/**
 * Removes from an archive what a plan says. Whenever it is stopped, each backup that is left can be
 * restored as before, and what is left of others is found by the next one.
 */
public final class Expiry {
  /** Locked in the directory of runs while something is removed. */
  private static final String LOCK = ".walfmt-expire.lock";

  private final Archive archive;
  private final String host;
  private final Clock clock;
  private final Listener listener;

  /** Hears what goes. */
  public interface Listener {
    /** Something was removed as a whole; one line. */
    void removed(String line);
  }

  /**
   * @param host name of this host, as runs note it
   */
  public Expiry(Archive archive, String host, Clock clock, Listener listener) {
    this.archive = archive;
    this.host = host;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Removes it.
   *
   * @throws RefusedException if another expiry is at work, or if meanwhile a backup was begun or
   *     taken that builds on one that was to go
   */
  public void execute(ExpiryPlan plan) throws IOException {
    Optional<DirectoryLock> lock = DirectoryLock.tryLock(archive.runs(), LOCK);
    if (lock.isEmpty()) {
      throw new RefusedException(
          Reason.PRECONDITION,
          "another \"walfmt expire\" is at work on archive \"" + archive.description() + "\"",
          "",
          "Wait until it has ended.");
    }
    try {
      removePlanned(plan);
    } finally {
      lock.get().close();
    }
  }

  private void removePlanned(ExpiryPlan plan) throws IOException {
    for (LeftOver left : plan.leftOver()) {
      requireNoCommit(left);
      marked(left.timeline(), () -> removeAll(left.segments()));
      listener.removed(
          "removed what was left on series timeline "
              + left.timeline().toHex()
              + ": "
              + count(left.segments()));
    }
    RunLock.removeDeadRuns(archive, host); // their run files and temporary ones
    Set<BackupId> outgoing = new HashSet<>();
    plan.removals().forEach(removal -> outgoing.add(removal.id()));
    for (Removal removal : plan.removals()) {
      requireNothingNew(plan.commits(), outgoing);
      marked(removal.id().timeline(), () -> remove(removal));
      outgoing.remove(removal.id());
    }
    if (plan.wal().isPresent()) {
      prune(plan, plan.wal().get());
    }
  }

  /** A list may lag behind: what looks left over may be a backup. */
  private void requireNoCommit(LeftOver left) throws IOException {
    String first = Collections.min(left.segments());
    if (archive.hasCommit(first)) {
      throw changed("backup " + first + " has been taken");
    }
  }

  /** What a removal is. */
  private interface Step {
    void run() throws IOException;
  }

  /**
   * Removes with a run file beside: without it, segments that have lost their commit would look
   * like those of a backup that is being taken, as long as one may last.
   */
  private void marked(TimelineId timeline, Step step) throws IOException {
    Optional<RunLock> mark = RunLock.mark(archive, timeline, host);
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      mark.ifPresent(RunLock::leave);
      throw e;
    } finally {
      if (mark.isPresent()) {
        mark.get().close();
      }
    }
  }

  private static String count(List<String> names) {
    return names.size() == 1 ? "1 file" : names.size() + " files";
  }

  /** The commit first, and only when it is gone its segments. */
  private void remove(Removal removal) throws IOException {
    String commit = removal.id().commitName();
    archive.delete(commit);
    Optional<SegmentInput> left = archive.open(commit);
    if (left.isPresent()) {
      left.get().close();
      throw new IOException(
          "file "
              + commit
              + " is still in archive \""
              + archive.description()
              + "\" after it was removed");
    }
    removeAll(removal.segments());
    listener.removed("removed backup " + removal.id() + ": " + count(removal.files()));
  }

  private void prune(ExpiryPlan plan, WalPruning wal) throws IOException {
    if (!wal.files().isEmpty()) {
      requireNothingNew(plan.commits(), Set.of());
      removeAll(wal.files());
      listener.removed("removed WAL: " + count(wal.files()));
    }
  }

  private void removeAll(List<String> names) throws IOException {
    for (String name : names) {
      archive.delete(name);
    }
  }

  /** That no backup has come, and none has begun to build on one that is to go. */
  private void requireNothingNew(Set<BackupId> planned, Set<BackupId> outgoing) throws IOException {
    for (RunningBackup run : Unfinished.runs(archive, host, clock.instant())) {
      Optional<BackupId> parent = outgoing.stream().filter(run::mayBuildOn).findAny();
      if (parent.isPresent()) {
        throw changed("a backup has begun that may build on backup " + parent.get());
      }
    }
    for (String name : archive.list()) {
      Optional<BackupId> id = BackupId.ofCommit(name);
      if (id.isPresent() && !planned.contains(id.get())) {
        throw changed("backup " + id.get() + " has been taken");
      }
    }
  }

  private static RefusedException changed(String what) {
    return new RefusedException(
        Reason.PRECONDITION,
        "stopped, since " + what + " meanwhile",
        "what was removed before is gone, all else is as it was",
        "Run it again.");
  }
}
