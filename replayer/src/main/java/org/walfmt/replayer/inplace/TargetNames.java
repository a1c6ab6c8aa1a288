package org.walfmt.replayer.inplace;

import java.util.Set;
import java.util.regex.Pattern;
import org.walfmt.PgVersion;
import org.walfmt.control.BackupLabel;
import org.walfmt.control.ControlFile;
import org.walfmt.control.TablespaceMap;
import org.walfmt.manifest.BackupManifestReader;

/**
 * Whose the names in a data directory are: the server's, so that they become those of the backup;
 * or the target's own, as configuration, signal files, logs and certificates are.
 */
final class TargetNames {
  /** Where the new control file waits. */
  static final String CONTROL_WAITING = ControlFile.PATH + ".applying";

  /** Where the old control file is set aside. */
  static final String CONTROL_ASIDE = ControlFile.PATH + ".before";

  /** Ends the names of files that are not complete yet. */
  static final String UNFINISHED = ".applying";

  /** Directories that hold what the server writes, in 13 to 18. */
  private static final Set<String> DIRECTORIES =
      Set.of(
          "base",
          "global",
          "pg_commit_ts",
          "pg_dynshmem",
          "pg_logical",
          "pg_multixact",
          "pg_notify",
          "pg_replslot",
          "pg_serial",
          "pg_snapshots",
          "pg_stat",
          "pg_stat_tmp",
          "pg_subtrans",
          "pg_tblspc",
          "pg_twophase",
          "pg_wal",
          "pg_xact");

  /** Directories of which a backup has no contents; a server makes anew what it needs. */
  private static final Set<String> EMPTY =
      Set.of(
          "pg_dynshmem",
          "pg_notify",
          "pg_replslot",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans",
          "pg_wal/archive_status",
          "pg_wal/summaries");

  /** Names that no backup has; after an apply they would be wrong. */
  private static final Set<String> OUTDATED =
      Set.of(
          BackupManifestReader.NAME,
          BackupManifestReader.NAME + ".restoring",
          Running.PID_FILE,
          TargetInspection.STARTED);

  private static final Set<String> OLD_LABELS =
      Set.of(BackupLabel.NAME + ".old", TablespaceMap.NAME + ".old");

  /** Names that a backup's inventory never has. */
  private static final Set<String> RESERVED =
      Set.of(
          BackupLabel.NAME,
          TablespaceMap.NAME,
          BackupManifestReader.NAME,
          CONTROL_WAITING,
          CONTROL_ASIDE,
          StateFile.NAME,
          StateFile.NAME + ".new");

  private static final Pattern TABLESPACE = Pattern.compile("pg_tblspc/[1-9][0-9]{0,9}");

  private TargetNames() {}

  /** Whether a path is the server's business. */
  static boolean isServers(String path) {
    int slash = path.indexOf('/');
    return DIRECTORIES.contains(slash < 0 ? path : path.substring(0, slash))
        || path.equals("PG_VERSION")
        || path.equals(".");
  }

  /** Whether a directory is to be empty, but for replication slots, which are the target's. */
  static boolean isKeptEmpty(String directory) {
    return EMPTY.contains(directory);
  }

  /** Whether a name in the data directory stands for something that is over. */
  static boolean isOutdated(String name) {
    return OUTDATED.contains(name);
  }

  /** Whether a name is that of a label which recovery has used. */
  static boolean isOldLabel(String name) {
    return OLD_LABELS.contains(name);
  }

  /** Whether a name cannot be that of a file in an inventory. */
  static boolean isReserved(String path) {
    return RESERVED.contains(path);
  }

  /** Whether a path is that of a tablespace's link. */
  static boolean isTablespace(String path) {
    return TABLESPACE.matcher(path).matches();
  }

  /** Whether a directory holds relations. */
  static boolean holdsRelations(String directory, PgVersion version) {
    return directory.equals("global")
        || directory.matches("base/[1-9][0-9]*")
        || directory.matches(
            "pg_tblspc/[1-9][0-9]*/"
                + Pattern.quote(version.tablespaceVersionDirectory())
                + "/[1-9][0-9]*");
  }
}
