package org.walfmt.writer.changes;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.OptionalLong;
import org.walfmt.Lsn;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.summary.BlockChanges;
import org.walfmt.writer.decode.RecordChain;
import org.walfmt.writer.decode.WalScan;
import org.walfmt.writer.wal.WalFiles;

/**
 * Chooses the change source of an incremental and gets from it what it tells. What a source cannot
 * tell is never passed over: with {@link ChangeSource#AUTO} the next source is asked, and one line
 * says why; else the backup fails.
 */
public final class ChangeChoice {
  private final WalFiles wal;
  private final StreamIdentity identity;
  private final SummaryChanges summaries;
  private final Lsn start;
  private final Lsn end;
  private final WalScan scan;
  private final Monitor monitor;

  /**
   * A choice for the range from {@code start} to {@code end}.
   *
   * @param jobs pieces of WAL decoded side by side
   */
  public ChangeChoice(
      WalFiles wal,
      StreamIdentity identity,
      SummaryChanges summaries,
      Lsn start,
      Lsn end,
      int jobs,
      Monitor monitor) {
    this.wal = wal;
    this.identity = identity;
    this.summaries = summaries;
    this.start = start;
    this.end = end;
    this.scan = new WalScan(wal, identity, true, jobs, monitor);
    this.monitor = monitor;
  }

  /**
   * Asks what is wanted.
   *
   * @param databaseBytes what a page scan would have to read; empty if that is not known
   */
  public Changes find(ChangeSource wanted, OptionalLong databaseBytes) throws IOException {
    return switch (wanted) {
      case SCAN -> Changes.BY_SCAN;
      case WAL ->
          new Changes(ChangeSource.WAL, Optional.of(scanWal(start, Optional.empty())), true, 0);
      case SUMMARIES -> bySummaries(true);
      case AUTO -> cheapest(databaseBytes.orElse(Long.MAX_VALUE));
      case AUDIT -> all();
    };
  }

  private BlockChanges scanWal(Lsn from, Optional<Lsn> before) throws IOException {
    return scan.run(from, before, end);
  }

  /** Summaries as far as they reach, and the WAL from there on. */
  private SummaryChanges.Found readSummaries(boolean withoutGap) throws IOException {
    SummaryChanges.Found found = summaries.read(start, end, withoutGap);
    if (found.reached().isBefore(end)) {
      found.changes().append(scanWal(found.reached(), lastRecord(found.reached())));
    }
    return found;
  }

  /**
   * The last record that summaries up to {@code reached} have in them: what is read from there on
   * must follow it. If no file tells, it is looked up in the WAL.
   */
  private Optional<Lsn> lastRecord(Lsn reached) throws IOException {
    if (!reached.isAfter(start)) {
      return Optional.empty(); // nothing is summed up
    }
    Optional<Lsn> told = summaries.lastRecord(reached);
    return told.isPresent() ? told : RecordChain.before(wal, identity, reached);
  }

  private Changes bySummaries(boolean withoutGap) throws IOException {
    SummaryChanges.Found found = readSummaries(withoutGap);
    monitor.info(
        "changes by WAL summaries: "
            + found.files()
            + " from "
            + start
            + (found.reached().isBefore(end)
                ? " to " + found.reached() + ", WAL from there to " + end
                : " to " + end));
    return new Changes(ChangeSource.SUMMARIES, Optional.of(found.changes()), found.isExact(), 0);
  }

  private Changes cheapest(long databaseBytes) throws IOException {
    String reason = "no WAL summary covers " + start;
    Lsn reached = summaries.reach(start, end);
    if (end.value() - reached.value() > databaseBytes) {
      monitor.info("changes by page scan: there is more WAL since the parent than there is data");
      return Changes.BY_SCAN;
    }
    if (reached.isAfter(start)) {
      try {
        return bySummaries(false);
      } catch (IOException e) {
        requireThatAnotherMayTell(e);
        reason = "WAL summaries do not tell: " + reason(e);
      }
    }
    try {
      BlockChanges changes = scanWal(start, Optional.empty());
      monitor.info("changes by WAL scan from " + start + " to " + end + ", since " + reason);
      return new Changes(ChangeSource.WAL, Optional.of(changes), true, 0);
    } catch (IOException e) {
      requireThatAnotherMayTell(e);
      monitor.info("changes by page scan, since the WAL does not tell: " + reason(e));
      return Changes.BY_SCAN;
    }
  }

  /** Proof of another history is none that another source could explain away. */
  private static void requireThatAnotherMayTell(IOException e) throws IOException {
    boolean isOtherHistory =
        e instanceof RefusedException refused && refused.reason() == Reason.MISMATCH;
    if (isOtherHistory || Thread.currentThread().isInterrupted()) {
      throw e;
    }
  }

  /** All that is known of why a source was refused, with the range, in one line. */
  private String reason(IOException e) {
    String fact = String.valueOf(e.getMessage());
    if (e instanceof RefusedException refused) {
      fact += refused.detail().map(detail -> "; " + detail).orElse("");
    } else if (e instanceof AccessDeniedException) {
      fact = "could not access \"" + fact + "\": Permission denied";
    } else if (e instanceof NoSuchFileException) {
      fact = "could not open file \"" + fact + "\": No such file or directory";
    }
    return fact.contains("to " + end)
        ? fact
        : fact + "; changes from " + start + " to " + end + " are needed";
  }

  /**
   * Page LSNs, WAL and summaries, as far as there are any; what any of them tells of the range
   * counts. Summaries of more than the range name blocks that did not change in it: beside the WAL,
   * these are not taken for changes.
   */
  private Changes all() throws IOException {
    Optional<BlockChanges> byWal = witness("the WAL", () -> scanWal(start, Optional.empty()));
    Optional<SummaryChanges.Found> bySummaries =
        summaries.reach(start, end).isAfter(start)
            ? witness("WAL summaries", () -> readSummaries(true))
            : Optional.empty();
    if (byWal.isEmpty() && bySummaries.isEmpty()) {
      monitor.warning("there is no change source to compare the page scan with");
      return Changes.BY_SCAN;
    }
    BlockChanges union = new BlockChanges();
    long disagreements = 0;
    if (byWal.isPresent() && bySummaries.isPresent()) {
      disagreements =
          new WitnessComparison(identity.version(), monitor)
              .compare(byWal.get(), bySummaries.get().changes(), bySummaries.get().isExact());
    }
    byWal.ifPresent(union::append);
    bySummaries
        .filter(found -> found.isExact() || byWal.isEmpty())
        .ifPresent(found -> union.append(found.changes()));
    boolean isExact =
        byWal.isPresent() || bySummaries.map(SummaryChanges.Found::isExact).orElse(true);
    monitor.info(
        "changes by page scan, compared with "
            + (byWal.isPresent() ? "the WAL" : "")
            + (byWal.isPresent() && bySummaries.isPresent() ? " and " : "")
            + bySummaries.map(found -> found.files() + " WAL summaries").orElse("")
            + " from "
            + start
            + " to "
            + end);
    return new Changes(ChangeSource.AUDIT, Optional.of(union), isExact, disagreements);
  }

  /** Asks a source that there is. */
  private interface Witness<T> {
    T ask() throws IOException;
  }

  private <T> Optional<T> witness(String name, Witness<T> witness) throws IOException {
    try {
      return Optional.of(witness.ask());
    } catch (IOException e) {
      requireThatAnotherMayTell(e);
      monitor.warning("not compared with " + name + ": " + reason(e));
      return Optional.empty();
    }
  }
}
