package org.walfmt.tests.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;
import org.walfmt.writer.changes.ChangeSource;

/** Relations by name out of a backup, their files asked for on the server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExtractByNameTest {
  private static final String TABLE = "\"My-DB\".\"My.Schema\".\"Big Table\"";

  private Cluster cluster;
  private Scratch scratch;
  private Path restored;

  @BeforeAll
  void takeBackups() throws Exception {
    scratch = Scratch.create();
    cluster = Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").start();
    Path space = cluster.newDirectory("space");
    cluster.run("CREATE DATABASE \"My-DB\"", "CREATE TABLESPACE space LOCATION '" + space + "'");
    Backups backups = new Backups(cluster, cluster.archive());
    cluster
        .sql("My-DB")
        .run(
            "CREATE SCHEMA \"My.Schema\"",
            "SET search_path = \"My.Schema\"",
            "CREATE TABLE \"Big Table\" AS SELECT g AS a, repeat('x', 200) AS b"
                + " FROM generate_series(1, 5000) g",
            "CREATE INDEX \"Index.of\" ON \"Big Table\" (a)",
            "CREATE TABLE public.rewritten AS SELECT 1 AS a",
            "CREATE TABLE public.moved (a text) TABLESPACE space",
            "INSERT INTO public.moved SELECT string_agg(md5(g::text), '')"
                + " FROM generate_series(1, 2000) g",
            "CREATE UNLOGGED TABLE public.forgetful (a int)",
            "CREATE VIEW public.seen AS SELECT 1",
            "VACUUM \"Big Table\"");
    backups.full();
    cluster.sql("My-DB").run("UPDATE \"My.Schema\".\"Big Table\" SET b = 'y' WHERE a % 700 = 0");
    BackupId id = backups.changesBy(ChangeSource.WAL).incremental("latest").id();
    restored = scratch.resolve("restored");
    Restores.restore(
        cluster.archive(),
        id,
        restored,
        options -> options.mapTablespace(space, scratch.resolve("restored-space")));
    cluster
        .sql("My-DB")
        .run("VACUUM FULL public.rewritten", "CREATE TABLE public.late AS SELECT 1 AS a");
  }

  @AfterAll
  void stop() throws Exception {
    cluster.close();
    scratch.close();
  }

  private Outcome extract(Cluster server, String name, Path out, String... more) {
    List<String> words = new ArrayList<>(List.of("extract", "-A", cluster.archive().toString()));
    words.addAll(List.of("--name", name, "-o", out.toString(), "-d", server.conninfo()));
    words.addAll(List.of(more));
    return WalfmtCli.run(words.toArray(String[]::new));
  }

  private Path path(String relation) {
    return restored.resolve(
        cluster.sql("My-DB").query("SELECT pg_relation_filepath('" + relation + "')"));
  }

  @Test
  void allForksOfATableAreAsARestoreWritesThem() throws Exception {
    Path out = scratch.resolve("table");

    extract(cluster, TABLE, out, "--fork", "all").orFail();

    Path file = path("\"My.Schema\".\"Big Table\"");
    for (String fork : List.of("", "_fsm", "_vm")) {
      assertThat(Files.mismatch(Path.of(file + fork), Path.of(out + fork))).as(fork).isEqualTo(-1);
    }
    assertThat(Files.size(out)).isGreaterThan(100 * 8192);
    assertThat(Path.of(out + "_init")).doesNotExist();
  }

  @Test
  void indexesToastTablesAndCatalogsAreRelationsToo() throws Exception {
    String toast =
        cluster
            .sql("My-DB")
            .query("SELECT reltoastrelid::regclass FROM pg_class WHERE relname = 'moved'");
    for (String relation : List.of("\"My.Schema\".\"Index.of\"", toast, "pg_catalog.pg_class")) {
      Path out = scratch.resolve(relation.replaceAll("[^a-z]", "_"));

      extract(cluster, "\"My-DB\"." + relation, out).orFail();

      assertThat(Files.mismatch(path(relation), out)).as(relation).isEqualTo(-1);
      assertThat(Files.size(out)).isPositive();
    }
  }

  @Test
  void aRelationRewrittenOrCreatedSinceIsNotThere() {
    for (String relation : List.of("rewritten", "late")) {
      Path out = scratch.resolve(relation);

      Outcome outcome = extract(cluster, "\"My-DB\".public." + relation, out);

      assertThat(outcome.status()).isEqualTo(4);
      assertThat(outcome.err())
          .containsPattern("error: backup [0-9A-F]{24} does not have file \"base/[0-9]+/[0-9]+\"")
          .contains("The server has \"My-DB\".public." + relation + " in base/")
          .contains("created or rewritten after the backup")
          .contains("give that with --relation");
      assertThat(out).doesNotExist();
    }
  }

  @Test
  void whatHasNoFileInABackupIsToldApart() {
    Path out = scratch.resolve("none");

    assertThat(extract(cluster, "\"My-DB\".public.seen", out).err())
        .contains("error: relation \"My-DB\".public.seen has no file in a backup")
        .contains("it is a view");
    assertThat(extract(cluster, "\"My-DB\".public.forgetful", out).err())
        .contains("It is unlogged: of those, a backup has the init fork alone (--fork=init).");
    assertThat(extract(cluster, "\"My-DB\".public.Seen_not", out).err())
        .contains("error: the server does not have relation \"My-DB\".public.seen_not");
    assertThat(extract(cluster, "MY-DB.public.seen", out).err())
        .contains("database \"my-db\" does not exist");
    assertThat(out).doesNotExist();
  }

  @Test
  void aServerOfAnotherClusterIsNotAsked() {
    Path out = scratch.resolve("stranger");
    try (Cluster other = Cluster.of(PgInstall.machine15()).start()) {
      Outcome outcome = extract(other, "postgres.pg_catalog.pg_class", out);

      assertThat(outcome.status()).isEqualTo(6);
      assertThat(outcome.err())
          .contains("is of another cluster than the backup: system identifier ")
          .contains("hint: Connect to the server that was backed up");
      assertThat(out).doesNotExist();
    }
  }
}
