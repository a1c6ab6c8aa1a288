package org.walfmt.summary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockChangesTest {
  private static final int EVENTS = 3000;
  private static final int BLOCKS = 40;

  /** Few forks and blocks, so that events meet; the largest block numbers, too. */
  private static List<NaiveChanges.Event> events(Random random) {
    List<NaiveChanges.Event> events = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      boolean isCut = random.nextInt(20) == 0;
      long block = random.nextInt(BLOCKS);
      if (random.nextInt(50) == 0) {
        block += 0xFFFF_FFFFL - BLOCKS;
      }
      events.add(
          new NaiveChanges.Event(
              1663 + random.nextInt(2),
              random.nextInt(3) - 1,
              isCut && random.nextInt(30) == 0 ? 0 : 16384 + random.nextInt(12),
              random.nextInt(4),
              block,
              isCut));
    }
    return events;
  }

  private static BlockChanges of(List<NaiveChanges.Event> events) {
    BlockChanges changes = new BlockChanges();
    events.forEach(event -> event.applyTo(changes));
    return changes;
  }

  private static void mustAgree(BlockChanges changes, List<NaiveChanges.Event> events) {
    NaiveChanges naive = new NaiveChanges();
    events.forEach(naive::add);
    for (NaiveChanges.Key key : naive.forks()) {
      int fork = key.relation() == 0 ? 0 : key.fork();
      ForkChanges found =
          Objects.requireNonNull(
              changes.find(key.tablespace(), key.database(), key.relation(), fork));
      assertThat(found.limit()).as(key.toString()).isEqualTo(naive.limit(key));
      for (long block = 0; block < 0xFFFF_FFFFL; block++) {
        boolean taken = block >= found.limit() || found.blocks().contains((int) block);
        assertThat(taken).as("%s block %d", key, block).isEqualTo(naive.isTaken(key, block));
        if (block == BLOCKS) {
          block = 0xFFFF_FFFFL - BLOCKS - 1;
        }
      }
    }
    assertThat(changes.sorted()).hasSize(changes.size()).isSorted();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void tellsWhatTheEventsDid(long seed) {
    List<NaiveChanges.Event> events = events(new Random(seed));
    for (int count = 1; count < EVENTS; count *= 3) {
      mustAgree(of(events.subList(0, count)), events.subList(0, count));
    }
  }

  /** Cut anywhere into parts, each part alone, then one added to the other in order. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void partsThatAreAppendedInOrderTellWhatTheWholeTells(long seed) {
    Random random = new Random(seed);
    List<NaiveChanges.Event> events = events(random);
    BlockChanges folded = new BlockChanges();
    int from = 0;
    while (from < EVENTS) {
      int to = Math.min(EVENTS, from + 1 + random.nextInt(400));
      folded.append(of(events.subList(from, to)));
      from = to;
      mustAgree(folded, events.subList(0, to));
    }
  }

  /** The very sets, the blocks from the limit on among them; parts of parts, too. */
  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
  void partsGiveTheSameSetsWhereverTheWholeIsParted(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      List<NaiveChanges.Event> events = eventsOfFewForks(random);
      BlockChanges folded = new BlockChanges();
      int from = 0;
      while (from < events.size()) {
        int to = Math.min(events.size(), from + 1 + random.nextInt(60));
        folded.append(parted(events.subList(from, to), random));
        from = to;
      }
      assertThat(folded.sorted()).isEqualTo(of(events).sorted());
    }
  }

  private static List<NaiveChanges.Event> eventsOfFewForks(Random random) {
    List<NaiveChanges.Event> events = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      boolean isCut = random.nextInt(8) == 0;
      int relation = 16384 + random.nextInt(4);
      events.add(new NaiveChanges.Event(1663, 5, relation, 0, random.nextInt(BLOCKS), isCut));
    }
    return events;
  }

  private static BlockChanges parted(List<NaiveChanges.Event> events, Random random) {
    BlockChanges part = BlockChanges.ofPart();
    if (events.size() < 2 || random.nextBoolean()) {
      events.forEach(event -> event.applyTo(part));
      return part;
    }
    int middle = 1 + random.nextInt(events.size() - 1);
    part.append(parted(events.subList(0, middle), random));
    part.append(parted(events.subList(middle, events.size()), random));
    return part;
  }

  @Test
  void holdsManyForksAndTellsThemApart() {
    BlockChanges changes = new BlockChanges();
    int count = 0;
    for (int relation = 1; relation <= 20_000; relation++) {
      for (int fork = 0; fork < 3; fork++) {
        changes.mark(1663, relation & 1, relation, fork, relation + fork);
        count++;
      }
    }
    assertThat(changes.size()).isEqualTo(count);
    for (int relation = 1; relation <= 20_000; relation++) {
      for (int fork = 0; fork < 3; fork++) {
        ForkChanges found =
            Objects.requireNonNull(changes.find(1663, relation & 1, relation, fork));
        assertThat(found.blocks().toArray()).containsExactly(relation + fork);
      }
    }
    assertThat(changes.find(1663, 0, 20_001, 0)).isNull();
    assertThat(changes.find(1664, 0, 2, 0)).isNull();
  }

  @Test
  void aNewDirectoryIsKnownByTablespaceAndDatabase() {
    BlockChanges changes = new BlockChanges();
    assertThat(changes.isNewDirectory(1663, 5)).isFalse();
    changes.mark(1663, 5, 16384, 0, 1);
    changes.newDirectory(1664, 5);
    assertThat(changes.isNewDirectory(1663, 5)).isFalse();
    assertThat(changes.isNewDirectory(1664, 6)).isFalse();
    assertThat(changes.isNewDirectory(1664, 5)).isTrue();
  }

  @Test
  void sortsByUnsignedNumbers() {
    BlockChanges changes = new BlockChanges();
    changes.mark(-1, 5, 16384, 0, 1);
    changes.mark(1663, 5, -1, 0, 1);
    changes.mark(1663, 5, -1, 2, 1);
    changes.mark(1663, -1, 1, 0, 1);
    changes.mark(1663, 5, 16384, 0, 1);
    assertThat(changes.sorted())
        .hasToString(
            "[1663/5/16384 fork 0 blocks {1}, 1663/5/4294967295 fork 0 blocks {1},"
                + " 1663/5/4294967295 fork 2 blocks {1}, 1663/4294967295/1 fork 0 blocks {1},"
                + " 4294967295/5/16384 fork 0 blocks {1}]");
  }
}
