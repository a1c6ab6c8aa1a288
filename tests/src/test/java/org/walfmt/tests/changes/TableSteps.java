package org.walfmt.tests.changes;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.PGConnection;

/** Steps that change the rows and the files of tables. */
final class TableSteps {
  private TableSteps() {}

  static List<Step> all() {
    return List.of(
        Step.of("insert", 4, TableSteps::insert),
        Step.of("HOT update", 2, TableSteps::updateHot),
        Step.of("cold update", 2, TableSteps::updateCold),
        Step.of("TOAST update", 1, TableSteps::updateToast),
        Step.of("delete", 2, TableSteps::delete),
        Step.of("COPY", 2, TableSteps::copy),
        Step.of("COPY FREEZE", 1, TableSteps::copyFrozen),
        Step.of("rolled back insert", 1, TableSteps::insertAborted),
        Step.of("truncate", 1, TableSteps::truncate),
        Step.of("VACUUM", 2, TableSteps::vacuum),
        Step.of("VACUUM that truncates", 2, TableSteps::vacuumEnd),
        Step.of("drop", 1, TableSteps::drop),
        Step.of("VACUUM FULL", 1, session -> copyWhole(session, "VACUUM FULL %1$s")),
        Step.of("CLUSTER", 1, session -> copyWhole(session, "CLUSTER %1$s USING %1$s_pkey")),
        Step.of("rewrite", 1, TableSteps::rewrite),
        Step.of("SET TABLESPACE", 1, TableSteps::setTablespace),
        Step.of("create as", 1, TableSteps::createAs),
        Step.of("materialized view", 1, TableSteps::materialize),
        Step.of("unlogged", 1, TableSteps::unlogged));
  }

  private static void insert(LoadSession session) throws SQLException {
    session.run(session.insertion(session.table(), session.between(50, 600)));
  }

  /** No indexed column changes, and pages have room. */
  private static void updateHot(LoadSession session) throws SQLException {
    session.run("UPDATE " + session.table() + " SET v = upper(v) WHERE " + session.some(9));
  }

  private static void updateCold(LoadSession session) throws SQLException {
    session.run(
        "UPDATE "
            + session.table()
            + " SET k = k + 1, p = point(k, id % 991), arr = arr || k WHERE "
            + session.some(7));
  }

  private static void updateToast(LoadSession session) throws SQLException {
    String table = session.table();
    session.run(
        "ALTER TABLE "
            + table
            + " ALTER big SET STORAGE "
            + session.oneOf(List.of("EXTERNAL", "EXTENDED")),
        "UPDATE " + table + " SET big = repeat(v, 120) WHERE " + session.some(50));
  }

  private static void delete(LoadSession session) throws SQLException {
    session.run("DELETE FROM " + session.table() + " WHERE " + session.some(3));
  }

  private static void copy(LoadSession session) throws SQLException {
    copyInto(session.connection(), session.table(), "", session.between(100, 800));
  }

  /** Pages are made all-visible at once. */
  private static void copyFrozen(LoadSession session) throws SQLException {
    String table = session.table();
    session.runTogether("TRUNCATE " + table);
    copyInto(session.connection(), table, "WITH (FREEZE)", session.between(100, 800));
    session.run("COMMIT");
  }

  private static void copyInto(Connection connection, String table, String options, int rows)
      throws SQLException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      text.append(i % 1000).append("\tcopied ").append(i).append("\t{").append(i % 100);
      text.append(",1}\t(").append(i % 997).append(',').append(i % 991).append(")\t\\N\n");
    }
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY " + table + " (k, v, arr, p, big) FROM STDIN " + options,
              new StringReader(text.toString()));
    } catch (IOException e) {
      throw new SQLException("cannot copy into " + table, e);
    }
  }

  private static void insertAborted(LoadSession session) throws SQLException {
    String table = session.table();
    session.runTogether(session.insertion(table, session.between(200, 900)), "ROLLBACK");
  }

  private static void truncate(LoadSession session) throws SQLException {
    String table = session.table();
    String rows = session.insertion(table, session.between(10, 300));
    if (session.chance()) {
      session.run("TRUNCATE " + table, rows);
    } else {
      session.runTogether(
          "TRUNCATE " + table,
          rows,
          "SAVEPOINT again",
          "TRUNCATE " + table,
          "ROLLBACK TO again",
          session.oneOf(List.of("COMMIT", "ROLLBACK")));
    }
  }

  private static void vacuum(LoadSession session) throws SQLException {
    String options = session.oneOf(List.of("ANALYZE", "FREEZE", "INDEX_CLEANUP ON", "TRUNCATE"));
    session.run("VACUUM (" + options + ") " + session.table());
  }

  /**
   * Rolled back rows are dead at once, whatever other transactions there are. What grows again
   * stands on blocks that the parent may have had, and leaves some without a row.
   */
  private static void vacuumEnd(LoadSession session) throws SQLException {
    String table = session.table();
    session.runTogether(session.insertion(table, session.between(500, 900)), "ROLLBACK");
    session.run(
        "DELETE FROM " + table + " WHERE id > (SELECT max(id) / 2 FROM " + table + ")",
        "VACUUM " + table);
    if (session.chance()) {
      copyInto(session.connection(), table, "", session.between(100, 800));
    } else {
      session.runTogether(session.insertion(table, 600), "ROLLBACK");
    }
  }

  private static void drop(LoadSession session) throws SQLException {
    String table = session.table();
    session.runTogether(
        "DROP TABLE " + table, session.oneOf(List.of("COMMIT", "COMMIT", "ROLLBACK")));
  }

  /**
   * Copies the rows into new files, also those that are dead, but not yet for all: the server fails
   * at such a row if its TOAST is gone already. Then the table stays as it was, and whoever looks
   * at its rows finds them all.
   */
  private static void copyWhole(LoadSession session, String statement) throws SQLException {
    String table = session.table();
    try {
      session.run(statement.formatted(table));
    } catch (SQLException e) {
      if (!String.valueOf(e.getCause()).contains("missing chunk number 0 for toast value")) {
        throw e;
      }
      session.run("SELECT sum(length(big || v)) FROM " + table);
    }
  }

  private static void rewrite(LoadSession session) throws SQLException {
    session.run(
        "ALTER TABLE "
            + session.table()
            + " DROP COLUMN IF EXISTS extra, ADD COLUMN extra float DEFAULT random()");
  }

  private static void setTablespace(LoadSession session) throws SQLException {
    String table = session.table();
    String tablespace = session.oneOf(List.of(LoadSession.TABLESPACE, "pg_default"));
    session.run("ALTER TABLE " + table + " SET TABLESPACE " + tablespace);
    if (session.chance()) {
      session.run("ALTER INDEX " + table + "_pkey SET TABLESPACE " + tablespace);
    }
  }

  private static void createAs(LoadSession session) throws SQLException {
    String table = session.own("made");
    session.run("DROP TABLE IF EXISTS " + table);
    session.runTogether(
        "CREATE TABLE "
            + table
            + " TABLESPACE "
            + session.oneOf(List.of(LoadSession.TABLESPACE, "pg_default"))
            + " AS SELECT i AS a, md5(i::text) AS b FROM generate_series(1, 400) i",
        "CREATE INDEX ON " + table + " (a)",
        session.oneOf(List.of("COMMIT", "ROLLBACK")));
  }

  private static void materialize(LoadSession session) throws SQLException {
    String view = session.own("seen");
    session.run(
        "DROP MATERIALIZED VIEW IF EXISTS " + view,
        "CREATE MATERIALIZED VIEW "
            + view
            + " AS SELECT g AS a, repeat('x', g % 50) AS b FROM generate_series(1, 300) g",
        "REFRESH MATERIALIZED VIEW " + view);
  }

  private static void unlogged(LoadSession session) throws SQLException {
    String table = session.own("loose");
    session.run(
        "CREATE UNLOGGED TABLE IF NOT EXISTS " + table + " (a serial PRIMARY KEY, b text)",
        "INSERT INTO " + table + " (b) SELECT md5(i::text) FROM generate_series(1, 200) i",
        "ALTER TABLE " + table + " SET " + session.oneOf(List.of("LOGGED", "UNLOGGED")),
        "INSERT INTO " + table + " (b) SELECT md5(i::text) FROM generate_series(1, 200) i");
    if (session.chance()) {
      session.run("DROP TABLE " + table);
    }
  }
}
