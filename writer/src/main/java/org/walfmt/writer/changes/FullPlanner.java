package org.walfmt.writer.changes;

import java.util.Optional;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/** Plans a full backup: every fork whole. */
public final class FullPlanner implements ForkPlanner {
  @Override
  public void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity) {}

  @Override
  public Optional<ForkPlan> plan(ForkKey fork) {
    return Optional.of(ForkPlan.WHOLE);
  }
}
