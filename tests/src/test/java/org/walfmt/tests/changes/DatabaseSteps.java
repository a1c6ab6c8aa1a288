package org.walfmt.tests.changes;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Steps that make, move and drop whole databases. */
final class DatabaseSteps {
  private static final int FIRST_WITH_STRATEGY = 15;

  private DatabaseSteps() {}

  static List<Step> all() {
    return List.of(
        Step.of("database by file copy", 1, session -> create(session, "FILE_COPY")),
        Step.of("database by WAL", 1, session -> create(session, "WAL_LOG"))
            .since(FIRST_WITH_STRATEGY),
        Step.of("tables in a database", 2, DatabaseSteps::fill),
        Step.of("SET TABLESPACE of a database", 1, DatabaseSteps::move),
        Step.of("drop database", 1, DatabaseSteps::drop));
  }

  private static void drop(LoadSession session) throws SQLException {
    session.run("DROP DATABASE IF EXISTS " + session.own("copy"));
  }

  /** Before 15 there is but the way by file copy. */
  private static void create(LoadSession session, String strategy) throws SQLException {
    drop(session);
    session.run(
        "CREATE DATABASE "
            + session.own("copy")
            + " TEMPLATE "
            + LoadSession.MODEL
            + (session.major() >= FIRST_WITH_STRATEGY ? " STRATEGY " + strategy : "")
            + " TABLESPACE "
            + session.oneOf(List.of(LoadSession.TABLESPACE, "pg_default", "pg_default")));
  }

  private static void ensure(LoadSession session) throws SQLException {
    String database = session.own("copy");
    if (!session.finds("SELECT 1 FROM pg_database WHERE datname = '" + database + "'")) {
      create(session, session.oneOf(List.of("FILE_COPY", "WAL_LOG")));
    }
  }

  private static void fill(LoadSession session) throws SQLException {
    ensure(session);
    try (Connection connection = session.connect(session.own("copy"))) {
      LoadSession.run(
          connection,
          "UPDATE old SET b = b WHERE a % 10 = " + session.between(0, 9),
          "CREATE TABLE IF NOT EXISTS young (a int, b text)",
          "INSERT INTO young SELECT i, md5(i::text) FROM generate_series(1, 300) i",
          "VACUUM young");
    }
  }

  private static void move(LoadSession session) throws SQLException {
    ensure(session);
    session.run(
        "ALTER DATABASE "
            + session.own("copy")
            + " SET TABLESPACE "
            + session.oneOf(List.of(LoadSession.TABLESPACE, "pg_default")));
  }
}
