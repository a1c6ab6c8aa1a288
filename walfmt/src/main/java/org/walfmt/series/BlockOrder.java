package org.walfmt.series;

/**
 * The order of block records in a series: by tablespace, database, relation, fork and block number,
 * all unsigned, each block at most once (rule SERIES-5). Remembers the block that came last.
 */
final class BlockOrder {
  private boolean begun;
  private int lastTablespace;
  private int lastDatabase;
  private int lastRelation;
  private int lastFork;
  private int lastBlock;

  /**
   * Goes on to a block.
   *
   * @return positive if it follows the block before, 0 if it is the same one, negative if it should
   *     have come earlier
   */
  int advance(int tablespace, int database, int relation, int fork, int block) {
    int order = begun ? compareToLast(tablespace, database, relation, fork, block) : 1;
    begun = true;
    lastTablespace = tablespace;
    lastDatabase = database;
    lastRelation = relation;
    lastFork = fork;
    lastBlock = block;
    return order;
  }

  private int compareToLast(int tablespace, int database, int relation, int fork, int block) {
    int order = Integer.compareUnsigned(tablespace, lastTablespace);
    order = order != 0 ? order : Integer.compareUnsigned(database, lastDatabase);
    order = order != 0 ? order : Integer.compareUnsigned(relation, lastRelation);
    order = order != 0 ? order : Integer.compare(fork, lastFork);
    return order != 0 ? order : Integer.compareUnsigned(block, lastBlock);
  }

  /** The block that came last, for messages. */
  @Override
  public String toString() {
    return Integer.toUnsignedString(lastTablespace)
        + "/"
        + Integer.toUnsignedString(lastDatabase)
        + "/"
        + Integer.toUnsignedString(lastRelation)
        + " fork "
        + lastFork
        + " block "
        + Integer.toUnsignedString(lastBlock);
  }
}
