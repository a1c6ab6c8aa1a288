package org.walfmt.writer.scan;

import java.io.IOException;
import java.util.Optional;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/** Decides for each fork what of it goes into the series. */
public interface ForkPlanner {
  /**
   * The forks of {@code directory} are next; directories come in order.
   *
   * @param identity as it was before any file of it was read; empty for one that has none
   */
  void enter(DatabaseDirectory directory, Optional<DirectoryIdentity> identity) throws IOException;

  /**
   * The plan for a fork; forks come in order.
   *
   * @return empty if the fork is left out of the backup
   */
  Optional<ForkPlan> plan(ForkKey fork) throws IOException;
}
