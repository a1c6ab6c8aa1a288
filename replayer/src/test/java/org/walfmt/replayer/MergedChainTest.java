package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.kit.RandomChain;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;

/**
 * Random chains, merged at random places again and again, the merged ones removed: whatever is left
 * is restored as it was.
 */
class MergedChainTest {
  private static final Instant NOW = Instant.parse("2026-11-24T07:00:00Z");

  @TempDir Path directory;
  private final Remarks remarks = new Remarks();
  private int merges;

  static LongStream seeds() {
    return LongStream.range(0, 15);
  }

  private MergeReport merge(
      RandomChain chain, Optional<BackupId> from, BackupId to, ImageCompression compression)
      throws IOException {
    merges++;
    String nonce = String.format("%032x", merges);
    Clock clock = Clock.fixed(NOW.plusSeconds(merges), ZoneOffset.UTC);
    return new SeriesMerger(chain.archive().archive(), nonce, "test", clock, remarks)
        .merge(from.map(BackupId::text), to.text(), Optional.of(compression), "test");
  }

  private void remove(RandomChain chain, CommitFile.Summary backup) throws IOException {
    chain.archive().archive().delete(backup.id().commitName());
    for (SegmentName segment = backup.firstSegment();
        segment.number() <= backup.lastSegment().number();
        segment = segment.next()) {
      chain.archive().archive().delete(segment.toString());
    }
  }

  private void mustRestore(RandomChain chain, BackupId id, int state) throws IOException {
    Path target = directory.resolve("restored-" + id);
    if (!target.toFile().exists()) {
      new Restorer(Clock.systemUTC())
          .restore(
              RestoreOptions.of(chain.archive().archive(), target).backup(id.text()).sync(false),
              remarks);
    }
    Restored.of(target).requireSame(chain.states().get(state), chain.commits().get(0).version());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void restoresAreTheSameWhereverItIsMerged(long seed) throws IOException {
    Random random = new Random(seed);
    int members = 3 + random.nextInt(seed == 0 ? 18 : 6);
    RandomChain chain = RandomChain.make(directory.resolve("archive"), members, random);
    List<BackupId> ids = new ArrayList<>();
    List<Integer> states = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      ids.add(chain.commits().get(i).id());
      states.add(i);
    }
    while (ids.size() > 1) {
      int from = random.nextInt(ids.size() - 1);
      int to = from + 1 + random.nextInt(ids.size() - 1 - from);
      Optional<BackupId> oldest =
          from == 0 && random.nextBoolean() ? Optional.empty() : Optional.of(ids.get(from));
      ImageCompression compression = List.of(ImageCompression.values()).get(random.nextInt(4));
      MergeReport report = merge(chain, oldest, ids.get(to), compression);
      assertThat(report.isFull()).isEqualTo(from == 0);
      assertThat(report.replaced()).containsAll(ids.subList(from, to + 1));
      for (int i = from; i <= to; i++) {
        remove(chain, chain.commit(ids.get(i)));
      }
      ids.subList(from, to + 1).clear();
      ids.add(from, report.backup());
      states.subList(from, to).clear();
      mustRestore(chain, ids.get(from), states.get(from));
      mustRestore(chain, ids.get(ids.size() - 1), members - 1);
      assertThat(
              new Verifier()
                  .verify(
                      VerifyOptions.of(chain.archive().archive(), ids.get(ids.size() - 1).text()),
                      remarks)
                  .findings())
          .isEmpty();
    }
  }

  @Test
  void theMergedOnesMayStayBesideIt() throws IOException {
    RandomChain chain = RandomChain.make(directory.resolve("archive"), 4, new Random(1));
    BackupId last = chain.commits().get(3).id();
    MergeReport report =
        merge(chain, Optional.empty(), chain.commits().get(2).id(), ImageCompression.NONE);
    mustRestore(chain, report.backup(), 2);
    mustRestore(chain, last, 3);
  }

  @Test
  void refusesWhatDoesNotFollowEachOther() throws IOException {
    RandomChain chain = RandomChain.make(directory.resolve("archive"), 3, new Random(2));
    BackupId full = chain.commits().get(0).id();
    BackupId last = chain.commits().get(2).id();
    assertThatThrownBy(() -> merge(chain, Optional.of(last), full, ImageCompression.NONE))
        .isInstanceOf(RefusedException.class)
        .hasMessage("backup " + full + " does not build on backup " + last);
    assertThatThrownBy(() -> merge(chain, Optional.of(last), last, ImageCompression.NONE))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("nothing to merge");
  }

  @Test
  void leavesNothingWhenAMemberIsDamaged() throws IOException {
    RandomChain chain = RandomChain.make(directory.resolve("archive"), 3, new Random(3));
    CommitFile.Summary middle = chain.commits().get(1);
    chain.archive().damage(middle.firstSegment().toString(), 100_000);
    List<String> before = chain.archive().archive().list();
    assertThatThrownBy(
            () ->
                merge(chain, Optional.empty(), chain.commits().get(2).id(), ImageCompression.NONE))
        .isInstanceOf(CorruptWalException.class);
    assertThat(chain.archive().archive().list()).containsExactlyInAnyOrderElementsOf(before);
  }
}
