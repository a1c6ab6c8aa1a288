package org.walfmt.writer.changes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.walfmt.PgVersion;
import org.walfmt.summary.BlockChanges;
import org.walfmt.writer.kit.Remarks;

class WitnessComparisonTest {
  private static final String DISAGREE = "change sources disagree: file \"base/5/16384\": ";

  private final Remarks remarks = new Remarks();
  private final BlockChanges wal = new BlockChanges();
  private final BlockChanges summaries = new BlockChanges();

  private long compare(boolean isExact) {
    return new WitnessComparison(PgVersion.V17, remarks).compare(wal, summaries, isExact);
  }

  private static void mark(BlockChanges changes, int... blocks) {
    for (int block : blocks) {
      changes.mark(1663, 5, 16384, 0, block);
    }
  }

  private static void cut(BlockChanges changes, long length) {
    changes.cut(1663, 5, 16384, 0, length);
  }

  @Test
  void findsNothingWhereBothTellTheSame() {
    mark(wal, 1, 2, 900_000);
    mark(summaries, 900_000, 2, 1);
    wal.mark(1663, 5, 16384, 2, 0);
    assertThat(compare(true)).as("other forks are whole").isZero();
    assertThat(remarks.warnings()).isEmpty();
  }

  @Test
  void tellsWhichBlockOneOfThemLacks() {
    mark(wal, 1, 2, 3);
    mark(summaries, 1, 4);
    assertThat(compare(true)).isEqualTo(2);
    assertThat(remarks.warnings())
        .containsExactly(
            DISAGREE + "block 2 is named by the WAL, not by its summaries",
            DISAGREE + "block 4 is named by its summaries, not by the WAL");
  }

  @Test
  void letsSummariesOfALongerRangeTellMore() {
    mark(wal, 1);
    mark(summaries, 1, 4);
    cut(summaries, 7);
    assertThat(compare(false)).isZero();
    mark(wal, 2);
    assertThat(compare(false)).isEqualTo(1);
  }

  @Test
  void takesBlocksFromTheLimitOnForNew() {
    cut(summaries, 5);
    mark(wal, 5, 6);
    assertThat(compare(false)).isZero();
    mark(wal, 4);
    assertThat(compare(false)).isEqualTo(1);
  }

  @Test
  void tellsWhichOfThemMissedACut() {
    cut(wal, 5);
    mark(summaries, 9);
    assertThat(compare(false)).isEqualTo(1);
    assertThat(remarks.warnings())
        .containsExactly(DISAGREE + "cut or made at block 5 by the WAL, not by its summaries");
  }

  @Test
  void namesDirectoriesOfDatabases() {
    wal.newDirectory(1663, 7);
    assertThat(compare(true)).isEqualTo(1);
    assertThat(remarks.warnings())
        .singleElement()
        .asString()
        .contains("directory of database 7 in tablespace 1663");
  }

  @Test
  void doesNotTellOfThousandsOfFiles() {
    for (int i = 0; i < 100; i++) {
      wal.mark(1663, 5, 20000 + i, 0, 1);
    }
    assertThat(compare(true)).isEqualTo(100);
    assertThat(remarks.warnings()).hasSize(21).last().asString().contains("on 80 more files");
  }
}
