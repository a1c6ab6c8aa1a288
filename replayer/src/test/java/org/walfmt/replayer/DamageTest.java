package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.WalFormatException;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.CommitFile;

/**
 * Damage anywhere in a chain is found by a verification, and by a restore, which leaves nothing.
 */
class DamageTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final int SAMPLES = 150;

  @TempDir Path directory;

  private final Monitor remarks = new Remarks();
  private SyntheticArchive backups;
  private CommitFile.Summary full;
  private CommitFile.Summary second;

  @BeforeEach
  void takeChain() throws IOException {
    Random random = new Random(1);
    backups = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 20, random);
    full = backups.takeFull(cluster);
    SyntheticArchive.Draft draft = backups.incremental(full, cluster);
    draft.forks.put(TABLE, ForkPlan.changed(3, 9));
    second = backups.take(draft);
  }

  private VerifyReport verify() throws IOException {
    return new Verifier().verify(VerifyOptions.of(backups.archive(), second.id().text()), remarks);
  }

  private void restore() throws IOException {
    new Restorer(Clock.systemUTC())
        .restore(
            RestoreOptions.of(backups.archive(), directory.resolve("restored"))
                .backup(second.id().text())
                .sync(false),
            remarks);
  }

  private boolean isNoticed() throws IOException {
    try {
      return !verify().isSound();
    } catch (WalFormatException | RefusedException e) {
      return true;
    }
  }

  /** Most of a last segment is zeros; half of the samples hit where it is not. */
  private static long offset(Random random, CommitFile.Summary of, int sample) {
    int size = of.segmentSize().bytes();
    return sample % 2 == 0
        ? random.nextInt(size)
        : random.nextInt(of.segmentSize().offset(of.endLsn()) + 1000);
  }

  @Test
  void noticesAFlippedBit() throws IOException {
    Random random = new Random(2);
    for (int i = 0; i < SAMPLES; i++) {
      CommitFile.Summary hit = i % 3 == 0 ? second : full;
      long at = offset(random, hit, i);
      backups.damage(hit.firstSegment().toString(), at);

      assertThat(isNoticed()).as("bit at %d of %s", at, hit.id()).isTrue();
      assertThatThrownBy(this::restore)
          .as("bit at %d of %s", at, hit.id())
          .isInstanceOfAny(WalFormatException.class, RefusedException.class);
      assertThat(directory.resolve("restored")).doesNotExist();
      backups.damage(hit.firstSegment().toString(), at);
    }
    assertThat(verify().isSound()).isTrue();
  }

  @Test
  void noticesACutSegment() throws IOException {
    Random random = new Random(3);
    Path segment = backups.directory().resolve(full.firstSegment().toString());
    byte[] whole = Files.readAllBytes(segment);
    for (int i = 0; i < 20; i++) {
      byte[] cut = java.util.Arrays.copyOf(whole, random.nextInt(whole.length));
      Files.write(segment, cut);

      assertThat(isNoticed()).as("%d bytes", cut.length).isTrue();
      assertThatThrownBy(this::restore).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void noticesSwappedSegments() throws IOException {
    Path one = backups.directory().resolve(full.firstSegment().toString());
    Path other = backups.directory().resolve(second.firstSegment().toString());
    Path aside = directory.resolve("aside");
    Files.move(one, aside);
    Files.move(other, one);
    Files.move(aside, other);

    assertThat(isNoticed()).isTrue();
    assertThatThrownBy(this::restore).isInstanceOf(WalFormatException.class);
  }

  @Test
  void findsDamageInSeveralSegments() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 900, new Random(4));
    CommitFile.Summary large = backups.takeFull(cluster);
    assertThat(large.segments()).isGreaterThan(2);
    backups.damage(large.firstSegment().toString(), 300_000);
    backups.damage(large.firstSegment().next().toString(), 500_000);

    VerifyReport report =
        new Verifier().verify(VerifyOptions.of(backups.archive(), large.id().text()), remarks);

    assertThat(report.findings()).hasSize(2);
    assertThat(report.findings().get(0).message()).contains(large.firstSegment().toString());
    assertThat(report.findings().get(1).message()).contains(large.firstSegment().next().toString());
  }

  @Test
  void tellsTornFromDamagedPages() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 20, new Random(5));
    SyntheticArchive.Draft draft = backups.full(cluster);
    cluster.createFork(TABLE, 4, new Random(5));
    java.util.List<byte[]> pages = cluster.forks().getOrDefault(TABLE, java.util.List.of());
    pages.get(1)[8000] ^= 1;
    pages.get(2)[8000] ^= 1;
    SyntheticArchive.setLsn(pages.get(2), draft.start);
    SyntheticArchive.setLsn(pages.get(3), draft.stop.plus(8));
    CommitFile.Summary damaged = backups.take(draft);

    VerifyReport report =
        new Verifier().verify(VerifyOptions.of(backups.archive(), damaged.id().text()), remarks);

    assertThat(report.tornPages()).isEqualTo(1);
    assertThat(report.findings()).hasSize(2);
    assertThat(report.findings().get(0).message())
        .startsWith("file \"base/5/16384\" block 1: calculated checksum ");
    assertThat(report.findings().get(1).message())
        .isEqualTo(
            "file \"base/5/16384\" block 3: page LSN "
                + draft.stop.plus(8)
                + " is after the stop LSN of the backup");
  }
}
