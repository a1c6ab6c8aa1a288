package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.ForkNumber;
import org.walfmt.manifest.ChecksumAlgorithm;
import org.walfmt.replayer.kit.BaseDirectory;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.Parent;

/** An external base backup under the series. */
class BaseRulesTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final ForkKey DROPPED = ForkKey.of(5, 16390, ForkNumber.MAIN);
  private static final ForkKey MAP = ForkKey.of(5, 16384, ForkNumber.VM);

  @TempDir Path directory;

  private final Random random = new Random(7);
  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private ClusterModel before;
  private ClusterModel after;
  private Draft draft;
  private BaseDirectory base;

  @BeforeEach
  void createCluster() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    before = ClusterModel.create();
    before.createFork(TABLE, 300, random);
    before.createFork(DROPPED, 150, random);
    before.createFork(MAP, 1, random);
    Lsn start = Lsn.parse("0/2000028");
    Lsn stop = Lsn.parse("0/2000120");
    Draft asFull = backups.full(before);
    asFull.start = start;
    base = new BaseDirectory(place(), before, start, stop, SyntheticArchive.label(asFull));
    after = before.copy();
    after.forks().remove(DROPPED);
    after.createFork(MAP, 1, random);
    after.forks().getOrDefault(TABLE, java.util.List.of()).set(200, ClusterModel.page(random, 200));
    draft = backups.incremental(backups.takeFull(before), after);
    draft.reference = start;
    draft.forks.put(TABLE, ForkPlan.changed(200));
    draft.unchanged.add("pg_xact/0000");
  }

  private Path place() {
    return directory.resolve("base");
  }

  private Path target() {
    return directory.resolve("restored");
  }

  private void take(String manifestSha256) throws IOException {
    draft.parent = Optional.of(new Parent.Manifest(manifestSha256));
    backups.take(draft);
  }

  private RestoreReport restore() throws IOException {
    return new Restorer(Clock.systemUTC())
        .restore(RestoreOptions.of(backups.archive(), target()).base(place()), remarks);
  }

  private void assertRefused(Reason reason, String fact, String detail) {
    assertThatThrownBy(this::restore)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(fact)
        .satisfies(
            e -> {
              assertThat(((RefusedException) e).reason()).isEqualTo(reason);
              assertThat(((RefusedException) e).detail().orElse("")).contains(detail);
            });
    assertThat(target()).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void takesUnchangedBlocksAndFilesFromTheBase(ChecksumAlgorithm algorithm) throws IOException {
    take(base.checksums(algorithm).write());

    restore();

    Restored.of(target()).requireSame(after, PgVersion.V15);
    VerifyReport verified =
        new Verifier()
            .verify(
                new VerifyOptions(
                    backups.archive(), "latest", true, Optional.of(place()), true, 10),
                remarks);
    assertThat(verified.findings()).isEmpty();
  }

  @Test
  void refusesAnotherBase() throws IOException {
    take("ab".repeat(32));
    base.write();

    assertRefused(Reason.MISMATCH, "is not the one that the chain builds on", "expected abab");
  }

  @Test
  void refusesADirectoryWithoutManifest() throws IOException {
    take("ab".repeat(32));
    Files.createDirectory(place());

    assertRefused(Reason.INCOMPLETE, "has no backup_manifest", "");
  }

  @Test
  void refusesABaseThatWasStarted() throws IOException {
    take(base.write());
    Files.move(place().resolve("backup_label"), place().resolve("backup_label.old"));

    assertRefused(Reason.MISMATCH, "was started once", "backup_label.old");
  }

  @Test
  void refusesABaseWithoutLabel() throws IOException {
    take(base.write());
    Files.delete(place().resolve("backup_label"));

    assertRefused(Reason.INCOMPLETE, "has no backup_label", "");
  }

  @Test
  void refusesAChangedLabel() throws IOException {
    take(base.write());
    base.damage("backup_label");

    assertRefused(Reason.MISMATCH, "is not as its manifest says", "\"backup_label\" has CRC32C");
  }

  @Test
  void refusesAMissingFile() throws IOException {
    take(base.write());
    Files.delete(place().resolve("base/5/16390"));

    assertRefused(Reason.MISMATCH, "is not as its manifest says", "\"base/5/16390\" is missing");
  }

  @Test
  void refusesAFileOfAnotherLength() throws IOException {
    take(base.write());
    Files.write(place().resolve("pg_xact/0000"), new byte[8191]);

    assertRefused(
        Reason.MISMATCH,
        "is not as its manifest says",
        "\"pg_xact/0000\" has 8191 bytes, expected 8192");
  }

  @Test
  void refusesASymbolicLinkInPlaceOfAFile() throws IOException {
    take(base.write());
    Path file = place().resolve("base/5/16384");
    Files.move(file, directory.resolve("elsewhere"));
    Files.createSymbolicLink(file, directory.resolve("elsewhere"));

    assertRefused(Reason.MISMATCH, "is not as its manifest says", "is no regular file");
  }

  @Test
  void refusesChangedContents() throws IOException {
    String manifest = base.write();
    take(manifest);
    for (String path : new String[] {"base/5/16384", "base/5/16390", "base/5/PG_VERSION"}) {
      base.damage(path);
      assertRefused(
          Reason.MISMATCH, "is not as its manifest says", "\"" + path + "\" has CRC32C checksum");
      base.damage(path);
    }
    restore();
  }

  @Test
  void refusesABaseThatStartsElsewhere() throws IOException {
    draft.reference = Lsn.parse("0/2000030");
    take(base.write());

    assertRefused(Reason.MISMATCH, "is not what backup ", "it starts at 0/2000028");
  }

  @Test
  void refusesABaseOfAnotherCluster() throws IOException {
    draft.system = 42;
    take(base.write());
    draft.system = SyntheticArchive.SYSTEM;

    assertThatThrownBy(
            () ->
                new Restorer(Clock.systemUTC())
                    .restore(
                        RestoreOptions.of(backups.archive(), target())
                            .backup(draft.seriesTimeline.toHex())
                            .base(place()),
                        remarks))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("are of different clusters");
  }

  @Test
  void refusesATargetInTheBase() throws IOException {
    take(base.write());

    assertThatThrownBy(
            () ->
                new Restorer(Clock.systemUTC())
                    .restore(
                        RestoreOptions.of(backups.archive(), place().resolve("pg_wal"))
                            .base(place()),
                        remarks))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("are inside each other");
  }
}
