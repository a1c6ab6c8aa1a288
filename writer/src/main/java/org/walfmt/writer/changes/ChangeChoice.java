package org.walfmt.writer.changes;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.WalFormatException;
import org.walfmt.segment.SegmentSource;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.writer.decode.WalScan;

/**
 * Chooses the change source of an incremental and gets from it what it tells. What a source cannot
 * tell is never passed over: with {@link ChangeSource#AUTO} the next source is asked, and one line
 * says why; else the backup fails.
 */
public final class ChangeChoice {
  private final ChangeSource wanted;
  private final int jobs;
  private final Monitor monitor;

  /**
   * A choice by what was asked for.
   *
   * @param jobs pieces of WAL decoded side by side
   */
  public ChangeChoice(ChangeSource wanted, int jobs, Monitor monitor) {
    this.wanted = wanted;
    this.jobs = jobs;
    this.monitor = monitor;
  }

  /**
   * What the WAL tells of the range from {@code start} to {@code end}.
   *
   * @param databaseBytes what a page scan would have to read; empty if that is not known
   * @return empty if every page is to be read instead
   */
  public Optional<BlockChanges> find(
      SegmentSource wal, StreamIdentity identity, Lsn start, Lsn end, OptionalLong databaseBytes)
      throws IOException {
    long walBytes = end.value() - start.value();
    if (wanted == ChangeSource.SCAN) {
      return Optional.empty();
    }
    if (wanted == ChangeSource.AUTO && walBytes > databaseBytes.orElse(Long.MAX_VALUE)) {
      monitor.info("changes by page scan: there is more WAL since the parent than there is data");
      return Optional.empty();
    }
    try {
      BlockChanges changes = WalScan.run(wal, identity, start, end, true, jobs, monitor);
      if (wanted == ChangeSource.AUTO) {
        monitor.info("changes by WAL scan: from " + start + " to " + end);
      }
      return Optional.of(changes);
    } catch (WalFormatException | RefusedException e) {
      boolean isOtherHistory = e instanceof RefusedException r && r.reason() == Reason.MISMATCH;
      if (wanted == ChangeSource.WAL || isOtherHistory) {
        throw e;
      }
      monitor.info("changes by page scan, since the WAL does not tell: " + e.getMessage());
      return Optional.empty();
    }
  }
}
