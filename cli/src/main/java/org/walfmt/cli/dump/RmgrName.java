package org.walfmt.cli.dump;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Names of resource managers as {@code pg_waldump} prints them. Source: {@code access/rmgrlist.h};
 * the same in PostgreSQL 13 to 18.
 */
public final class RmgrName {
  /** Ids are one byte. */
  public static final int COUNT = 256;

  private static final List<String> NAMES =
      List.of(
          "XLOG",
          "Transaction",
          "Storage",
          "CLOG",
          "Database",
          "Tablespace",
          "MultiXact",
          "RelMap",
          "Standby",
          "Heap2",
          "Heap",
          "Btree",
          "Hash",
          "Gin",
          "Gist",
          "Sequence",
          "SPGist",
          "BRIN",
          "CommitTs",
          "ReplicationOrigin",
          "Generic",
          "LogicalMessage");

  private RmgrName() {}

  /** The built-in managers' names, in the order of their ids. */
  public static List<String> builtin() {
    return NAMES;
  }

  /** The name of manager {@code rmid}; those of extensions are {@code custom128} and so on. */
  public static String of(int rmid) {
    return rmid < NAMES.size() ? NAMES.get(rmid) : String.format(Locale.ROOT, "custom%03d", rmid);
  }

  /** The id for a name, whose case does not matter; empty if there is no such manager. */
  public static Optional<Integer> parse(String name) {
    for (int rmid = 0; rmid < COUNT; rmid++) {
      if (of(rmid).equalsIgnoreCase(name) && (rmid < NAMES.size() || rmid >= 128)) {
        return Optional.of(rmid);
      }
    }
    return Optional.empty();
  }
}
