package org.walfmt.replayer.base;

import java.nio.file.Files;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;

/**
 * Sees to it that the paths of a manifest lead nowhere but to files of the backup: of symbolic
 * links, only those of tablespaces are followed, and there only into the directory that the server
 * made. Else whoever can write to a backup could have any file read that its reader may read.
 */
final class BaseDirectories {
  private static final Pattern TABLESPACE = Pattern.compile("pg_tblspc/[1-9][0-9]{0,9}");

  private final BaseBackup base;
  private final PgVersion version;
  private final Set<String> checked = new HashSet<>();

  BaseDirectories(BaseBackup base, PgVersion version) {
    this.base = base;
    this.version = version;
  }

  /** Checks the directories above a file. */
  void check(String path) throws RefusedException {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      String directory = path.substring(0, slash);
      if (TABLESPACE.matcher(directory).matches()) {
        checkTablespace(directory, path);
      } else if (!checked.add(directory)) {
        return;
      } else if (Files.isSymbolicLink(base.place(directory))) {
        throw base.changed(path, "lies behind symbolic link \"" + directory + "\"");
      }
    }
  }

  private void checkTablespace(String directory, String path) throws RefusedException {
    if (!path.startsWith(directory + "/" + version.tablespaceVersionDirectory() + "/")) {
      throw base.changed(
          path, "is not in directory \"" + version.tablespaceVersionDirectory() + "\"");
    }
  }
}
