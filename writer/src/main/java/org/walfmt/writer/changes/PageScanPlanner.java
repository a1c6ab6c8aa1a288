package org.walfmt.writer.changes;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.walfmt.block.ForkNumber;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/**
 * Plans an incremental by page scan (rules CHANGE-1 to CHANGE-4): of a main fork that the parent
 * has, the pages changed since; everything else whole.
 */
public final class PageScanPlanner implements ForkPlanner {
  /**
   * A database directory counts as older than the parent only by this margin: clocks may be set
   * right in between.
   */
  private static final Duration MARGIN = Duration.ofSeconds(60);

  private final ParentBackup.Forks parentForks;
  private final long changedSince;
  private final Instant parentStart;
  private final Map<String, String> parentIdentities;
  private boolean isNewDirectory;

  /**
   * @param parentForks of {@code parent}
   */
  public PageScanPlanner(ParentBackup parent, ParentBackup.Forks parentForks) throws IOException {
    this.parentForks = parentForks;
    this.changedSince = parent.startLsn().value();
    this.parentStart = parent.startTime();
    this.parentIdentities = parent.identities();
  }

  /**
   * A database copied file by file keeps its pages' old LSNs (rule CHANGE-4). Its directory is the
   * one that the parent saw if its identity is the same, or if it is safely older than the parent.
   */
  @Override
  public void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity) {
    // None: global, or a directory made for single relations, which have new numbers then.
    isNewDirectory =
        identity.isPresent()
            && !identity.get().text().equals(parentIdentities.get(directory.name()))
            && !identity.get().changed().plus(MARGIN).isBefore(parentStart);
  }

  @Override
  public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
    long parentBlocks = parentForks.blocks(fork);
    if (fork.fork() != ForkNumber.MAIN
        || isNewDirectory
        || parentBlocks == ParentBackup.Forks.NONE) {
      return Optional.of(ForkPlan.WHOLE);
    }
    return Optional.of(ForkPlan.since(changedSince, parentBlocks));
  }
}
