package org.walfmt.replayer;

import java.io.IOException;
import java.util.List;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.WalFormatException;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.replayer.merge.Merge;
import org.walfmt.replayer.plan.RestorePlan;
import org.walfmt.replayer.verify.Findings;
import org.walfmt.replayer.verify.MemberCheck;
import org.walfmt.replayer.verify.NoSink;
import org.walfmt.replayer.verify.SegmentCheck;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Series;

/** Reads every byte of a backup, or of a chain, and checks all that can be checked. */
public final class Verifier {
  /**
   * Collects faults instead of stopping at the first; nothing is written. Each series is checked by
   * itself; then, if all are sound, the chain is merged as a restore would, into nothing.
   *
   * @throws RefusedException if there is no such backup, or its segments are not all there
   * @throws WalFormatException if its commit is damaged
   */
  public VerifyReport verify(VerifyOptions options, Monitor monitor) throws IOException {
    long begin = System.nanoTime();
    CommitFile.Summary commit =
        new BackupChoice(options.archive()).findComplete(options.backup(), monitor);
    Findings findings = new Findings(options.maxFindings());
    RestorePlan plan =
        RestorePlan.explore(
            options.archive(),
            commit,
            options.chain(),
            options.base(),
            options.walCheck(),
            monitor,
            findings::add);
    List<Series> chain = plan.chain();
    boolean whole = findings.isEmpty();
    monitor.phase("verify", bytes(chain));
    if (chain.isEmpty()) {
      new SegmentCheck(options.archive(), commit, findings).run();
    }
    for (Series series : chain) {
      whole &= new MemberCheck(series, findings, monitor).run();
    }
    if (whole && plan.isGrounded() && (chain.size() > 1 || plan.base().isPresent())) {
      merge(plan, findings, monitor);
    }
    return report(commit, chain, findings, begin);
  }

  private static long bytes(List<Series> chain) {
    long bytes = 0;
    for (Series series : chain) {
      bytes += series.end().blocks() * 8192 + series.end().fileBytes();
    }
    return bytes;
  }

  private static void merge(RestorePlan plan, Findings findings, Monitor monitor)
      throws IOException {
    monitor.info("merging the chain of " + plan.chain().size() + " backups");
    try (Merge merge =
        Merge.open(plan.chain(), plan.base().map(BaseBackup::member), new NoSink())) {
      merge.run();
    } catch (WalFormatException | RefusedException e) {
      findings.add(plan.newest().id(), e);
    }
  }

  private static VerifyReport report(
      CommitFile.Summary commit, List<Series> chain, Findings findings, long begin) {
    List<BackupId> members = chain.stream().map(Series::id).toList();
    return new VerifyReport(
        commit.id(),
        members,
        findings.list().stream()
            .map(each -> new VerifyReport.Finding(each.backup(), each.message()))
            .toList(),
        findings.records(),
        findings.blocks(),
        findings.pages(),
        findings.tornPages(),
        findings.files(),
        findings.bytes(),
        (System.nanoTime() - begin) / 1e9);
  }
}
