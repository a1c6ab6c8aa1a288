package org.walfmt.tests.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.block.RelFileLocator;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;

/**
 * The oracle on real servers: two base backups that began at two moments under load, replayed by
 * PostgreSQL to one LSN, are equal, and it notices a flipped bit in any kind of page.
 */
class ReplayedCopiesTest {
  private static final int LOAD_MILLIS = 1500;

  static Stream<Arguments> servers() {
    Stream<Arguments> always =
        Stream.of(
            Arguments.of(PgInstall.machine15(), true), Arguments.of(PgInstall.embedded(18), false));
    Stream<Arguments> more =
        Stream.of(13, 14, 15, 16, 17)
            .map(major -> Arguments.of(PgInstall.embedded(major), major % 2 == 0));
    return Strict.full() ? Stream.concat(always, more) : always;
  }

  @ParameterizedTest(name = "{0}, checksums {1}")
  @MethodSource("servers")
  void areEqualUnderTheMasksAndAFlippedBitIsNoticed(PgInstall install, boolean checksums)
      throws Exception {
    try (Cluster source = Cluster.of(install).checksums(checksums).archiving().start();
        Scratch scratch = Scratch.create()) {
      source.run("CREATE SEQUENCE idle_later");
      EveryKindLoad.create(source);
      try (EveryKindLoad load = EveryKindLoad.start(source);
          Cluster earlier = baseBackup(source, scratch, "earlier")) {
        source.run("SELECT nextval('idle_later') FROM generate_series(1, 3)");
        Thread.sleep(LOAD_MILLIS);
        try (Cluster later = baseBackup(source, scratch, "later")) {
          Thread.sleep(LOAD_MILLIS);
          source.run(FlippedPage.FRESH_TABLE);
          Lsn lsn = ReplayTo.mark(source);
          load.mustRun();
          RelationKinds kinds = RelationKinds.read(source::connect);
          replayBoth(source, earlier.data(), later.data(), lsn);
          mustBeEqual(install, earlier.data(), later.data(), kinds);
          mustRecogniseWhatTheCatalogSays(install, earlier.data(), kinds);
          mustNotice(source, earlier.data(), later.data(), kinds);
        }
      }
    }
  }

  /** By the machine's own tool, or by copying files where there is none for this major. */
  private static Cluster baseBackup(Cluster source, Scratch scratch, String name) {
    if (source.install().embedded()) {
      return Cluster.standbyOf(source);
    }
    Path data = scratch.resolve(name);
    PgTools.get().baseBackup(source, data, "-X", "none").orFail();
    return Cluster.adopt(source.install(), data);
  }

  private static void replayBoth(Cluster source, Path earlier, Path later, Lsn lsn) {
    Lsn reached = ReplayTo.replay(source.install(), earlier, source.archive(), lsn);
    assertThat(ReplayTo.replay(source.install(), later, source.archive(), lsn)).isEqualTo(reached);
  }

  private static void mustBeEqual(PgInstall install, Path earlier, Path later, RelationKinds kinds)
      throws IOException {
    PgVersion version = PgVersion.ofMajor(install.major()).orElseThrow();
    Report report =
        ClusterDiff.compare(
            earlier, later, version, kinds, Options.masksAndTolerances().withOtherFiles(true));
    assertThat(report.isEqual()).as(report.toString()).isTrue();
    assertThat(report.equalMasked()).as("pages that only the masks make equal").isPositive();
    assertThat(report.tolerated(Tolerance.SEQUENCE_LOG_AHEAD)).isPositive();
    Report strict = ClusterDiff.compare(earlier, later, version, kinds, Options.masks());
    assertThat(strict.isEqual()).as("equal without what is tolerated").isFalse();
  }

  private static void mustRecogniseWhatTheCatalogSays(
      PgInstall install, Path data, RelationKinds kinds) throws IOException {
    RelationFiles files = RelationFiles.of(data, PgVersion.ofMajor(install.major()).orElseThrow());
    int recognised = 0;
    for (Map.Entry<RelFileLocator, RelationKind> known : kinds.asMap().entrySet()) {
      Optional<RelationKind> kind = RelationKinds.recognise(known.getKey(), files);
      if (kind.isPresent()) {
        assertThat(kind.get()).as(known.getKey().toString()).isEqualTo(known.getValue());
        recognised++;
      }
    }
    assertThat(recognised).isGreaterThan(100);
  }

  private static void mustNotice(Cluster source, Path earlier, Path later, RelationKinds kinds)
      throws IOException {
    PgVersion version = PgVersion.ofMajor(source.install().major()).orElseThrow();
    for (FlippedPage flip : FlippedPage.ofEveryKind(source, later)) {
      flip.flip(flip.payload());
      Report report =
          ClusterDiff.compare(earlier, later, version, kinds, Options.masksAndTolerances());
      assertThat(report.differences())
          .as("payload of " + flip)
          .extracting(Difference::path, Difference::block)
          .containsExactly(Tuple.tuple(flip.path(), flip.block()));
      flip.flip(flip.payload());
      flip.flip(flip.hint());
      report = ClusterDiff.compare(earlier, later, version, kinds, Options.masksAndTolerances());
      assertThat(report.isEqual()).as("hint of " + flip + ": " + report).isTrue();
      flip.flip(flip.hint());
    }
  }
}
