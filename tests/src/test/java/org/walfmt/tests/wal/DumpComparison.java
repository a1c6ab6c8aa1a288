package org.walfmt.tests.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.Lsn;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.WalfmtCli;

/**
 * Compares what {@code walfmt dump} prints of a server's WAL with what PostgreSQL says, but for the
 * details between an operation's name and the block references.
 */
final class DumpComparison {
  private static final Pattern LINE =
      Pattern.compile(
          "(rmgr: .*, desc: (?:UNKNOWN \\([0-9a-f]+\\)|[^ ]+) ).*?(, blkref #\\d+: rel .*)?");
  private static final String RECORDS =
      """
      SELECT format('rmgr: %%-11s len (rec/tot): %%6s/%%6s, tx: %%10s, lsn: %%s, prev %%s, desc: %%s ',
               resource_manager, record_length - fpi_length, record_length, xid, start_lsn,
               prev_lsn, record_type),
             coalesce(block_ref, '')
      FROM pg_get_wal_records_info('%s', '%s')
      """;
  private static final Pattern LSN = Pattern.compile("(lsn: |prev )([0-9A-F]+/)0*([0-9A-F]+)");

  private DumpComparison() {}

  /** Of WAL of the machine's 15: the lines of pg_waldump, and its statistics to the letter. */
  static void withPgWaldump(Cluster cluster, Lsn start, Lsn end) {
    Path wal = cluster.data().resolve("pg_wal");
    String[] range = {"--path=" + wal, "--start=" + start, "--end=" + end};
    assertSame(lines(dump(range)), lines(PgTools.get().waldump(range).orFail().out()));
    String[] statistics = {range[0], range[1], range[2], "--stats=record"};
    assertThat(dump(statistics)).isEqualTo(PgTools.get().waldump(statistics).orFail().out());
  }

  /** Of WAL of a running server of 16 or later, on which pg_walinspect is installed. */
  static void withWalinspect(Cluster cluster, Lsn start, Lsn end) throws SQLException {
    Path wal = cluster.data().resolve("pg_wal");
    String printed = dump("--path=" + wal, "--start=" + start, "--end=" + end, "--bkp-details");
    List<String> expected = new ArrayList<>();
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(RECORDS.formatted(start, end))) {
      while (row.next()) {
        expected.add(row.getString(1));
        expected.add(row.getString(2).strip());
      }
    }
    assertSame(linesWithDetails(printed), expected);
  }

  /** One difference says more than two lists of many thousand lines. */
  private static void assertSame(List<String> ours, List<String> theirs) {
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      if (!ours.get(i).equals(theirs.get(i))) {
        assertThat(ours.get(i)).isEqualTo(theirs.get(i));
      }
    }
    assertThat(ours.size()).isEqualTo(theirs.size());
  }

  private static String dump(String... options) {
    List<String> words = new ArrayList<>(List.of("dump"));
    words.addAll(List.of(options));
    Outcome outcome = WalfmtCli.run(words.toArray(String[]::new)).orFail();
    assertThat(outcome.err()).isEmpty();
    return outcome.out();
  }

  private static List<String> lines(String output) {
    List<String> lines = new ArrayList<>();
    for (String line : output.lines().toList()) {
      Matcher parts = LINE.matcher(line);
      if (parts.matches()) {
        lines.add(parts.group(1) + parts.group(2));
      }
    }
    assertThat(lines).hasSizeGreaterThan(10_000);
    return lines;
  }

  /** A line for each record up to its operation, and one with all its block references. */
  private static List<String> linesWithDetails(String output) {
    List<String> lines = new ArrayList<>();
    for (String line : output.lines().toList()) {
      Matcher parts = LINE.matcher(line);
      if (parts.matches()) {
        lines.add(LSN.matcher(parts.group(1)).replaceAll("$1$2$3"));
        lines.add("");
      } else {
        int last = lines.size() - 1;
        String before = lines.get(last);
        lines.set(last, before + (before.isEmpty() ? "" : " ") + line.strip());
      }
    }
    assertThat(lines).hasSizeGreaterThan(20_000);
    return lines;
  }
}
