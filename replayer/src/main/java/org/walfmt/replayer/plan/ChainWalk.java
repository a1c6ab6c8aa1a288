package org.walfmt.replayer.plan;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.replayer.base.BaseBackup;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.Parent;
import org.walfmt.series.Series;

/**
 * A chain that is followed only as far as it is needed, newest first. Each link is checked when it
 * is taken; what lies beyond the last one taken need not even be there.
 */
public final class ChainWalk {
  private final RestorePlan.Maker maker;
  private final Optional<Path> baseDirectory;
  private final Series newest;
  private final List<BackupId> members = new ArrayList<>();
  private Series last;

  private ChainWalk(RestorePlan.Maker maker, Optional<Path> baseDirectory, Series newest) {
    this.maker = maker;
    this.baseDirectory = baseDirectory;
    this.newest = newest;
    this.last = newest;
    members.add(newest.id());
  }

  /**
   * Opens a backup.
   *
   * @param word an id, the first eight digits of one, or {@link BackupChoice#LATEST}
   * @param base directory of the external base backup under the chain
   * @throws RefusedException if it is not there, or not whole
   */
  public static ChainWalk begin(Archive archive, String word, Optional<Path> base, Monitor monitor)
      throws IOException {
    RestorePlan.Maker maker = new RestorePlan.Maker(archive, false, monitor);
    return new ChainWalk(maker, base, maker.add(maker.choice.findComplete(word, monitor)));
  }

  /** The backup that the walk began with. */
  public Series newest() {
    return newest;
  }

  /**
   * The series that the last one builds on; empty if it is a full backup, or builds on an external
   * base backup.
   *
   * @throws RefusedException if it is missing, or does not fit
   */
  public Optional<Series> older() throws IOException {
    Optional<Series> older = maker.older(last);
    if (older.isPresent()) {
      last = older.get();
      members.add(last.id());
    }
    return older;
  }

  /**
   * The external base backup that the last series builds on; empty if it is a full backup.
   *
   * @throws RefusedException if its directory was not given, or it does not fit
   */
  public Optional<BaseBackup> base() throws IOException {
    return last.begin().parent().isPresent()
            && last.begin().parent().get() instanceof Parent.Manifest manifest
        ? Optional.of(maker.openBase(last, manifest, baseDirectory))
        : Optional.empty();
  }

  /**
   * Checks that the ordinary WAL from start to stop of the newest is in the archive.
   *
   * @throws RefusedException if a segment is missing
   */
  public void checkWal() throws IOException {
    maker.checkWal();
  }

  /** Ids of the series that were taken, newest first. */
  public List<BackupId> members() {
    return List.copyOf(members);
  }
}
