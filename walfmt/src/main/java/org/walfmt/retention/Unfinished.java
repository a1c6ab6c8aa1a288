package org.walfmt.retention;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.walfmt.TimelineId;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunFile;
import org.walfmt.retention.ExpiryPlan.LeftOver;
import org.walfmt.series.BackupId;
import org.walfmt.series.BeginNote;
import org.walfmt.series.Parent;

/**
 * Series without a commit, and runs that may still give them one.
 *
 * <p>A run has its run file from before its first segment until after its commit, but not always
 * where this looks: a directory may be filled through commands, or by a server's own archiver, and
 * behind commands only runs of this host are seen. Where there is no run file, and of runs of other
 * hosts, age decides: a series' timeline tells when its backup began (rule NAME-3).
 */
final class Unfinished {
  /** No backup takes so long; and one that did would fail in the end, not be broken. */
  static final Duration LONGEST_RUN = Duration.ofDays(14);

  private final Archive archive;
  private final Instant now;
  private final Map<TimelineId, RunningBackup> running = new TreeMap<>();
  private final Set<TimelineId> abandoned = new TreeSet<>();

  private Unfinished(Archive archive, Instant now) {
    this.archive = archive;
    this.now = now;
  }

  /**
   * Looks for them.
   *
   * @param names that were listed before this
   */
  static Unfinished read(Archive archive, String host, Instant now, Set<String> names)
      throws IOException {
    Unfinished unfinished = new Unfinished(archive, now);
    unfinished.addRuns(RunFile.list(archive, host));
    unfinished.addSeries(names);
    return unfinished;
  }

  /** The runs that may be alive, as their run files tell. */
  static List<RunningBackup> runs(Archive archive, String host, Instant now) throws IOException {
    Unfinished unfinished = new Unfinished(archive, now);
    unfinished.addRuns(RunFile.list(archive, host));
    return unfinished.running();
  }

  private void addRuns(List<RunFile> runs) {
    for (RunFile run : runs) {
      boolean isGone =
          switch (run.state()) {
            case LIVE -> false;
            case DEAD -> true;
            case UNKNOWN -> isOld(run.timeline());
          };
      if (isGone) {
        abandoned.add(run.timeline());
      } else {
        running.put(run.timeline(), RunningBackup.of(run));
      }
    }
  }

  private boolean isOld(TimelineId timeline) {
    return timeline.seriesTime().plus(LONGEST_RUN).isBefore(now);
  }

  private void addSeries(Set<String> names) throws IOException {
    Set<TimelineId> committed = committed(names);
    Set<TimelineId> seen = new TreeSet<>();
    for (String name : names) { // the first of each timeline is its first segment
      if (Stock.isSegmentOfSeries(name) && seen.add(Stock.timeline(name))) {
        TimelineId timeline = Stock.timeline(name);
        if (!committed.contains(timeline) && !abandoned.contains(timeline)) {
          addSeries(timeline, name);
        }
      }
    }
  }

  private void addSeries(TimelineId timeline, String first) throws IOException {
    RunningBackup run = running.get(timeline);
    if (run == null && isOld(timeline)) {
      abandoned.add(timeline);
    } else if (run == null || !run.known()) {
      Optional<BeginNote> begin = FirstRecord.read(archive, first);
      running.put(
          timeline,
          new RunningBackup(
              timeline,
              begin.isPresent(),
              begin.flatMap(BeginNote::parent).flatMap(Unfinished::series)));
    }
  }

  private static Optional<BackupId> series(Parent parent) {
    return parent instanceof Parent.Series series ? Optional.of(series.id()) : Optional.empty();
  }

  private static Set<TimelineId> committed(Set<String> names) {
    Set<TimelineId> timelines = new TreeSet<>();
    for (String name : names) {
      if (name.endsWith(".backup") && Stock.isOfSeries(name)) {
        timelines.add(Stock.timeline(name));
      }
    }
    return timelines;
  }

  List<RunningBackup> running() {
    return List.copyOf(running.values());
  }

  /**
   * What can be removed.
   *
   * @param names that were listed after this looked: a run that ended meanwhile has committed
   */
  List<LeftOver> leftOver(Set<String> names) throws IOException {
    Set<TimelineId> committed = committed(names);
    List<LeftOver> found = new ArrayList<>();
    for (TimelineId timeline : abandoned) {
      List<String> segments = Stock.segments(names, timeline);
      if (!committed.contains(timeline) && !segments.isEmpty()) {
        found.add(new LeftOver(timeline, segments, segments.size() * length(segments.get(0))));
      }
    }
    return found;
  }

  /** For the plan to show; a run that died may have left a part of a segment. */
  private long length(String segment) throws IOException {
    try {
      return archive.length(segment).orElse(0L);
    } catch (WalFormatException e) {
      return 0;
    }
  }
}
