package org.walfmt.series;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.archive.SegmentUploader;

/** What becomes of a series whose run failed: nothing of it stays in the archive. */
public final class FailedSeries {
  private FailedSeries() {}

  /**
   * Takes the commit, if it may be there, and all segments out again, in spite of an interrupt.
   * What cannot be taken out is left to the next run, by {@code lock}, and the monitor hears of it.
   *
   * @param reason gets a failure of this suppressed
   */
  public static void takeBack(
      Archive archive,
      SeriesCommit commit,
      SegmentUploader uploader,
      RunLock lock,
      Monitor monitor,
      Throwable reason) {
    boolean interrupted = Thread.interrupted(); // with it set, no channel would work
    try {
      Optional<String> left = commit.withdraw();
      uploader.abandon();
      tellWhatStays(archive, left, uploader.names(), monitor);
    } catch (IOException | RuntimeException e) {
      lock.leave();
      reason.addSuppressed(e);
      monitor.warning(
          "could not take the failed backup's segments out of the archive again; the next run"
              + " will: "
              + e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void tellWhatStays(
      Archive archive, Optional<String> commit, List<String> segments, Monitor monitor) {
    if (commit.isPresent()) {
      monitor.warning(
          "whether the commit "
              + commit.get()
              + " is in the archive is not known: if it is, the backup is complete");
    } else if (!segments.isEmpty() && !archive.canDelete()) {
      monitor.warning(
          segments.size()
              + " segments of the failed backup stay in the archive, from "
              + segments.get(0)
              + " on: without a commit they are no backup, and may be removed");
    }
  }
}
