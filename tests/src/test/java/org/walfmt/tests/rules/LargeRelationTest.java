package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.walfmt.block.ForkNumber;
import org.walfmt.series.BackupId;
import org.walfmt.series.ForkEntry;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;

/** Rule 7 on a relation of more than one file, before and after VACUUM empties the second. */
class LargeRelationTest {
  private static final int DEFAULT_TABLESPACE = 1663;
  private static final String ROWS =
      "INSERT INTO t SELECT g, repeat(md5(g::text), 240) FROM generate_series(%d, %d) g";

  @Test
  @Tag("full")
  void aRelationOfTwoFilesIsRestoredBeforeAndAfterItIsCut() throws Exception {
    try (Cluster source =
            Cluster.of(PgInstall.machine15())
                .checksums(true)
                .segmentMegabytes(64)
                .archiving()
                .setting("autovacuum", "off")
                .setting("max_wal_size", "4GB")
                .start();
        Scratch scratch = Scratch.create()) {
      source.run(
          "CREATE TABLE t (a int, t text)",
          "ALTER TABLE t ALTER t SET STORAGE PLAIN",
          ROWS.formatted(1, 150_000),
          "CHECKPOINT");
      long relation = source.sql().number("SELECT pg_relation_filenode('t')");
      Path file = source.data().resolve(source.query("SELECT pg_relation_filepath('t')"));
      Path second = file.resolveSibling(file.getFileName() + ".1");
      assertThat(Files.size(file)).isEqualTo(1L << 30);
      assertThat(Files.size(second)).isPositive();
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      mustHold(source, scratch, full, "full", "150000");

      source.run("DELETE FROM t WHERE a > 100000", "VACUUM t", "CHECKPOINT");
      assertThat(Files.size(second)).isZero();
      BackupId cut = backups.incremental("latest").id();
      ForkEntry entry =
          SeriesContents.of(source.archive(), cut)
              .fork(DEFAULT_TABLESPACE, relation, ForkNumber.MAIN)
              .orElseThrow();
      assertThat(entry.files()).isEqualTo(2);
      assertThat(entry.blocks()).isLessThan(131072);
      mustHold(source, scratch, cut, "cut", "100000");

      source.run(ROWS.formatted(200_001, 250_000), "CHECKPOINT");
      BackupId grown = backups.incremental("latest").id();
      mustHold(source, scratch, grown, "grown", "150000");
    }
  }

  private static void mustHold(
      Cluster source, Scratch scratch, BackupId id, String name, String rows) throws Exception {
    Path target = Restores.restore(source.archive(), id, scratch.resolve(name));
    try (Cluster restored = Restores.startAndOpen(source.install(), target)) {
      assertThat(restored.query("SELECT count(*) FROM t")).isEqualTo(rows);
      assertThat(restored.query("SELECT max(a) FROM t"))
          .isEqualTo(source.query("SELECT max(a) FROM t"));
    }
  }
}
