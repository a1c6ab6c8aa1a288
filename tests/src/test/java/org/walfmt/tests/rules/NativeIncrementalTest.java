package org.walfmt.tests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.tests.kit.PgInstall;

/**
 * Rules 1, 2 and 8 beside {@code BASE_BACKUP INCREMENTAL} of 17 and 18: chains of a full backup and
 * two incrementals, of a server without checksums.
 *
 * <p>What the servers answered from their own backups, the right answer in brackets:
 *
 * <pre>
 *                  17.6, 18.0     17.11, 18.6
 *   CLEARED_BITS   2000 (1900)    1900 (1900)
 *   CUT_MAP         500 (0)        500 (0)
 *   ZERO_PAGES      204 (0)        204 (0)
 *   FORGOTTEN_CUT   204 (0)        204 (0)
 * </pre>
 *
 * <p>Right were those that rule 4 is about: a database created by copying files, a table and a
 * database moved to another tablespace, and a database moved there and back.
 */
class NativeIncrementalTest {
  private static final String ROWS = "SELECT g AS a, repeat('x', 200) AS t FROM generate_series";
  private static final String NEW_ROWS =
      "COPY %s FROM PROGRAM 'seq 20001 23000 | sed \"s/$/\\tnew/\"'";

  private static final List<NativeChains> ALL = new ArrayList<>();

  @BeforeAll
  static void takeAndRestoreTheChains() throws IOException {
    for (int major : List.of(17, 18)) {
      NativeChains chains = new NativeChains(PgInstall.embedded(major));
      ALL.add(chains);
      prepare(chains);
      chains
          .begin()
          .change(
              "DELETE FROM seen WHERE a % 20 = 0",
              "VACUUM shortened",
              "INSERT INTO shortened " + ROWS + "(9001, 9500) g",
              "DELETE FROM cut WHERE a > 100",
              "VACUUM cut",
              NEW_ROWS.formatted("cut"),
              "DELETE FROM cut_before WHERE a > 100",
              "VACUUM cut_before")
          .change("DELETE FROM shortened WHERE a > 9000", NEW_ROWS.formatted("cut_before"))
          .restore();
    }
  }

  private static void prepare(NativeChains chains) {
    for (String table : List.of("seen", "shortened", "cut", "cut_before")) {
      chains
          .source()
          .run("CREATE TABLE " + table + " AS " + ROWS + "(1, 2000) g", "VACUUM (FREEZE) " + table);
    }
    chains
        .source()
        .run(
            "CREATE INDEX ON seen (a)",
            "CREATE INDEX ON shortened (a)",
            // Three pages stay, which are full, so that no row comes to one whose bit is set.
            "DELETE FROM shortened WHERE a > 102",
            "VACUUM (TRUNCATE OFF) shortened",
            "CHECKPOINT");
  }

  @AfterAll
  static void stop() {
    ALL.forEach(NativeChains::close);
    ALL.clear();
  }

  static List<NativeChains> chains() {
    return ALL;
  }

  /** Walfmt must be right; the server wrong if its version has the fault, and else right too. */
  private static void judge(NativeChains chains, NativeFault fault, String query, String right) {
    assertThat(chains.source().query(query)).as("the source").isEqualTo(right);
    Map<String, String> answers = chains.answers(query);
    assertThat(answers).containsEntry("scan", right).containsEntry("wal", right);
    long version = chains.source().sql().number("SHOW server_version_num");
    assertThat(right.equals(answers.get("native")))
        .as("%d answers %s, right is %s: that it is right", version, answers, right)
        .isEqualTo(!fault.isIn(version));
  }

  private static void mustScanTheIndexOnly(NativeChains chains, String query) {
    assertThat(chains.plans(query))
        .hasSize(3)
        .allSatisfy(plan -> assertThat(plan).contains("Index Only Scan"));
  }

  @ParameterizedTest(name = "{0}", autoCloseArguments = false)
  @MethodSource("chains")
  void rowsDeletedFromPagesThatWereAllVisibleStayDeleted(NativeChains chains) {
    String query = "SELECT count(a) FROM seen WHERE a > 0";
    mustScanTheIndexOnly(chains, query);
    judge(chains, NativeFault.CLEARED_BITS, query, "1900");
  }

  @ParameterizedTest(name = "{0}", autoCloseArguments = false)
  @MethodSource("chains")
  void rowsDeletedFromPagesThatCameAfterACutStayDeleted(NativeChains chains) {
    String query = "SELECT count(a) FROM shortened WHERE a > 9000";
    mustScanTheIndexOnly(chains, query);
    judge(chains, NativeFault.CUT_MAP, query, "0");
  }

  @ParameterizedTest(name = "{0}", autoCloseArguments = false)
  @MethodSource("chains")
  void pagesThatCopyLeftEmptyBringNoRowsBack(NativeChains chains) {
    String query = "SELECT count(*) FROM cut WHERE a BETWEEN 101 AND 9000";
    judge(chains, NativeFault.ZERO_PAGES, query, "0");
  }

  @ParameterizedTest(name = "{0}", autoCloseArguments = false)
  @MethodSource("chains")
  void pagesThatCopyLeftEmptyAfterAnEarlierBackupSawTheCutBringNoRowsBack(NativeChains chains) {
    String query = "SELECT count(*) FROM cut_before WHERE a BETWEEN 101 AND 9000";
    judge(chains, NativeFault.FORGOTTEN_CUT, query, "0");
  }
}
