package org.walfmt.tests.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.walfmt.tests.kit.Cluster;

/** The clients of the demonstration: what people do to a database, until closed. */
final class DemoLoad implements AutoCloseable {
  private static final int CLIENTS = 2;
  private static final int ROWS = 1_000_000;

  private final Cluster cluster;
  private final Thread[] clients = new Thread[CLIENTS];
  private final AtomicLong transactions = new AtomicLong();
  private volatile boolean stopping;
  private volatile @Nullable SQLException failure;

  private DemoLoad(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Makes the tables. */
  static void create(Cluster cluster) {
    cluster.run(
        "CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL, note text)",
        "CREATE TABLE history (id bigserial PRIMARY KEY, account int, amount int, at timestamptz)",
        "CREATE TABLE scratch AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 50000) g",
        "CREATE TABLE obsolete AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 50000) g",
        "INSERT INTO account SELECT g, 0, repeat(md5(g::text), 4) FROM generate_series(1, "
            + ROWS
            + ") g",
        "VACUUM ANALYZE");
  }

  /** Starts the clients. */
  static DemoLoad start(Cluster cluster) {
    DemoLoad load = new DemoLoad(cluster);
    for (int i = 0; i < CLIENTS; i++) {
      Random random = new Random(i);
      load.clients[i] = new Thread(() -> load.work(random), "demo-client-" + i);
      load.clients[i].start();
    }
    return load;
  }

  private void work(Random random) {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      while (!stopping) {
        // Most of a database is cold: the clients stay within a hundredth of it.
        int id = 1 + random.nextInt(ROWS / 100);
        int amount = random.nextInt(1000);
        statement.execute("UPDATE account SET balance = balance + " + amount + " WHERE id = " + id);
        statement.execute(
            "INSERT INTO history (account, amount, at) VALUES (" + id + ", " + amount + ", now())");
        if (random.nextInt(20) == 0) {
          statement.execute("DELETE FROM history WHERE account = " + id);
        }
        transactions.incrementAndGet();
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  /** What happens between the backups, beside the clients' work. */
  static void changeTables(Cluster cluster) {
    cluster.run(
        "DROP TABLE obsolete",
        "TRUNCATE scratch",
        "INSERT INTO scratch SELECT g, 'again' FROM generate_series(1, 1000) g",
        "CREATE TABLE fresh AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 20000) g",
        "CREATE INDEX ON history (account)",
        "CREATE DATABASE reports");
    cluster
        .sql("reports")
        .run("CREATE TABLE report AS SELECT g AS id FROM generate_series(1, 1000) g");
  }

  long transactions() {
    return transactions.get();
  }

  @Override
  public void close() throws SQLException {
    stopping = true;
    for (Thread client : clients) {
      boolean joined = false;
      while (!joined) {
        try {
          client.join();
          joined = true;
        } catch (InterruptedException e) {
          stopping = true;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
