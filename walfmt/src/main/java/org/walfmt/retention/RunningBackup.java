package org.walfmt.retention;

import java.util.Optional;
import org.walfmt.TimelineId;
import org.walfmt.archive.RunFile;
import org.walfmt.series.BackupId;

/**
 * A backup that is being taken, or may be.
 *
 * @param known whether it is known what it builds on
 * @param parent the backup in the archive that it builds on; empty if there is none, or not known
 */
public record RunningBackup(TimelineId timeline, boolean known, Optional<BackupId> parent) {
  static RunningBackup of(RunFile run) {
    return new RunningBackup(
        run.timeline(),
        run.parent().filter(RunningBackup::isParent).isPresent(),
        run.parent().filter(BackupId::matches).map(BackupId::new));
  }

  private static boolean isParent(String text) {
    return text.equals(RunFile.NO_PARENT) || BackupId.matches(text);
  }

  /** Whether it may build on this backup. */
  boolean mayBuildOn(BackupId id) {
    return !known || parent.equals(Optional.of(id));
  }
}
