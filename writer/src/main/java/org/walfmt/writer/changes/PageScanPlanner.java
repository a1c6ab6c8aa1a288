package org.walfmt.writer.changes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.walfmt.block.ForkNumber;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;

/**
 * Plans an incremental by page scan (design, section 4): of a main fork that the parent has, the
 * pages changed since; everything else whole.
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
  private final boolean keepVisibilityMaps;
  private boolean isNewDirectory;

  /**
   * @param parentForks of {@code parent}
   * @param keepVisibilityMaps false if the pages' LSNs do not tell whether PD_ALL_VISIBLE was set,
   *     so that a map could contradict its heap (rule 3)
   */
  public PageScanPlanner(
      ParentBackup parent, ParentBackup.Forks parentForks, boolean keepVisibilityMaps) {
    this.parentForks = parentForks;
    this.changedSince = parent.startLsn().value();
    this.parentStart = parent.startTime();
    this.keepVisibilityMaps = keepVisibilityMaps;
  }

  /**
   * A database copied file by file keeps its pages' old LSNs (rule 4). Its directory was made after
   * the parent began unless its PG_VERSION is older.
   */
  @Override
  public void enter(DatabaseDirectory directory) throws IOException {
    isNewDirectory = isNew(directory.path().resolve("PG_VERSION"));
  }

  private boolean isNew(Path versionFile) throws IOException {
    try {
      return !(Files.getAttribute(versionFile, "unix:ctime") instanceof FileTime changed)
          || !changed.toInstant().plus(MARGIN).isBefore(parentStart);
    } catch (NoSuchFileException e) {
      // global, or a directory made for single relations, which have new numbers then
      return false;
    }
  }

  @Override
  public Optional<ForkPlan> plan(ForkKey fork) throws IOException {
    if (fork.fork() == ForkNumber.VM && !keepVisibilityMaps) {
      return Optional.empty();
    }
    long parentBlocks = parentForks.blocks(fork);
    if (fork.fork() != ForkNumber.MAIN
        || isNewDirectory
        || parentBlocks == ParentBackup.Forks.NONE) {
      return Optional.of(ForkPlan.WHOLE);
    }
    return Optional.of(new ForkPlan(true, changedSince, parentBlocks));
  }
}
