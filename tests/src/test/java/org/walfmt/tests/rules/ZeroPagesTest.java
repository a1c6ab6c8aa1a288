package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.PageHeader;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/**
 * Rule 2: VACUUM cuts a table, COPY extends it again by more pages than it fills, and the pages
 * left over, which are all zero and in no WAL, must not become the rows of before.
 */
class ZeroPagesTest {
  static Stream<Arguments> servers() {
    // NativeIncrementalTest has 17 and 18 in any case.
    Stream<Integer> majors = Strict.full() ? Stream.of(16, 17, 18) : Stream.of(16);
    return majors.map(major -> Arguments.of(PgInstall.embedded(major)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("servers")
  void pagesThatCopyLeftEmptyBringNoRowsBack(PgInstall install) throws Exception {
    try (Cluster cluster = Cluster.of(install).archiving().setting("autovacuum", "off").start();
        Scratch scratch = Scratch.create()) {
      cluster.run(
          "CREATE TABLE t AS SELECT g AS a, repeat('x', 200) AS t FROM generate_series(1, 9000) g",
          "VACUUM (FREEZE) t",
          "CHECKPOINT");
      Backups backups = new Backups(cluster, cluster.archive());
      BackupId full = backups.full().id();
      cluster.run(
          "DELETE FROM t WHERE a > 100",
          "VACUUM t",
          "COPY t FROM PROGRAM 'seq 20001 23000 | sed \"s/$/\\tnew/\"'",
          "CHECKPOINT");
      long relation = cluster.sql().number("SELECT pg_relation_filenode('t')");
      NavigableSet<Long> zero =
          zeroPages(cluster.data().resolve(cluster.query("SELECT pg_relation_filepath('t')")));
      assertThat(zero).as("pages that COPY left empty").isNotEmpty();
      assertThat(zero.last()).as("one that the full backup has rows in").isLessThan(250);

      for (ChangeSource source : List.of(ChangeSource.SCAN, ChangeSource.WAL)) {
        BackupId id = backups.changesBy(source).incremental(full.text()).id();
        mustHoldNoOldRow(cluster, id, scratch.resolve(source.toString()));
        assertThat(SeriesContents.of(cluster.archive(), id).blocks(relation, ForkNumber.MAIN))
            .as(source.toString())
            .containsAll(zero);
      }
    }
  }

  private static void mustHoldNoOldRow(Cluster source, BackupId id, Path target)
      throws IOException {
    Restores.restore(source.archive(), id, target);
    try (Cluster restored = Restores.startAndOpen(source.install(), target)) {
      assertThat(restored.query("SELECT count(*) || ' ' || max(a) FROM t")).isEqualTo("3100 23000");
      assertThat(restored.query("SELECT count(*) FROM t WHERE a BETWEEN 101 AND 9000"))
          .isEqualTo("0");
    }
  }

  private static NavigableSet<Long> zeroPages(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    NavigableSet<Long> zero = new TreeSet<>();
    for (int at = 0; at < bytes.limit(); at += PageHeader.PAGE_SIZE) {
      if (PageHeader.isAllZero(bytes, at)) {
        zero.add((long) at / PageHeader.PAGE_SIZE);
      }
    }
    return zero;
  }
}
