package org.walfmt.summary;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What {@link BlockChanges} must tell, held in the plainest way: nothing is ever forgotten. */
final class NaiveChanges {
  /** What happened to a fork, or to all of a directory if the relation is 0. */
  record Event(int tablespace, int database, int relation, int fork, long block, boolean isCut) {
    void applyTo(BlockChanges changes) {
      if (isCut && relation == 0) {
        changes.newDirectory(tablespace, database);
      } else if (isCut) {
        changes.cut(tablespace, database, relation, fork, block);
      } else {
        changes.mark(tablespace, database, relation, fork, (int) block);
      }
    }

    private Key key() {
      return new Key(tablespace, database, relation, fork);
    }
  }

  /** A fork. */
  record Key(int tablespace, int database, int relation, int fork) {}

  private final Map<Key, Set<Long>> marks = new HashMap<>();
  private final Map<Key, TreeSet<Long>> cuts = new HashMap<>();

  void add(Event event) {
    if (event.isCut()) {
      long length = event.relation() == 0 ? 0 : event.block();
      cuts.computeIfAbsent(event.key(), key -> new TreeSet<>()).add(length);
    } else {
      marks.computeIfAbsent(event.key(), key -> new HashSet<>()).add(event.block());
    }
  }

  Set<Key> forks() {
    Set<Key> keys = new HashSet<>(marks.keySet());
    keys.addAll(cuts.keySet());
    return keys;
  }

  /** The lowest length that the fork had. */
  long limit(Key fork) {
    TreeSet<Long> lengths = cuts.get(fork);
    return lengths == null ? ForkChanges.NO_LIMIT : lengths.first();
  }

  /** Whether the block can be another than before: it was changed, or the fork had lost it. */
  boolean isTaken(Key fork, long block) {
    return marks.getOrDefault(fork, Set.of()).contains(block) || block >= limit(fork);
  }
}
