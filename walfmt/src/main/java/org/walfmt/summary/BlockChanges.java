package org.walfmt.summary;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks of a cluster changed in a range of WAL: {@code BlockRefTable} in PostgreSQL. Grows
 * with the number of changed forks and blocks, not with the WAL.
 *
 * <p>Hot: one look-up per block reference, which allocates nothing once the fork is known. Serves
 * one thread at a time.
 */
public final class BlockChanges {
  private static final int FIRST_CAPACITY = 1024;
  private static final int MAIN = 0;

  /** Open addressing, linear probing; at most half full. */
  private @Nullable ForkChanges[] table = new ForkChanges[FIRST_CAPACITY];

  private int size;
  private @Nullable ForkChanges last;
  private final boolean isPart;

  /** Nothing is known, and nothing came before. */
  public BlockChanges() {
    this(false);
  }

  private BlockChanges(boolean isPart) {
    this.isPart = isPart;
  }

  /**
   * Nothing is known yet of a later part, to be appended to what came before: the whole is then the
   * same wherever it was parted.
   */
  public static BlockChanges ofPart() {
    return new BlockChanges(true);
  }

  private ForkChanges fork(int tablespace, int database, int relation, int fork) {
    ForkChanges recent = last;
    if (recent != null && recent.is(tablespace, database, relation, fork)) {
      return recent;
    }
    ForkChanges found = find(tablespace, database, relation, fork);
    if (found == null) {
      found = new ForkChanges(tablespace, database, relation, fork, isPart);
      add(found);
    }
    last = found;
    return found;
  }

  /** What is known of a fork; null if nothing is. */
  public @Nullable ForkChanges find(int tablespace, int database, int relation, int fork) {
    int at = slot(tablespace, database, relation, fork, table.length);
    while (true) {
      ForkChanges entry = table[at];
      if (entry == null || entry.is(tablespace, database, relation, fork)) {
        return entry;
      }
      at = at + 1 & table.length - 1;
    }
  }

  private static int slot(int tablespace, int database, int relation, int fork, int capacity) {
    int hash = ((tablespace * 31 + database) * 31 + relation) * 4 + fork;
    hash *= 0x9E3779B9;
    return (hash ^ hash >>> 15) & capacity - 1;
  }

  private void add(ForkChanges entry) {
    if (2 * (size + 1) > table.length) {
      @Nullable ForkChanges[] old = table;
      table = new ForkChanges[2 * old.length];
      for (ForkChanges moved : old) {
        if (moved != null) {
          place(moved);
        }
      }
    }
    place(entry);
    size++;
  }

  private void place(ForkChanges entry) {
    int at = slot(entry.tablespace, entry.database, entry.relation, entry.fork, table.length);
    while (table[at] != null) {
      at = at + 1 & table.length - 1;
    }
    table[at] = entry;
  }

  /** A block was changed. */
  public void mark(int tablespace, int database, int relation, int fork, int block) {
    fork(tablespace, database, relation, fork).mark(block);
  }

  /** A fork had only {@code length} blocks at this point of the WAL. */
  public void cut(int tablespace, int database, int relation, int fork, long length) {
    fork(tablespace, database, relation, fork).cut(length);
  }

  /**
   * All of a database's directory in a tablespace was made or removed: every file in it is new,
   * whatever is known of its relations.
   */
  public void newDirectory(int tablespace, int database) {
    fork(tablespace, database, 0, MAIN).cut(0);
  }

  /** Whether a database's directory in a tablespace was made or removed. */
  public boolean isNewDirectory(int tablespace, int database) {
    ForkChanges whole = find(tablespace, database, 0, MAIN);
    return whole != null && whole.limit() == 0;
  }

  /** Adds what happened later than all that is here; the other must not be used any more. */
  public void append(BlockChanges later) {
    for (ForkChanges entry : later.table) {
      if (entry != null) {
        append(entry);
      }
    }
  }

  /** The same for one fork. */
  public void append(ForkChanges later) {
    fork(later.tablespace, later.database, later.relation, later.fork).append(later);
  }

  /** Number of forks of which something is known. */
  public int size() {
    return size;
  }

  /** All forks, in order. */
  public List<ForkChanges> sorted() {
    List<ForkChanges> all = new ArrayList<>(size);
    for (ForkChanges entry : table) {
      if (entry != null) {
        all.add(entry);
      }
    }
    Collections.sort(all);
    return all;
  }
}
