package org.walfmt.writer.changes;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.block.ForkNumber;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/**
 * Another's plan without visibility maps, for a series whose heap pages may lack a PD_ALL_VISIBLE
 * that a map would contradict (rule CHANGE-3).
 */
public record WithoutVisibilityMaps(ForkPlanner planner) implements ForkPlanner {
  @Override
  public void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity)
      throws IOException {
    planner.enter(directory, identity);
  }

  @Override
  public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
    return fork.fork() == ForkNumber.VM ? Optional.empty() : planner.plan(fork);
  }
}
