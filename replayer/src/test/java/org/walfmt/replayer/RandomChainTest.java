package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.block.ForkNumber;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.CommitFile;

/**
 * Chains of random backups against a model in plain maps: truncations, drops, numbers used again,
 * whole forks, limits, records more than needed, unchanged files. Every member is restored.
 */
class RandomChainTest {
  private static final int MEMBERS = 6;
  private static final int RELATIONS = 8;

  @TempDir Path directory;

  static LongStream seeds() {
    return LongStream.range(0, 12);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void restoresEveryMemberAsItWas(long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticArchive backups = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    for (int i = 0; i < RELATIONS; i++) {
      cluster.createFork(key(i), random.nextInt(150), random);
    }
    List<ClusterModel> states = new ArrayList<>(List.of(cluster));
    List<CommitFile.Summary> commits = new ArrayList<>(List.of(backups.takeFull(cluster)));
    for (int i = 1; i < MEMBERS; i++) {
      ClusterModel before = states.get(i - 1);
      ClusterModel after = before.copy();
      Draft draft = backups.incremental(commits.get(i - 1), after);
      draft.compression = List.of(ImageCompression.values()).get(random.nextInt(4));
      change(before, after, draft, random);
      states.add(after);
      commits.add(backups.take(draft));
    }
    for (int i = 0; i < MEMBERS; i++) {
      Path target = directory.resolve("restored-" + i);
      String id = commits.get(i).id().text();
      RestoreReport report =
          new Restorer(Clock.systemUTC())
              .restore(
                  RestoreOptions.of(backups.archive(), target).backup(id).sync(false),
                  new Remarks());
      assertThat(report.members()).hasSize(i + 1);
      Restored.of(target).requireSame(states.get(i), commits.get(i).version());
    }
    VerifyReport verified =
        new Verifier().verify(VerifyOptions.of(backups.archive(), "latest"), new Remarks());
    assertThat(verified.findings()).isEmpty();
  }

  private static ForkKey key(int i) {
    return ForkKey.of(5, 16384 + i / 2, i % 2 == 0 ? ForkNumber.MAIN : ForkNumber.FSM);
  }

  private static void change(ClusterModel before, ClusterModel after, Draft draft, Random random) {
    for (int i = 0; i < RELATIONS; i++) {
      ForkKey key = key(i);
      List<byte[]> pages = after.forks().get(key);
      int what = random.nextInt(6);
      if (pages == null || what == 0) {
        createOrDrop(after, key, random);
      } else if (what == 1) {
        draft.forks.put(key, truncatedAndExtended(pages, random));
      } else if (what == 2) {
        draft.forks.put(key, ForkPlan.changed());
      } else {
        draft.forks.put(key, someChanged(pages, random));
      }
    }
    for (Map.Entry<String, byte[]> file : before.files().entrySet()) {
      String path = file.getKey();
      if (random.nextBoolean() || path.equals("global/pg_control")) {
        after.put(path, path + random.nextInt());
      } else if (random.nextInt(3) > 0) {
        draft.unchanged.add(path);
      }
    }
    String extra = "pg_logical/file" + random.nextInt(5);
    if (after.files().remove(extra) == null) {
      after.put(extra, "e".repeat(random.nextInt(5_000_000)));
    }
    draft.unchanged.remove(extra);
  }

  private static void createOrDrop(ClusterModel after, ForkKey key, Random random) {
    if (after.forks().remove(key) == null || random.nextBoolean()) {
      after.createFork(key, random.nextInt(150), random);
    }
  }

  private static ForkPlan someChanged(List<byte[]> pages, Random random) {
    TreeSet<Integer> blocks = new TreeSet<>();
    int length = pages.size();
    for (int n = random.nextInt(30); n > 0 && length > 0; n--) {
      blocks.add(random.nextInt(length));
    }
    for (int n = random.nextInt(3) * random.nextInt(50); n > 0; n--) {
      blocks.add(pages.size());
      pages.add(new byte[0]);
    }
    for (int block : blocks) {
      pages.set(block, ClusterModel.page(random, block));
    }
    if (length > 0 && random.nextBoolean()) {
      blocks.add(random.nextInt(length));
    }
    return new ForkPlan(new ArrayList<>(blocks), true, OptionalLong.empty());
  }

  /** Everything from the lowest length on is new, even where the old file had pages. */
  private static ForkPlan truncatedAndExtended(List<byte[]> pages, Random random) {
    int lowest = pages.isEmpty() ? 0 : random.nextInt(pages.size());
    int length = lowest + random.nextInt(80);
    pages.subList(lowest, pages.size()).clear();
    TreeSet<Integer> blocks = new TreeSet<>();
    for (int block = lowest; block < length; block++) {
      pages.add(ClusterModel.page(random, block));
      blocks.add(block);
    }
    return new ForkPlan(new ArrayList<>(blocks), true, OptionalLong.of(lowest));
  }
}
