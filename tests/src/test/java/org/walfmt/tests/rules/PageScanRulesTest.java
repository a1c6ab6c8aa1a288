package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.block.ForkNumber;
import org.walfmt.series.BackupId;
import org.walfmt.series.ForkEntry;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.ClusterDiff;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.compare.RelationKinds;
import org.walfmt.tests.compare.Report;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.changes.ChangeSource;

/**
 * Rules 1, 4 and 8 on one server with checksums: what no page's LSN tells is done to it between a
 * full backup and two incrementals, and the last of them is restored.
 */
class PageScanRulesTest {
  private static final int DEFAULT_TABLESPACE = 1663;

  private static Scratch scratch;
  private static Cluster source;
  private static Cluster restored;
  private static Path space;
  private static Lsn reference;
  private static SeriesContents first;
  private static SeriesContents last;
  private static Report exact;
  private static Report exactByWal;

  @BeforeAll
  static void takeAndRestoreTheChain() throws Exception {
    scratch = Scratch.create();
    source = Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").create();
    source.start();
    space = source.newDirectory("space");
    MovedLoad.prepare(source, space);
    Backups backups = new Backups(source, source.archive());
    BackupReport full = backups.full();
    reference = full.startLsn();
    MovedLoad.change(source);
    BackupId incremental = backups.incremental("latest").id();
    first = SeriesContents.of(source.archive(), incremental);
    MovedLoad.changeAgain(source);
    BackupId second = backups.incremental("latest").id();
    last = SeriesContents.of(source.archive(), second);
    source.run("CHECKPOINT");
    Path home = scratch.serverDirectory("home");
    Path target = restore(second, home);
    exact = compare(target);
    BackupId byWal = backups.changesBy(ChangeSource.WAL).incremental(full.id().text()).id();
    exactByWal = compare(restore(byWal, scratch.serverDirectory("home2")));
    restored = Restores.startAndOpen(source.install(), target);
  }

  private static Path restore(BackupId id, Path home) throws IOException {
    Path target = home.resolve("data");
    Restores.restore(
        source.archive(),
        id,
        target,
        options -> options.mapTablespace(space, home.resolve("space")));
    return target;
  }

  private static Report compare(Path target) throws Exception {
    RelationKinds kinds = RelationKinds.read(source::connect);
    return ClusterDiff.compare(source.data(), target, PgVersion.V15, kinds, Options.exact());
  }

  @AfterAll
  static void stop() {
    restored.close();
    source.close();
    scratch.close();
  }

  private static long relation(String database, String name) {
    return source.sql(database).number("SELECT pg_relation_filenode('" + name + "')");
  }

  private static ForkEntry fork(SeriesContents series, String name, ForkNumber fork)
      throws IOException {
    return series.fork(DEFAULT_TABLESPACE, relation("postgres", name), fork).orElseThrow();
  }

  private static String count(String database, String table) {
    return restored.sql(database).query("SELECT count(*) || ' ' || sum(a) FROM " + table);
  }

  @Test
  void theRestoredFilesAreTheSourcesByteForByte() {
    assertThat(exact.isEqual()).as(exact.toString()).isTrue();
    assertThat(exact.blocks()).isGreaterThan(5000);
  }

  /** The same rules hold where the WAL says what changed. */
  @Test
  void andSoTheyAreByTheWal() {
    assertThat(exactByWal.isEqual()).as(exactByWal.toString()).isTrue();
  }

  /** Rule 1: DELETE clears a bit of the map, and the map's LSN stays what it was. */
  @Test
  void visibilityMapsAreWholeSinceTheirLsnDoesNotTell() throws IOException {
    String lsn = "SELECT lsn FROM page_header(get_raw_page('seen', 'vm', 0))";
    assertThat(Lsn.parse(source.query(lsn)))
        .as("LSN of a map that was changed")
        .isLessThan(reference);
    restored.run(
        "ALTER DATABASE postgres SET enable_seqscan = off",
        "ALTER DATABASE postgres SET enable_bitmapscan = off");
    String query = "SELECT count(a) FROM seen WHERE a > 0";
    assertThat(restored.sql().rows("EXPLAIN (COSTS OFF) " + query).toString())
        .contains("Index Only Scan");
    assertThat(restored.query(query)).isEqualTo("1900");
    assertThat(restored.query("SELECT count(*) FROM pg_check_visible('seen')")).isEqualTo("0");
    assertThat(fork(first, "seen", ForkNumber.VM).delta()).isFalse();
    assertThat(first.blocks(relation("postgres", "seen"), ForkNumber.VM)).containsExactly(0L);
  }

  @Test
  void freeSpaceMapsAndInitForksAreWhole() throws IOException {
    for (SeriesContents series : List.of(first, last)) {
      assertThat(fork(series, "shrunk", ForkNumber.FSM).delta()).isFalse();
      assertThat(fork(series, "loose", ForkNumber.INIT).delta()).isFalse();
      assertThat(fork(series, "loose_a_idx", ForkNumber.INIT).delta()).isFalse();
      assertThat(series.blocks(relation("postgres", "loose_a_idx"), ForkNumber.INIT)).hasSize(1);
    }
  }

  @Test
  void ofAnUnloggedTableTheInitForkAloneIsTaken() throws IOException {
    long relation = relation("postgres", "loose");
    assertThat(last.fork(DEFAULT_TABLESPACE, relation, ForkNumber.MAIN)).isEmpty();
    assertThat(restored.query("SELECT count(*) FROM loose")).isEqualTo("0");
    restored.run("INSERT INTO loose VALUES (1, 'x')");
    assertThat(restored.query("SELECT count(*) FROM loose WHERE a = 1")).isEqualTo("1");
  }

  /** Rule 4: the files of the new database have the LSNs that the template's pages had. */
  @Test
  void aDatabaseCopiedFileByFileIsWhole() throws IOException {
    String newest =
        "SELECT max(lsn) FROM generate_series(0, pg_relation_size('old') / 8192 - 1) b,"
            + " page_header(get_raw_page('old', b::int))";
    source.sql("copied").run("CREATE EXTENSION IF NOT EXISTS pageinspect");
    assertThat(Lsn.parse(source.sql("copied").query(newest)))
        .as("newest LSN of a page that was not in the parent")
        .isLessThan(reference);
    assertThat(
            first
                .fork(DEFAULT_TABLESPACE, relation("copied", "old"), ForkNumber.MAIN)
                .orElseThrow()
                .blocks())
        .isGreaterThan(50);
    assertThat(first.blocks(relation("copied", "old"), ForkNumber.MAIN)).hasSizeGreaterThan(50);
    assertThat(count("copied", "old")).isEqualTo("3000 4501500");
  }

  @Test
  void aDatabaseThatMovedToAnotherTablespaceIsWhole() {
    assertThat(count("wanderer", "old")).isEqualTo("3000 4501500");
  }

  @Test
  void aDatabaseThatMovedThereAndBackIsWhole() {
    assertThat(count("returner", "old")).isEqualTo("3000 4501500");
  }

  @Test
  void aTableThatMovedToAnotherTablespaceIsWhole() throws IOException {
    long tablespace = source.sql().number("SELECT oid FROM pg_tablespace WHERE spcname = 'space'");
    ForkEntry entry =
        first.fork(tablespace, relation("postgres", "moved"), ForkNumber.MAIN).orElseThrow();
    assertThat(entry.delta()).isFalse();
    assertThat(count("postgres", "moved")).isEqualTo("5000 12502500");
  }

  /** Rule 8: the full backup's blocks after the cut must not come back under the last member. */
  @Test
  void aTableThatWasCutAndGrewAgainHasNoBlockOfBefore() throws IOException {
    ForkEntry cut = fork(first, "shrunk", ForkNumber.MAIN);
    ForkEntry grown = fork(last, "shrunk", ForkNumber.MAIN);
    assertThat(cut.blocks()).isLessThan(50);
    assertThat(grown.blocks()).isGreaterThan(150);
    assertThat(grown.delta()).isTrue();
    assertThat(count("postgres", "shrunk")).isEqualTo("7000 78503500");
  }
}
