package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;

/**
 * A load that touches every kind of relation: tables with TOAST, indexes of every access method,
 * sequences, unlogged tables, truncations, creations, drops, VACUUM; committed and rolled back. It
 * runs in pgbench until closed.
 */
public final class EveryKindLoad implements AutoCloseable {
  private static final String SECONDS_AT_MOST = "300";

  private static final String[] SETUP = {
    "CREATE EXTENSION IF NOT EXISTS pg_buffercache",
    "CREATE EXTENSION IF NOT EXISTS bloom",
    "CREATE TABLE every (id bigserial PRIMARY KEY, k int, v text, arr int[], p point, big text)",
    "CREATE INDEX every_hash ON every USING hash (k)",
    "CREATE INDEX every_gin ON every USING gin (arr)",
    "CREATE INDEX every_gist ON every USING gist (p)",
    "CREATE INDEX every_spgist ON every USING spgist (p)",
    "CREATE INDEX every_brin ON every USING brin (k) WITH (pages_per_range = 4)",
    "CREATE INDEX every_bloom ON every USING bloom (k)",
    "CREATE SEQUENCE every_sequence INCREMENT 7",
    "CREATE UNLOGGED TABLE every_unlogged (a int PRIMARY KEY, b text)",
    "CREATE TABLE every_truncated (a int, b text)",
    """
    INSERT INTO every (k, v, arr, p, big)
    SELECT i % 1000, md5(i::text), ARRAY[i % 100, i % 77, i % 13], point(i % 997, i % 991),
           CASE WHEN i % 50 = 0 THEN
             (SELECT string_agg(md5((i + g)::text), '') FROM generate_series(1, 200) g)
           END
    FROM generate_series(1, 5000) i
    """
  };

  private static final String ROWS =
      """
      \\set r random(1, 1000000)
      INSERT INTO every (k, v, arr, p)
        SELECT :r % 1000, md5((:r + i)::text), ARRAY[:r % 100, i, :r % 13], point(:r % 997, i)
        FROM generate_series(1, 5) i;
      UPDATE every SET k = k + 1, p = point(:r % 991, k)
        WHERE id BETWEEN :r % 5000 AND :r % 5000 + 5;
      DELETE FROM every WHERE k = :r % 1000 AND id % 3 = 0;
      SELECT nextval('every_sequence');
      INSERT INTO every_unlogged VALUES (:r, 'x') ON CONFLICT DO NOTHING;
      BEGIN;
      SELECT 1 FROM every WHERE k = :r % 1000 FOR UPDATE;
      INSERT INTO every_truncated SELECT i, 'rolled back' FROM generate_series(1, 50) i;
      ROLLBACK;
      SELECT count(*) FROM every WHERE arr @> ARRAY[:r % 100];
      SELECT count(*) FROM every WHERE p <@ box(point(0, 0), point(50, 50));
      """;

  private static final String TABLES =
      """
      INSERT INTO every_truncated SELECT i, md5(i::text) FROM generate_series(1, 2000) i;
      DELETE FROM every_truncated WHERE a > 100;
      VACUUM every_truncated;
      CREATE TABLE every_short AS SELECT i AS a FROM generate_series(1, 100) i;
      CREATE INDEX ON every_short (a);
      DROP TABLE every_short;
      VACUUM every;
      TRUNCATE every_truncated;
      \\sleep 200 ms
      """;

  private final Scratch scratch;
  private final List<Command.Running> clients;

  private EveryKindLoad(Scratch scratch, List<Command.Running> clients) {
    this.scratch = scratch;
    this.clients = clients;
  }

  /** Creates the relations in the database {@code postgres}, for one or more loads. */
  public static void create(Cluster cluster) {
    cluster.run(SETUP);
    PgTools.get().pgbench(cluster, "-i", "-q", "-s", "1").orFail();
  }

  /** Starts the load. */
  public static EveryKindLoad start(Cluster cluster) {
    Scratch scratch = Scratch.create();
    try {
      Path rows = Files.writeString(scratch.resolve("rows.sql"), ROWS);
      Path tables = Files.writeString(scratch.resolve("tables.sql"), TABLES);
      return new EveryKindLoad(
          scratch,
          List.of(
              run(cluster, "-c", "2"),
              run(cluster, "-c", "2", "-f", rows.toString()),
              run(cluster, "-c", "1", "-f", tables.toString())));
    } catch (IOException e) {
      scratch.close();
      throw new AssertionError("cannot write the load's scripts", e);
    }
  }

  private static Command.Running run(Cluster cluster, String... arguments) {
    // Clients lock rows in any order: a deadlock is part of the load, not its end.
    List<String> all = new ArrayList<>(List.of("-n", "--max-tries=100", "-T", SECONDS_AT_MOST));
    all.addAll(List.of(arguments));
    return PgTools.get().pgbenchCommand(cluster, all.toArray(String[]::new)).start();
  }

  /** Fails if a client has given up, which would make the load a smaller one. */
  public void mustRun() {
    for (Command.Running client : clients) {
      if (!client.process().isAlive()) {
        throw new AssertionError("the load has ended: " + client.err());
      }
    }
  }

  @Override
  public void close() {
    clients.forEach(Command.Running::close);
    scratch.close();
  }
}
