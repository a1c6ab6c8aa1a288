package org.walfmt.replayer.target;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.walfmt.Lsn;
import org.walfmt.archive.Archive;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Series;

/** What the end of a backup must not lie after, for its commit to tell. */
sealed interface TargetBound {
  /** Whether recovery from the backup can stop at the target. */
  boolean admits(CommitFile.Summary backup) throws IOException;

  /** The end of a backup, as it compares with {@link #text}. */
  String endOf(CommitFile.Summary backup);

  /** The target. */
  String text();

  /** Where recovery stops, if that is known. */
  Optional<Lsn> stop();

  /** A position. */
  record EndLsn(Lsn lsn) implements TargetBound {
    @Override
    public boolean admits(CommitFile.Summary backup) {
      return !backup.stopLsn().isAfter(lsn);
    }

    @Override
    public String endOf(CommitFile.Summary backup) {
      return backup.stopLsn().toString();
    }

    @Override
    public String text() {
      return lsn.toString();
    }

    @Override
    public Optional<Lsn> stop() {
      return Optional.of(lsn);
    }
  }

  /** A time. */
  record EndTime(Archive archive, String text, Instant time) implements TargetBound {
    /** A commit tells whole seconds, rounded down; the series tells all of it. */
    @Override
    public boolean admits(CommitFile.Summary backup) throws IOException {
      if (backup.stopTime().isAfter(time)) {
        return false;
      }
      return !backup.stopTime().plusSeconds(1).isAfter(time)
          || !Series.open(archive, backup).end().stopTime().isAfter(time);
    }

    @Override
    public String endOf(CommitFile.Summary backup) {
      return backup.stopTime().toString();
    }

    @Override
    public Optional<Lsn> stop() {
      return Optional.empty();
    }
  }
}
