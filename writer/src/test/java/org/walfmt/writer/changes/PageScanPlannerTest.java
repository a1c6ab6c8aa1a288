package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.writer.kit.TestParent;
import org.walfmt.writer.scan.ForkKey;
import org.walfmt.writer.scan.ForkPlan;
import org.walfmt.writer.scan.ForkPlanner;
import org.walfmt.writer.source.DatabaseDirectory;
import org.walfmt.writer.source.DirectoryIdentity;

/** The parent started at 07:00:00 and has relation 7 with 10 blocks. */
class PageScanPlannerTest {
  private static final ForkPlan DELTA = ForkPlan.since(Lsn.parse("0/3000028").value(), 10);
  private static final DatabaseDirectory DATABASE =
      new DatabaseDirectory(1663, 5, Path.of("/data/base/5"), "base/5");
  private static final Instant YEARS_AGO = Instant.parse("2020-01-01T00:00:00Z");

  private final TestParent parent =
      TestParent.usual()
          .having(Map.of("7/0", 10L, "7/1", 3L, "7/2", 1L, "7/3", 1L, "9/0", 0L))
          .knowing(Map.of("base/5", "the same"));

  private InDatabase planner() throws IOException {
    return new InDatabase(new PageScanPlanner(parent, parent.openForks()));
  }

  /** A planner in the directory of database 5. */
  private record InDatabase(ForkPlanner planner) {
    InDatabase enter(String identity, Instant changed) throws IOException {
      planner.enter(DATABASE, Optional.of(new DirectoryIdentity(changed, identity)));
      return this;
    }

    Optional<ForkPlan> plan(long relation, ForkNumber fork) throws IOException {
      return planner.plan(new ForkKey(new RelFileLocator(1663, 5, relation), fork));
    }
  }

  @Test
  void ofAMainForkThatTheParentHasChangedPagesAreTaken() throws IOException {
    assertThat(planner().enter("the same", YEARS_AGO).plan(7, ForkNumber.MAIN)).contains(DELTA);
  }

  @Test
  void anEmptyForkOfTheParentIsOneThatItHas() throws IOException {
    assertThat(planner().enter("the same", YEARS_AGO).plan(9, ForkNumber.MAIN))
        .contains(ForkPlan.since(DELTA.changedSince(), 0));
  }

  @Test
  void otherForksAreWhole() throws IOException {
    for (ForkNumber fork : new ForkNumber[] {ForkNumber.FSM, ForkNumber.VM, ForkNumber.INIT}) {
      assertThat(planner().enter("the same", YEARS_AGO).plan(7, fork))
          .as(fork.toString())
          .contains(ForkPlan.WHOLE);
    }
  }

  @Test
  void aForkThatTheParentDoesNotHaveIsWhole() throws IOException {
    assertThat(planner().enter("the same", YEARS_AGO).plan(8, ForkNumber.MAIN))
        .contains(ForkPlan.WHOLE);
  }

  @Test
  void withoutVisibilityMapsTheRestIsTheSame() throws IOException {
    InDatabase planner =
        new InDatabase(new WithoutVisibilityMaps(planner().planner())).enter("the same", YEARS_AGO);
    assertThat(planner.plan(7, ForkNumber.MAIN)).contains(DELTA);
    assertThat(planner.plan(7, ForkNumber.FSM)).contains(ForkPlan.WHOLE);
    assertThat(planner.plan(7, ForkNumber.VM)).isEmpty();
    assertThat(planner.plan(8, ForkNumber.VM)).isEmpty();
  }

  @Test
  void ofADirectoryMadeSinceThenEverythingIsWhole() throws IOException {
    assertThat(
            planner()
                .enter("another", Instant.parse("2026-11-24T07:00:01Z"))
                .plan(7, ForkNumber.MAIN))
        .contains(ForkPlan.WHOLE);
  }

  @Test
  void aDirectoryIsOlderOnlyBeyondDoubt() throws IOException {
    assertThat(
            planner()
                .enter("another", Instant.parse("2026-11-24T06:59:00Z"))
                .plan(7, ForkNumber.MAIN))
        .contains(ForkPlan.WHOLE);
    assertThat(
            planner()
                .enter("another", Instant.parse("2026-11-24T06:58:59Z"))
                .plan(7, ForkNumber.MAIN))
        .contains(DELTA);
  }

  @Test
  void theSameDirectoryIsTheSameWhateverTheClockSays() throws IOException {
    assertThat(
            planner()
                .enter("the same", Instant.parse("2027-01-01T00:00:00Z"))
                .plan(7, ForkNumber.MAIN))
        .contains(DELTA);
  }

  @Test
  void aDirectoryWithoutAnIdentityIsJudgedByItsFiles() throws IOException {
    PageScanPlanner planner = new PageScanPlanner(parent, parent.openForks());
    planner.enter(DATABASE, Optional.empty());
    assertThat(planner.plan(new ForkKey(new RelFileLocator(1663, 5, 7), ForkNumber.MAIN)))
        .contains(DELTA);
  }
}
