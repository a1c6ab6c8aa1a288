package org.walfmt.replayer.inplace;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.replayer.plan.ChainWalk;
import org.walfmt.series.Histories;
import org.walfmt.series.Series;

/**
 * What is to be applied to a data directory, all of it checked before anything is changed.
 *
 * @param newest what the directory is to become
 * @param members what is applied for that, newest first; empty if the directory has it all
 * @param missing why older members of the chain cannot be asked, if they cannot
 */
public record InPlacePlan(
    TargetPosition position, Series newest, List<Series> members, Optional<IOException> missing) {
  /**
   * Follows the chain of a backup as far as the directory needs it, and looks whether the rest is
   * there, too.
   *
   * @param whole whether a full backup may be applied
   * @throws RefusedException if the backup cannot be put on top of the directory
   */
  public static InPlacePlan make(
      TargetPosition position,
      Archive archive,
      String backup,
      Optional<Path> base,
      boolean whole,
      boolean walCheck,
      Monitor monitor)
      throws IOException {
    ChainWalk chain = ChainWalk.begin(archive, backup, base, monitor);
    List<Series> members = new MemberChoice(position, new Histories(archive)).choose(chain, whole);
    if (walCheck && !members.isEmpty()) {
      chain.checkWal();
    }
    return new InPlacePlan(
        position,
        chain.newest(),
        members,
        members.isEmpty() ? Optional.empty() : missing(chain, members));
  }

  private static Optional<IOException> missing(ChainWalk chain, List<Series> members) {
    if (members.get(members.size() - 1).begin().isFull()) {
      return Optional.empty();
    }
    try {
      Series oldest = members.get(members.size() - 1);
      for (Optional<Series> older = chain.older(); older.isPresent(); older = chain.older()) {
        oldest = older.get();
      }
      if (!oldest.begin().isFull()) {
        chain.base();
      }
      return Optional.empty();
    } catch (IOException e) { // whatever it is, it matters only if they are needed
      return Optional.of(e);
    }
  }
}
