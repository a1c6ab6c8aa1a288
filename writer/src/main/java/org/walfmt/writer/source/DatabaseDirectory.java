package org.walfmt.writer.source;

import java.nio.file.Path;

/**
 * A directory of relation files: {@code global}, or a database's in one tablespace.
 *
 * @param tablespace OID of the tablespace
 * @param database OID of the database, 0 for {@code global}
 * @param path where it is
 * @param name path relative to the data directory, with {@code /} between its parts
 */
public record DatabaseDirectory(long tablespace, long database, Path path, String name)
    implements Comparable<DatabaseDirectory> {
  @Override
  public int compareTo(DatabaseDirectory other) {
    int order = Long.compare(tablespace, other.tablespace);
    return order != 0 ? order : Long.compare(database, other.database);
  }
}
