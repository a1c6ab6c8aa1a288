package org.walfmt.tests.changes;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import org.walfmt.tests.kit.Cluster;

/**
 * One worker of a {@link RandomLoad}: a connection, random numbers, and objects of its own, so that
 * no step of one worker fails because of another's.
 */
final class LoadSession implements AutoCloseable {
  /** The tablespace besides the default one. */
  static final String TABLESPACE = "aside";

  /** The database that others are copied from; nobody connects to it. */
  static final String MODEL = "model";

  private static final String PATIENCE = "SET lock_timeout = '60s'";

  /** {@code deadlock_detected} and {@code lock_not_available}. */
  private static final List<String> GIVEN_UP = List.of("40P01", "55P03");

  private static final List<String> TABLES = List.of("rows_a", "rows_b", "rows_c");

  private final Cluster cluster;
  private final int worker;
  private final Connection connection;
  private Random random = new Random(0);

  LoadSession(Cluster cluster, int worker) throws SQLException {
    this.cluster = cluster;
    this.worker = worker;
    this.connection = connect("postgres");
  }

  /** Takes random numbers from here on. */
  void draw(Random numbers) {
    random = numbers;
  }

  /** A further connection, which the caller closes. */
  Connection connect(String database) throws SQLException {
    Connection opened = cluster.connect(database);
    run(opened, PATIENCE);
    return opened;
  }

  Connection connection() {
    return connection;
  }

  int major() {
    return cluster.install().major();
  }

  /** A number from {@code low} to {@code high}, both included. */
  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  boolean chance() {
    return random.nextBoolean();
  }

  <T> T oneOf(List<T> things) {
    return things.get(random.nextInt(things.size()));
  }

  /** The name of this worker's object. */
  String own(String object) {
    return object + "_" + worker;
  }

  /** A number of this worker alone. */
  int ownNumber(int base) {
    return base + 100 * worker;
  }

  /** One of this worker's tables, made if it is not there. */
  String table() throws SQLException {
    String table = own(oneOf(TABLES));
    run(
        "CREATE TABLE IF NOT EXISTS "
            + table
            + " (id bigserial PRIMARY KEY, k int, v text, arr int[], p point, big text)"
            + " WITH (fillfactor = 80)");
    return table;
  }

  /** An INSERT of so many rows into one of the tables, some with TOAST. */
  String insertion(String table, int rows) {
    int from = between(1, 1_000_000);
    return """
        INSERT INTO %s (k, v, arr, p, big)
        SELECT i %% 1000, md5(i::text), ARRAY[i %% 100, i %% 77, i %% 13],
               point(i %% 997, i %% 991),
               CASE WHEN i %% 40 = 0 THEN
                 (SELECT string_agg(md5((i + g)::text), '') FROM generate_series(1, 150) g)
               END
        FROM generate_series(%d, %d) i
        """
        .formatted(table, from, from + rows - 1);
  }

  /** A condition that holds for about one in {@code parts} rows of a table. */
  String some(int parts) {
    return "id % " + parts + " = " + between(0, parts - 1);
  }

  void run(String... statements) throws SQLException {
    run(connection, statements);
  }

  /** Runs statements in one transaction, which the last of them ends. */
  void runTogether(String... statements) throws SQLException {
    run("BEGIN");
    run(statements);
  }

  static void run(Connection on, String... statements) throws SQLException {
    try (Statement statement = on.createStatement()) {
      for (String text : statements) {
        try {
          statement.execute(text);
        } catch (SQLException e) {
          throw new SQLException("cannot run " + text, e.getSQLState(), e);
        }
      }
    }
  }

  /**
   * Runs a statement that may wait for transactions of the other worker, prepared ones among them;
   * after a second, or in a deadlock, it is given up, and leaves what such a statement leaves.
   */
  void runOrGiveUp(String text) throws SQLException {
    run("SET lock_timeout = '1s'");
    try {
      run(text);
    } catch (SQLException e) {
      if (!GIVEN_UP.contains(e.getSQLState())) {
        throw e;
      }
    }
    run(PATIENCE);
  }

  /** Whether a query returns a row. */
  boolean finds(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next();
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
