package org.walfmt.tests.changes;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Steps about how transactions end, who locks rows, and what is neither table nor index. */
final class TransactionSteps {
  /** A server in recovery takes no connections while a transaction with more than 64 is open. */
  private static final int FEW_SUBTRANSACTIONS = 20;

  /** More than a backend's own cache holds: {@code PGPROC_MAX_CACHED_SUBXIDS} is 64. */
  private static final int MANY_SUBTRANSACTIONS = 70;

  private static final int LARGE_OBJECTS = 900_000;

  private static final List<String> CATALOGS =
      List.of("pg_class", "pg_attribute", "pg_type", "pg_shdepend", "pg_database");

  private TransactionSteps() {}

  static List<Step> all() {
    return List.of(
        Step.of("subtransactions", 1, TransactionSteps::subtransactions),
        Step.of("multixacts", 2, TransactionSteps::multixacts),
        Step.of("prepare", 2, TransactionSteps::prepare),
        Step.of("finish prepared", 1, TransactionSteps::finishPrepared),
        Step.of("sequences", 2, TransactionSteps::sequences),
        Step.of("large objects", 2, TransactionSteps::largeObjects),
        Step.of("VACUUM FULL of a catalog", 1, TransactionSteps::rewriteCatalog),
        Step.of("CHECKPOINT", 1, session -> session.run("CHECKPOINT")),
        Step.of("switch of WAL", 1, session -> session.run("SELECT pg_switch_wal()")));
  }

  private static void subtransactions(LoadSession session) throws SQLException {
    String table = session.table();
    int count = session.oneOf(List.of(FEW_SUBTRANSACTIONS, MANY_SUBTRANSACTIONS));
    session.run("BEGIN");
    for (int i = 0; i < count; i++) {
      session.run("SAVEPOINT one", session.insertion(table, 2));
      if (session.chance()) {
        session.run("ROLLBACK TO one");
      }
    }
    session.run(session.oneOf(List.of("COMMIT", "COMMIT", "ROLLBACK")));
  }

  /** Two transactions lock the same rows, and one of them updates some. */
  private static void multixacts(LoadSession session) throws SQLException {
    String table = session.table();
    String rows = session.some(6);
    session.runTogether("SELECT 1 FROM " + table + " WHERE " + rows + " FOR KEY SHARE");
    try (Connection other = session.connect("postgres")) {
      LoadSession.run(
          other,
          "BEGIN",
          "SELECT 1 FROM " + table + " WHERE " + rows + " FOR SHARE",
          "SAVEPOINT one",
          "SELECT 1 FROM " + table + " WHERE " + rows + " FOR NO KEY UPDATE",
          "UPDATE " + table + " SET v = lower(v) WHERE " + rows + " AND id % 2 = 0",
          session.oneOf(List.of("COMMIT", "ROLLBACK TO one", "ROLLBACK")));
    }
    session.run("COMMIT");
  }

  /** It drops a table and makes another, and stays open till another step, over backups too. */
  private static void prepare(LoadSession session) throws SQLException {
    finishPrepared(session);
    String table = session.own("held");
    session.run("CREATE TABLE IF NOT EXISTS " + table + " (a serial PRIMARY KEY, b text)");
    session.runTogether(
        "INSERT INTO " + table + " (b) SELECT md5(i::text) FROM generate_series(1, 100) i");
    for (int i = 0; i < FEW_SUBTRANSACTIONS; i++) {
      session.run("SAVEPOINT one", "UPDATE " + table + " SET b = 'prepared' WHERE a % 50 = " + i);
    }
    session.run(
        "DROP TABLE IF EXISTS " + table + "_made",
        "CREATE TABLE " + table + "_made AS SELECT * FROM " + table,
        "PREPARE TRANSACTION '" + table + "'");
  }

  private static void finishPrepared(LoadSession session) throws SQLException {
    String name = session.own("held");
    if (session.finds("SELECT 1 FROM pg_prepared_xacts WHERE gid = '" + name + "'")) {
      session.run(
          session.oneOf(List.of("COMMIT", "COMMIT", "ROLLBACK")) + " PREPARED '" + name + "'");
    }
  }

  private static void sequences(LoadSession session) throws SQLException {
    String sequence = session.own("numbers");
    session.run(
        "CREATE SEQUENCE IF NOT EXISTS " + sequence + " INCREMENT 7",
        "SELECT nextval('" + sequence + "') FROM generate_series(1, 50)",
        session.oneOf(
            List.of(
                "SELECT setval('" + sequence + "', 1000)",
                "ALTER SEQUENCE " + sequence + " RESTART",
                "ALTER SEQUENCE " + sequence + " INCREMENT 3",
                "DROP SEQUENCE " + sequence)));
  }

  private static void largeObjects(LoadSession session) throws SQLException {
    int object = session.ownNumber(LARGE_OBJECTS) + session.between(0, 3);
    String exists = "EXISTS (SELECT FROM pg_largeobject_metadata WHERE oid = " + object + ")";
    int offset = session.between(0, 20_000);
    session.run(
        "SELECT lo_create(" + object + ") WHERE NOT " + exists,
        "SELECT lo_put(" + object + ", " + offset + ", decode(repeat('0f1e2d', 5000), 'hex'))");
    if (session.chance()) {
      session.run("SELECT lo_unlink(" + object + ")");
    } else {
      session.runTogether(
          "SELECT lo_truncate(lo_open(" + object + ", x'20000'::int), " + offset + ")", "COMMIT");
    }
  }

  /** Moves mapped relations, and shared ones. A catalog that is in use is left as it is. */
  private static void rewriteCatalog(LoadSession session) throws SQLException {
    session.runOrGiveUp("VACUUM FULL " + session.oneOf(CATALOGS));
  }
}
