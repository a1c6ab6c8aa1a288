package org.walfmt.writer.source;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a base backup leaves out. Source: {@code basebackup.c} of PostgreSQL 13 to 18, {@code
 * excludeFiles} and {@code excludeDirContents}.
 */
final class Exclusions {
  private static final Set<String> FILES =
      Set.of(
          "postgresql.auto.conf.tmp",
          "current_logfiles.tmp",
          "backup_label",
          "tablespace_map",
          "backup_manifest",
          "postmaster.pid",
          "postmaster.opts",
          "pg_filenode.map.tmp",
          ".DS_Store");

  /** Directories of the data directory whose contents are left out, but not they themselves. */
  private static final Set<String> EMPTY_DIRECTORIES =
      Set.of(
          "pg_stat_tmp",
          "pg_replslot",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_subtrans",
          "pg_wal/archive_status",
          "pg_wal/summaries");

  private static final Pattern TEMPORARY_RELATION =
      Pattern.compile("t[0-9]+_[0-9]+(_(fsm|vm|init))?(\\.[0-9]+)?");

  private Exclusions() {}

  /** Whether a file or directory of this name is left out wherever it is. */
  static boolean isExcludedName(String name) {
    return FILES.contains(name)
        || name.startsWith("pgsql_tmp")
        || name.startsWith("pg_internal.init");
  }

  /** Whether the directory at {@code path} is kept without its contents. */
  static boolean isKeptEmpty(String path) {
    return EMPTY_DIRECTORIES.contains(path);
  }

  /** Whether a file of this name in a database's directory belongs to a temporary relation. */
  static boolean isTemporaryRelation(String name) {
    return TEMPORARY_RELATION.matcher(name).matches();
  }
}
