package org.walfmt.writer.changes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.control.TimelineHistory;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.summary.SummaryFile;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.summaries.SummaryCoverage;
import org.walfmt.writer.summaries.SummaryDirectory;

/** WAL summaries as a change source: the server's own, and those of {@code walfmt summarize}. */
public final class SummaryChanges {
  /**
   * A summary that is replaced by a longer one while it is read: what is there is looked up again.
   */
  private static final int TRIES = 3;

  private final List<SummaryDirectory> directories;
  private final TimelineHistory history;

  private SummaryChanges(List<SummaryDirectory> directories, TimelineHistory history) {
    this.directories = directories;
    this.history = history;
  }

  /**
   * Summaries out of the directories that there are.
   *
   * @param ofServer {@code pg_wal/summaries}, which servers before 17 do not have
   * @param own walfmt's own
   * @param history along which they are used
   * @throws RefusedException if walfmt's own are of other WAL
   */
  public static SummaryChanges of(
      Path ofServer, Optional<Path> own, TimelineHistory history, StreamIdentity identity)
      throws IOException {
    List<SummaryDirectory> directories = new ArrayList<>();
    if (own.isPresent()) {
      SummaryDirectory directory = new SummaryDirectory(own.get());
      directory.requireOf(identity);
      directories.add(directory);
    }
    if (Files.isDirectory(ofServer)) {
      directories.add(new SummaryDirectory(ofServer));
    }
    return new SummaryChanges(directories, history);
  }

  /**
   * What summaries told.
   *
   * @param changes of the range up to {@code reached}, and perhaps of more
   * @param reached from here on no summary leads further
   * @param isExact whether the summaries are of the range alone
   */
  record Found(BlockChanges changes, int files, Lsn reached, boolean isExact) {}

  /** How far summaries lead from {@code start} without a gap; {@code start} if there is none. */
  Lsn reach(Lsn start, Lsn end) throws IOException {
    return SummaryCoverage.find(names().keySet(), history, start, end).reached();
  }

  /** The last record before {@code end}, as far as walfmt's own summaries that end there tell. */
  Optional<Lsn> lastRecord(Lsn end) throws IOException {
    for (SummaryDirectory directory : directories) {
      Optional<Lsn> found = directory.lastRecord(history, end);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * Reads the summaries from {@code start} on as far as they lead.
   *
   * @param isWanted whether it is a failure if they do not cover the start, or if there are later
   *     ones after a gap
   * @throws RefusedException if they do not cover what they should
   * @throws org.walfmt.WalFormatException if one is damaged
   */
  Found read(Lsn start, Lsn end, boolean isWanted) throws IOException {
    for (int i = 1; ; i++) {
      try {
        return tryRead(start, end, isWanted);
      } catch (NoSuchFileException e) {
        if (i == TRIES) {
          RefusedException refused =
              new RefusedException(
                  Reason.INCOMPLETE, "a WAL summary vanished", String.valueOf(e.getMessage()), "");
          refused.initCause(e);
          throw refused;
        }
      }
    }
  }

  private Found tryRead(Lsn start, Lsn end, boolean isWanted) throws IOException {
    Map<SummaryName, SummaryDirectory> names = names();
    SummaryCoverage coverage = SummaryCoverage.find(names.keySet(), history, start, end);
    if (isWanted) {
      requireNoGap(names.keySet(), coverage, start, end);
    }
    BlockChanges changes = new BlockChanges();
    boolean isExact = true;
    for (SummaryName name : coverage.names()) {
      Objects.requireNonNull(names.get(name)).read(name, changes);
      if (changes.size() > SummaryFile.MOST_FORKS) {
        throw new RefusedException(
            Reason.UNSUPPORTED,
            "the WAL changed more than " + SummaryFile.MOST_FORKS + " relations",
            "",
            "Use --changes=scan.");
      }
      // Of a timeline that the history leaves, what comes after is of an abandoned part.
      Lsn left = history.switchPoint(name.timeline()).orElse(end);
      isExact &=
          !name.start().isBefore(start) && !name.end().isAfter(left.isBefore(end) ? left : end);
    }
    return new Found(changes, coverage.names().size(), coverage.reached(), isExact);
  }

  private void requireNoGap(
      Iterable<SummaryName> names, SummaryCoverage coverage, Lsn start, Lsn end)
      throws RefusedException {
    if (start.equals(end)) {
      return; // as on a standby that has done no restartpoint since the parent
    }
    Lsn gapEnd = end;
    for (SummaryName name : names) {
      if (name.start().isAfter(coverage.reached())
          && name.start().isBefore(gapEnd)
          && history.includes(name.timeline(), name.start())) {
        gapEnd = name.start();
      }
    }
    if (coverage.names().isEmpty() || gapEnd.isBefore(end)) {
      throw new RefusedException(
          Reason.INCOMPLETE,
          "no WAL summary covers " + coverage.reached() + " to " + gapEnd,
          "changes from " + start + " to " + end + " are needed",
          "Use --changes=wal or scan; \"walfmt summaries\" shows what there is.");
    }
  }

  private Map<SummaryName, SummaryDirectory> names() throws IOException {
    Map<SummaryName, SummaryDirectory> names = new LinkedHashMap<>();
    for (SummaryDirectory directory : directories) {
      for (SummaryName name : directory.list()) {
        names.putIfAbsent(name, directory);
      }
    }
    return names;
  }
}
