package org.walfmt.block;

import java.util.Comparator;
import org.walfmt.PgVersion;

/**
 * The identity of a relation's files: {@code RelFileLocator} in PostgreSQL, {@code RelFileNode}
 * before 16.
 *
 * <p>Each number is an unsigned 32-bit value. The order (tablespace, database, relation) is the
 * order of work everywhere. Source: {@code storage/relfilelocator.h}.
 *
 * @param tablespace OID of the tablespace
 * @param database OID of the database, 0 for shared relations
 * @param relation relation number; differs from the table's OID after a rewrite
 */
public record RelFileLocator(long tablespace, long database, long relation)
    implements Comparable<RelFileLocator> {
  /** Tablespace of {@code base}: {@code DEFAULTTABLESPACE_OID}. */
  public static final long DEFAULT_TABLESPACE = 1663;

  /** Tablespace of {@code global}: {@code GLOBALTABLESPACE_OID}. */
  public static final long GLOBAL_TABLESPACE = 1664;

  /** The largest OID or relation number. */
  static final long MAX_OID = 0xFFFF_FFFFL;

  private static final Comparator<RelFileLocator> ORDER =
      Comparator.comparingLong(RelFileLocator::tablespace)
          .thenComparingLong(RelFileLocator::database)
          .thenComparingLong(RelFileLocator::relation);

  /** Checks that each number fits 32 bits, unsigned. */
  public RelFileLocator {
    if (!isOid(tablespace) || !isOid(database) || !isOid(relation)) {
      throw new IllegalArgumentException(
          "not 32-bit numbers: " + tablespace + "/" + database + "/" + relation);
    }
  }

  /**
   * Returns whether a server can have such a relation: no number is 0, but for the database of a
   * shared relation, which must be. Ask before {@link #path} if the numbers come from outside.
   */
  public boolean isValid() {
    return tablespace != 0 && relation != 0 && (database == 0) == (tablespace == GLOBAL_TABLESPACE);
  }

  /**
   * Returns the path of one file of this relation, relative to the data directory and with {@code
   * /} between its parts: {@code GetRelationPath} in PostgreSQL.
   *
   * @param segment number of the 1 GiB segment file, 0 for the first
   * @throws IllegalArgumentException if this locator is not valid or the segment out of range
   */
  public String path(PgVersion version, ForkNumber fork, int segment) {
    if (!isValid()) {
      throw new IllegalArgumentException("no relation can be " + this);
    }
    if (segment < 0 || segment > RelationFile.MAX_SEGMENT) {
      throw new IllegalArgumentException("no relation has a segment " + segment);
    }
    StringBuilder path = new StringBuilder();
    if (tablespace == GLOBAL_TABLESPACE) {
      path.append("global/");
    } else if (tablespace == DEFAULT_TABLESPACE) {
      path.append("base/").append(database).append('/');
    } else {
      path.append("pg_tblspc/").append(tablespace).append('/');
      path.append(version.tablespaceVersionDirectory()).append('/').append(database).append('/');
    }
    path.append(relation).append(fork.suffix());
    if (segment > 0) {
      path.append('.').append(segment);
    }
    return path.toString();
  }

  @Override
  public int compareTo(RelFileLocator other) {
    return ORDER.compare(this, other);
  }

  /** Returns the form that PostgreSQL's tools print, as {@code 1663/5/16384}. */
  @Override
  public String toString() {
    return tablespace + "/" + database + "/" + relation;
  }

  private static boolean isOid(long number) {
    return number >= 0 && number <= MAX_OID;
  }
}
