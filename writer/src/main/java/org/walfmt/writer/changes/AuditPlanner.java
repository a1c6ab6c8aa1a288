package org.walfmt.writer.changes;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/** Plans an incremental that takes what either the pages' LSNs or the WAL tells. */
public final class AuditPlanner implements ForkPlanner {
  private final PageScanPlanner scan;
  private final WalPlanner wal;
  private final boolean lsnsTellAll;

  /**
   * Joins the plans of the two, which may share one walk over the parent's forks.
   *
   * @param lsnsTellAll whether a block that the WAL names must have an LSN of the same range
   */
  public AuditPlanner(PageScanPlanner scan, WalPlanner wal, boolean lsnsTellAll) {
    this.scan = scan;
    this.wal = wal;
    this.lsnsTellAll = lsnsTellAll;
  }

  @Override
  public void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity) {
    scan.enter(directory, identity);
    wal.enter(directory, identity);
  }

  @Override
  public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
    ForkPlan byScan = scan.plan(fork).orElse(ForkPlan.WHOLE);
    ForkPlan byWal = wal.plan(fork).orElse(ForkPlan.WHOLE);
    if (!byScan.delta() || !byWal.delta()) {
      return Optional.of(ForkPlan.WHOLE);
    }
    return Optional.of(
        ForkPlan.audit(
            byScan.changedSince(),
            Objects.requireNonNull(byWal.changed()),
            byWal.parentBlocks(),
            byWal.limit(),
            lsnsTellAll));
  }
}
