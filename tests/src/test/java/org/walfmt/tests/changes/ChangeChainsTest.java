package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.ReplayTo;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.compare.Tolerance;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;

/**
 * A random load on every major, and chains of incrementals by every change source; in the full run
 * also by all of them in turn. The full backup and every second incremental are taken while the
 * load goes on: these are replayed to where the server is when it has ended. The others are taken
 * when nothing goes on: their files are the server's own, and the blocks that differ from the
 * parent were taken.
 */
class ChangeChainsTest {
  /** No step ever changes most of the databases' blocks, of which there are about 3,000. */
  private static final long FEWEST_LEFT_OUT = 1000;

  private static final List<Long> SEEDS = List.of(1L);

  /** An odd and an even one: every major with and without checksums. */
  private static final List<Long> MORE_SEEDS = List.of(1L, 2L);

  /** Changed in the source's pages without WAL, whenever a relation is used. */
  private static final Tolerance[] NEVER_LOGGED = {
    Tolerance.SPGIST_LAST_USED_PAGES, Tolerance.SPGIST_EMPTY_PAGES
  };

  static Stream<Arguments> loads() {
    return PgInstall.majors().stream()
        .flatMap(
            major -> seeds().stream().map(seed -> Arguments.of(PgInstall.embedded(major), seed)));
  }

  private static List<Long> seeds() {
    Long seed = Long.getLong("walfmt.seed");
    if (seed != null) {
      return List.of(seed);
    }
    return Strict.full() ? MORE_SEEDS : SEEDS;
  }

  private static int length() {
    return Strict.full() ? 10 : 3;
  }

  /** Checksums, which log hint bits, and the size of segments change from server to server. */
  @ParameterizedTest(name = "{0}, seed {1}")
  @MethodSource("loads")
  void everyMemberRestoresWhatTheServerHad(PgInstall install, long seed) throws Exception {
    boolean checksums = (install.major() + seed) % 2 == 0;
    try (Cluster source =
            Cluster.of(install)
                .checksums(checksums)
                .segmentMegabytes(install.major() % 3 == 0 ? 16 : 1)
                .setting("autovacuum", "off")
                .setting("max_prepared_transactions", "4")
                .archiving()
                .create();
        Scratch scratch = Scratch.create()) {
      if (install.major() >= ChangeChain.FIRST_WITH_SUMMARIES) {
        source.configure(Map.of("summarize_wal", "on"));
      }
      source.start();
      run(source, checksums, scratch, seed);
    }
  }

  private static void run(Cluster source, boolean checksums, Scratch scratch, long seed)
      throws Exception {
    try (RandomLoad load = new RandomLoad(source, seed)) {
      try {
        new Run(source, checksums, scratch, load).run();
      } catch (Throwable e) {
        throw new AssertionError(load.toString(), e);
      }
    }
  }

  /** One server with its load and its chains. */
  private static final class Run {
    private final Cluster source;
    private final boolean checksums;
    private final PgVersion version;
    private final Scratch scratch;
    private final RandomLoad load;
    private final Path summaries;
    private int homes;

    Run(Cluster source, boolean checksums, Scratch scratch, RandomLoad load) {
      this.source = source;
      this.checksums = checksums;
      this.version = PgVersion.ofMajor(source.install().major()).orElseThrow();
      this.scratch = scratch;
      this.load = load;
      this.summaries = scratch.serverDirectory("summaries");
    }

    void run() throws Exception {
      load.start();
      BackupReport full = new Backups(source, source.archive()).full();
      load.finish();
      List<ChangeChain> chains = chains(full);
      for (int member = 1; member <= length(); member++) {
        if (member % 2 == 0) {
          growUnderLoad(chains);
        } else {
          growInQuiet(chains);
        }
      }
    }

    private List<ChangeChain> chains(BackupReport full) {
      List<ChangeSource> sources = ChangeChain.sources();
      List<ChangeChain> chains = new ArrayList<>();
      for (ChangeSource by : sources) {
        // An audit is a page scan that looks at the others too.
        if (Strict.full() || by != ChangeSource.AUDIT) {
          chains.add(chain(by.toString(), List.of(by), full));
        }
      }
      if (Strict.full()) {
        chains.add(chain("turns", sources, full));
      }
      return chains;
    }

    private ChangeChain chain(String name, List<ChangeSource> turns, BackupReport full) {
      return new ChangeChain(name, turns, source, load.tablespace(), summaries, full);
    }

    private Path newHome() {
      return scratch.serverDirectory("home" + homes++);
    }

    private void growUnderLoad(List<ChangeChain> chains) throws Exception {
      load.start();
      for (ChangeChain chain : chains) {
        chain.grow();
      }
      load.finish();
      Lsn lsn = ReplayTo.mark(source);
      source.run("CHECKPOINT");
      RelationKinds kinds = RelationKinds.read(source::connect);
      for (ChangeChain chain : chains) {
        Path home = newHome();
        Path restored = chain.restoreLast(home);
        ReplayTo.replay(source.install(), restored, source.archive(), lsn);
        mustBeEqual(chain, restored, kinds, Options.masksAndTolerances());
        PathUtils.deleteDirectory(home);
      }
    }

    private void growInQuiet(List<ChangeChain> chains) throws Exception {
      load.play();
      // Reading catalogs sets hint bits and prunes pages: all that is to come before the backups.
      RelationKinds kinds = RelationKinds.read(source::connect);
      source.run("CHECKPOINT");
      for (ChangeChain chain : chains) {
        chain.grow();
      }
      source.run("CHECKPOINT");
      Options main = checksums ? Options.exact() : Options.masks();
      for (ChangeChain chain : chains) {
        Path home = newHome();
        Path restored = chain.restoreLast(home);
        mustBeEqual(chain, restored, kinds, main.tolerating(NEVER_LOGGED));
        mustBeEqual(chain, restored, kinds, Options.exact().without(ForkNumber.MAIN));
        PathUtils.deleteDirectory(home);
        if (!chain.isByScan()) {
          mustHaveTakenWhatDiffers(chain, kinds);
        }
      }
    }

    /**
     * Without checksums, VACUUM makes pages all-visible unseen, and a page scan leaves maps out.
     */
    private void mustBeEqual(ChangeChain chain, Path restored, RelationKinds kinds, Options options)
        throws IOException {
      Options compared = chain.isByScan() && !checksums ? options.without(ForkNumber.VM) : options;
      Report report = ClusterDiff.compare(source.data(), restored, version, kinds, compared);
      assertThat(report.isEqual()).as("%s: %s", chain, report).isTrue();
      assertThat(report.files()).isGreaterThan(100);
    }

    private void mustHaveTakenWhatDiffers(ChangeChain chain, RelationKinds kinds)
        throws IOException {
      Options main = Options.masks().without(ForkNumber.VM).without(ForkNumber.INIT);
      Path home = newHome();
      Report sinceParent =
          ClusterDiff.compare(
              chain.restoreParent(home),
              source.data(),
              version,
              kinds,
              main.tolerating(NEVER_LOGGED));
      PathUtils.deleteDirectory(home);
      assertThat(sinceParent.differenceCount()).isGreaterThan(100);
      TakenBlocks taken = TakenBlocks.of(source.archive(), chain.last(), version);
      taken.mustCover(sinceParent);
      assertThat(taken.leftOut()).isGreaterThan(FEWEST_LEFT_OUT);
    }
  }
}
