package org.walfmt.tests.changes;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Steps that build, use and drop indexes of every access method. */
final class IndexSteps {
  /** What follows the table's name in CREATE INDEX; the first word after USING names the index. */
  private static final List<String> KINDS =
      List.of(
          "USING btree (k) INCLUDE (v)",
          "USING hash (k)",
          "USING gin (arr)",
          "USING gist (p)",
          "USING spgist (p)",
          "USING brin (k) WITH (pages_per_range = 2)",
          "USING bloom (k)");

  private IndexSteps() {}

  static List<Step> all() {
    List<Step> steps = new ArrayList<>();
    for (String kind : KINDS) {
      steps.add(Step.of("index " + kind, 2, session -> build(session, kind)));
    }
    steps.add(Step.of("SP-GiST index of texts", 1, session -> build(session, "USING spgist (v)")));
    steps.add(Step.of("index, concurrently", 1, IndexSteps::buildConcurrently));
    steps.add(Step.of("rolled back index", 1, IndexSteps::buildAborted));
    steps.add(Step.of("REINDEX", 2, IndexSteps::rebuild));
    steps.add(Step.of("drop indexes", 1, IndexSteps::drop));
    steps.add(Step.of("GIN pending list", 1, IndexSteps::pendingList));
    steps.add(Step.of("BRIN ranges", 1, IndexSteps::ranges));
    return steps;
  }

  private static String method(String kind) {
    return kind.split(" ", 3)[1];
  }

  /** Builds it anew, and then has it changed row by row. */
  private static void build(LoadSession session, String kind) throws SQLException {
    String table = session.table();
    String index = table + "_" + method(kind);
    session.run(
        "DROP INDEX IF EXISTS " + index,
        "CREATE INDEX " + index + " ON " + table + " " + kind,
        session.insertion(table, session.between(50, 400)));
  }

  private static void buildConcurrently(LoadSession session) throws SQLException {
    String table = session.table();
    String kind = session.oneOf(KINDS);
    String index = table + "_" + method(kind);
    session.run("DROP INDEX IF EXISTS " + index);
    session.runOrGiveUp("CREATE INDEX CONCURRENTLY " + index + " ON " + table + " " + kind);
  }

  private static void buildAborted(LoadSession session) throws SQLException {
    session.runTogether(
        "CREATE INDEX ON " + session.table() + " " + session.oneOf(KINDS), "ROLLBACK");
  }

  private static void rebuild(LoadSession session) throws SQLException {
    String table = session.table();
    session.runOrGiveUp("REINDEX TABLE " + session.oneOf(List.of("", "CONCURRENTLY ")) + table);
  }

  private static void drop(LoadSession session) throws SQLException {
    String table = session.table();
    for (String kind : KINDS) {
      if (session.chance()) {
        session.run("DROP INDEX IF EXISTS " + table + "_" + method(kind));
      }
    }
  }

  private static void pendingList(LoadSession session) throws SQLException {
    String table = session.table();
    String index = table + "_gin";
    session.run(
        "CREATE INDEX IF NOT EXISTS " + index + " ON " + table + " USING gin (arr)",
        session.insertion(table, session.between(100, 500)),
        "SELECT gin_clean_pending_list('" + index + "')",
        "ALTER INDEX " + index + " SET (fastupdate = " + session.oneOf(List.of("on", "off")) + ")");
  }

  private static void ranges(LoadSession session) throws SQLException {
    String table = session.table();
    String index = table + "_brin";
    session.run(
        "CREATE INDEX IF NOT EXISTS " + index + " ON " + table + " " + KINDS.get(5),
        session.insertion(table, session.between(100, 500)),
        "SELECT brin_summarize_new_values('" + index + "')",
        "SELECT brin_desummarize_range('" + index + "', " + 2 * session.between(0, 3) + ")");
  }
}
