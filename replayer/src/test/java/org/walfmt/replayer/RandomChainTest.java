package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.RandomChain;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.series.CommitFile;

/**
 * Chains of random backups against a model in plain maps: truncations, drops, numbers used again,
 * whole forks, limits, records more than needed, unchanged files. Every member is restored.
 */
class RandomChainTest {
  private static final int MEMBERS = 6;

  @TempDir Path directory;

  static LongStream seeds() {
    return LongStream.range(0, 12);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void restoresEveryMemberAsItWas(long seed) throws IOException {
    RandomChain chain = RandomChain.make(directory.resolve("archive"), MEMBERS, new Random(seed));
    SyntheticArchive backups = chain.archive();
    List<ClusterModel> states = chain.states();
    List<CommitFile.Summary> commits = chain.commits();
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
}
