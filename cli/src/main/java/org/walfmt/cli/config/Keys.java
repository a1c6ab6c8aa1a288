package org.walfmt.cli.config;

import java.util.Set;

/**
 * Which options a file or the environment may give: those that tell of an installation. What one
 * run is to do, on which backup and to which target, is said on the command line alone.
 */
public final class Keys {
  private static final Set<String> ALL =
      Set.of(
          "archive",
          "archive-command",
          "changes",
          "checkpoint",
          "command-timeout",
          "command-tries",
          "compress",
          "dbname",
          "delete-command",
          "host",
          "jobs",
          "keep-days",
          "keep-full",
          "label",
          "list-command",
          "max-age",
          "max-age-full",
          "max-chain",
          "max-findings",
          "max-rate",
          "pgdata",
          "port",
          "progress",
          "prune-wal",
          "restore-command",
          "server-restore-command",
          "spool-dir",
          "spool-size",
          "summary-dir",
          "transfers",
          "username",
          "verbose",
          "wal",
          "wal-timeout");

  private static final Set<String> FLAGS = Set.of("progress", "prune-wal", "verbose");

  /** Where {@code pgdata} is the server's own directory; elsewhere it is one to be made. */
  private static final Set<String> READ_PGDATA = Set.of("backup", "check");

  private Keys() {}

  /** All of them, without dashes before. */
  public static Set<String> all() {
    return ALL;
  }

  static boolean isKey(String name) {
    return ALL.contains(name);
  }

  static boolean isFlag(String key) {
    return FLAGS.contains(key);
  }

  /** Whether {@code command} takes this key. */
  static boolean isFor(String key, String command) {
    return switch (key) {
      case "pgdata" -> READ_PGDATA.contains(command);
      case "archive" -> !command.equals("summaries"); // there it asks for a removal
      default -> isKey(key);
    };
  }
}
