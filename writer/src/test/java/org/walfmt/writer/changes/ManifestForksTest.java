package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.manifest.ManifestFile;
import org.walfmt.writer.scan.ForkKey;

class ManifestForksTest {
  private static final long GIB = 1L << 30;
  private final ManifestForks forks = new ManifestForks();

  private void add(String path, long size) {
    forks.add(new ManifestFile(path, size, Optional.empty()), PgVersion.V15);
  }

  private long blocks(long relation, ForkNumber fork) {
    return forks.blocks(new ForkKey(new RelFileLocator(1663, 5, relation), fork));
  }

  @Test
  void tellsTheLengthOfEachForkInBlocks() {
    add("base/5/7_vm", 8192);
    add("base/5/7", 3 * 8192);
    add("base/5/8", 0);
    add("base/5/9", 8192 + 100);
    add("base/6/7", 9 * 8192);
    add("global/7", 8 * 8192);
    add("pg_tblspc/16400/PG_15_202209061/5/7", 6 * 8192);
    add("base/5/PG_VERSION", 3);
    add("pg_tblspc/16400/PG_14_202107181/5/10", 8192);
    forks.sort();
    assertThat(blocks(7, ForkNumber.MAIN)).isEqualTo(3);
    assertThat(blocks(7, ForkNumber.VM)).isEqualTo(1);
    assertThat(blocks(7, ForkNumber.FSM)).isEqualTo(ParentBackup.Forks.NONE);
    assertThat(blocks(8, ForkNumber.MAIN)).isZero();
    assertThat(blocks(9, ForkNumber.MAIN)).isEqualTo(1);
    assertThat(blocks(10, ForkNumber.MAIN)).isEqualTo(ParentBackup.Forks.NONE);
    assertThat(forks.blocks(new ForkKey(new RelFileLocator(1664, 0, 7), ForkNumber.MAIN)))
        .isEqualTo(8);
    assertThat(forks.blocks(new ForkKey(new RelFileLocator(16400, 5, 7), ForkNumber.MAIN)))
        .isEqualTo(6);
    assertThat(forks.blocks(new ForkKey(new RelFileLocator(16401, 5, 7), ForkNumber.MAIN)))
        .isEqualTo(ParentBackup.Forks.NONE);
  }

  @Test
  void addsUpTheFilesOfALargeFork() {
    add("base/5/7.2", 4 * 8192);
    add("base/5/7.1", GIB);
    add("base/5/7", GIB);
    forks.sort();
    assertThat(blocks(7, ForkNumber.MAIN)).isEqualTo(2 * 131072 + 4);
  }

  @Test
  void filesAfterAShortOneDoNotCount() {
    add("base/5/7", 5 * 8192);
    add("base/5/7.1", GIB);
    add("base/5/8", GIB);
    add("base/5/8.2", GIB);
    forks.sort();
    assertThat(blocks(7, ForkNumber.MAIN)).isEqualTo(5);
    assertThat(blocks(8, ForkNumber.MAIN)).isEqualTo(131072);
  }

  @Test
  void aForkWithoutItsFirstFileIsNone() {
    add("base/5/7.1", 8192);
    forks.sort();
    assertThat(blocks(7, ForkNumber.MAIN)).isEqualTo(ParentBackup.Forks.NONE);
  }

  @Test
  void findsAllOfManyInAnyOrder() {
    Random random = new Random(1);
    Map<Long, Integer> lengths = new HashMap<>();
    while (lengths.size() < 5000) {
      lengths.put(1 + (long) random.nextInt(1_000_000), random.nextInt(131072));
    }
    lengths.forEach((relation, length) -> add("base/5/" + relation, 8192L * length));
    forks.sort();
    lengths.forEach(
        (relation, length) ->
            assertThat(blocks(relation, ForkNumber.MAIN)).isEqualTo((long) length));
  }
}
