package org.walfmt.summary;

import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * What happened to one fork of a relation: {@code BlockRefTableEntry} in PostgreSQL.
 *
 * <p>A limit says that the fork was cut to, or created with, that many blocks: every block at or
 * above it is new, whatever the set says.
 */
public final class ForkChanges implements Comparable<ForkChanges> {
  /** No limit: {@code InvalidBlockNumber}. */
  public static final long NO_LIMIT = 0xFFFF_FFFFL;

  private static final long ALL_BLOCKS = 1L << Integer.SIZE;

  final int tablespace;
  final int database;
  final int relation;
  final int fork;

  /** Null for none: of a dropped relation nothing but its limit is known. */
  private @Nullable RoaringBitmap blocks;

  private long limit = NO_LIMIT;

  /**
   * Blocks that were changed before the cut to the limit, and not after; null for none. Kept only
   * by a part of a whole: whether that cut counts is known when what came before is.
   */
  private @Nullable RoaringBitmap forgotten;

  private final boolean isPart;

  ForkChanges(int tablespace, int database, int relation, int fork) {
    this(tablespace, database, relation, fork, false);
  }

  ForkChanges(int tablespace, int database, int relation, int fork, boolean isPart) {
    this.isPart = isPart;
    this.tablespace = tablespace;
    this.database = database;
    this.relation = relation;
    this.fork = fork;
  }

  boolean is(int tablespace, int database, int relation, int fork) {
    return this.relation == relation
        && this.fork == fork
        && this.database == database
        && this.tablespace == tablespace;
  }

  /** The block was changed. */
  void mark(int block) {
    RoaringBitmap set = blocks;
    if (set == null) {
      set = new RoaringBitmap();
      blocks = set;
    }
    set.add(block);
  }

  /**
   * The fork had only {@code length} blocks at some time; what is known of others is forgotten. As
   * in PostgreSQL, a length that is no less than the limit changes nothing: the blocks from the
   * limit on are new all the same.
   */
  void cut(long length) {
    if (length >= limit) {
      return;
    }
    limit = length;
    RoaringBitmap set = blocks;
    if (set == null) {
      return;
    }
    if (isPart) {
      RoaringBitmap lost = set.clone();
      lost.remove(0L, length);
      forgotten = union(forgotten, lost);
    }
    if (length == 0) {
      blocks = null;
    } else {
      set.remove(length, ALL_BLOCKS);
    }
  }

  private static RoaringBitmap union(@Nullable RoaringBitmap one, RoaringBitmap other) {
    if (one == null) {
      return other;
    }
    one.or(other);
    return one;
  }

  /**
   * What happened later, which gives the same as if all had been told in one; the other must not be
   * used any more.
   */
  void append(ForkChanges later) {
    boolean counts = later.limit < limit;
    cut(later.limit);
    if (later.blocks != null) {
      blocks = union(blocks, later.blocks);
    }
    if (later.forgotten != null && !counts) {
      blocks = union(blocks, later.forgotten);
    } else if (later.forgotten != null && isPart) {
      forgotten = union(forgotten, later.forgotten);
    }
  }

  /** OID of the tablespace, the bits of an unsigned number. */
  public int tablespace() {
    return tablespace;
  }

  /** OID of the database. */
  public int database() {
    return database;
  }

  /** Relation number; 0 for all of a database's directory in a tablespace. */
  public int relation() {
    return relation;
  }

  /** Fork number, 0 to 3. */
  public int fork() {
    return fork;
  }

  /** The lowest length that the fork had, or {@link #NO_LIMIT}. */
  public long limit() {
    return limit;
  }

  /** Blocks that were changed, as unsigned numbers; not to be changed by the caller. */
  public RoaringBitmap blocks() {
    RoaringBitmap set = blocks;
    return set == null ? new RoaringBitmap() : set;
  }

  @Override
  public int compareTo(ForkChanges other) {
    int order = Integer.compareUnsigned(tablespace, other.tablespace);
    order = order != 0 ? order : Integer.compareUnsigned(database, other.database);
    order = order != 0 ? order : Integer.compareUnsigned(relation, other.relation);
    return order != 0 ? order : Integer.compare(fork, other.fork);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ForkChanges changes
        && changes.is(tablespace, database, relation, fork)
        && changes.limit == limit
        && changes.blocks().equals(blocks());
  }

  @Override
  public int hashCode() {
    return 31 * relation + blocks().hashCode();
  }

  @Override
  public String toString() {
    return Integer.toUnsignedString(tablespace)
        + "/"
        + Integer.toUnsignedString(database)
        + "/"
        + Integer.toUnsignedString(relation)
        + " fork "
        + fork
        + (limit == NO_LIMIT ? "" : " limit " + limit)
        + " blocks "
        + blocks();
  }
}
