package org.walfmt.replayer.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.replayer.Restorer;
import org.walfmt.series.CommitFile;

/** Targets of an apply, and what they must become. */
public final class Applying {
  private static final Set<String> CONFIGURATION =
      Set.of("postgresql.conf", "postgresql.auto.conf", "recovery.signal", "standby.signal");

  private final SyntheticArchive backups;

  public Applying(SyntheticArchive backups) {
    this.backups = backups;
  }

  /** Restores a backup; its control file is one that can be read. */
  public Path restored(CommitFile.Summary backup, Path target) throws IOException {
    new Restorer(Clock.systemUTC())
        .restore(
            RestoreOptions.of(backups.archive(), target).backup(backup.id().text()).sync(false),
            new Remarks());
    ControlDraft control = new ControlDraft();
    control.redo = backup.startLsn();
    control.write(target);
    return target.toRealPath();
  }

  /** A standby that was made of the backup and shut down when it had reached its end. */
  public Path standby(CommitFile.Summary backup, Path target) throws IOException {
    Path standby = restored(backup, target);
    Files.delete(standby.resolve("backup_manifest"));
    Files.move(standby.resolve("backup_label"), standby.resolve("backup_label.old"));
    Files.move(standby.resolve("recovery.signal"), standby.resolve("standby.signal"));
    Files.writeString(standby.resolve("postmaster.opts"), "postgres");
    ControlDraft.standby(backup.startLsn(), backup.stopLsn()).write(standby);
    return standby;
  }

  /**
   * The target is what a restore of the backup makes, but for configuration, signal file and
   * manifest.
   *
   * @param scratch where the restore goes, or went
   */
  public void mustBe(CommitFile.Summary backup, Path target, Path scratch) throws IOException {
    Path expected = scratch.resolve("expected-" + backup.id());
    if (!Files.exists(expected)) {
      new Restorer(Clock.systemUTC())
          .restore(
              RestoreOptions.of(backups.archive(), expected).backup(backup.id().text()).sync(false),
              new Remarks());
      Files.delete(expected.resolve("backup_manifest"));
    }
    assertThat(contents(target)).isEqualTo(contents(expected));
  }

  private static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> tree = Tree.of(directory);
    tree.keySet().removeAll(CONFIGURATION);
    return tree;
  }

  /** Puts something where there was nothing. */
  public static void put(Path target, String path, String contents) throws IOException {
    Path file = target.resolve(path);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, contents);
  }
}
