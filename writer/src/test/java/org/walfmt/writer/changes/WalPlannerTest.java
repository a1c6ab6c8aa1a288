package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.roaringbitmap.RoaringBitmap;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.summary.BlockChanges;
import org.walfmt.writer.kit.TestParent;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.source.DatabaseDirectory;

/** The parent has relation 7 with 10 blocks, 9 with none. */
class WalPlannerTest {
  private static final DatabaseDirectory DATABASE =
      new DatabaseDirectory(1663, 5, Path.of("/data/base/5"), "base/5");
  private static final DatabaseDirectory OTHER =
      new DatabaseDirectory(1663, 6, Path.of("/data/base/6"), "base/6");

  private final BlockChanges changes = new BlockChanges();
  private WalPlanner planner;

  @BeforeEach
  void enterDatabase() throws IOException {
    TestParent parent =
        TestParent.usual().having(Map.of("7/0", 10L, "7/1", 3L, "7/2", 1L, "7/3", 1L, "9/0", 0L));
    planner = new WalPlanner(parent.openForks(), changes);
    planner.enter(DATABASE, Optional.empty());
  }

  private ForkPlan plan(long database, long relation, ForkNumber fork) throws IOException {
    return planner
        .plan(new ForkKey(new RelFileLocator(1663, database, relation), fork))
        .orElseThrow();
  }

  private void isDelta(ForkPlan plan, long parentBlocks, OptionalLong limit, int... blocks) {
    assertThat(plan.delta()).isTrue();
    assertThat(plan.parentBlocks()).isEqualTo(parentBlocks);
    assertThat(plan.limit()).isEqualTo(limit);
    RoaringBitmap changed = Objects.requireNonNull(plan.changed());
    assertThat(changed.toArray()).containsExactly(blocks);
  }

  @Test
  void ofAForkThatNoRecordNamesOnlyWhatIsBeyondTheParentsLengthIsTaken() throws IOException {
    isDelta(plan(5, 7, ForkNumber.MAIN), 10, OptionalLong.empty());
    isDelta(plan(5, 9, ForkNumber.MAIN), 0, OptionalLong.empty());
  }

  @Test
  void blocksThatRecordsNameAreTaken() throws IOException {
    changes.mark(1663, 5, 7, 0, 3);
    changes.mark(1663, 5, 7, 0, 12);
    changes.mark(1663, 5, 8, 0, 1);
    isDelta(plan(5, 7, ForkNumber.MAIN), 10, OptionalLong.empty(), 3, 12);
  }

  @Test
  void olderBlocksEndAtTheLowestLengthThatTheForkHad() throws IOException {
    changes.mark(1663, 5, 7, 0, 3);
    changes.cut(1663, 5, 7, 0, 6);
    isDelta(plan(5, 7, ForkNumber.MAIN), 6, OptionalLong.of(6), 3);
  }

  @Test
  void aLengthBeyondTheParentsStillLimitsOlderSeries() throws IOException {
    changes.cut(1663, 5, 7, 0, 20);
    isDelta(plan(5, 7, ForkNumber.MAIN), 10, OptionalLong.of(20));
  }

  @Test
  void aForkThatWasMadeAnewIsWhole() throws IOException {
    changes.cut(1663, 5, 7, 0, 0);
    changes.mark(1663, 5, 7, 0, 0);
    assertThat(plan(5, 7, ForkNumber.MAIN)).isEqualTo(ForkPlan.WHOLE);
  }

  @Test
  void aForkThatTheParentDoesNotHaveIsWholeWhateverTheWalSays() throws IOException {
    changes.mark(1663, 5, 8, 0, 3);
    assertThat(plan(5, 8, ForkNumber.MAIN)).isEqualTo(ForkPlan.WHOLE);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MAIN")
  void otherForksAreWhole(ForkNumber fork) throws IOException {
    changes.mark(1663, 5, 7, fork.number(), 0);
    assertThat(plan(5, 7, fork)).isEqualTo(ForkPlan.WHOLE);
  }

  @Test
  void ofADirectoryMadeInBetweenEverythingIsWhole() throws IOException {
    changes.newDirectory(1663, 6);
    changes.newDirectory(1664, 5);
    isDelta(plan(5, 7, ForkNumber.MAIN), 10, OptionalLong.empty());
    planner.enter(OTHER, Optional.empty());
    assertThat(plan(6, 7, ForkNumber.MAIN)).isEqualTo(ForkPlan.WHOLE);
    planner.enter(DATABASE, Optional.empty());
    isDelta(plan(5, 7, ForkNumber.MAIN), 10, OptionalLong.empty());
  }
}
