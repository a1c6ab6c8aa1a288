package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.walfmt.Lsn;
import org.walfmt.tests.compare.ReplayTo;
import org.walfmt.tests.kit.Cluster;

/** Row counts, sums and a hash of all rows of pgbench's tables. */
record BankSums(
    long accounts,
    long tellers,
    long branches,
    long history,
    long accountBalance,
    long tellerBalance,
    long branchBalance,
    long deltas,
    long rowHashes) {
  /** In the order in which pgbench's transaction locks them. */
  private static final String LOCK =
      "LOCK pgbench_accounts, pgbench_tellers, pgbench_branches, pgbench_history IN SHARE MODE";

  private static final String SUMS =
      """
      SELECT (SELECT count(*) FROM pgbench_accounts), (SELECT count(*) FROM pgbench_tellers),
             (SELECT count(*) FROM pgbench_branches), (SELECT count(*) FROM pgbench_history),
             (SELECT sum(abalance) FROM pgbench_accounts),
             (SELECT sum(tbalance) FROM pgbench_tellers),
             (SELECT sum(bbalance) FROM pgbench_branches),
             (SELECT coalesce(sum(delta), 0) FROM pgbench_history),
             (SELECT sum(hashtext(a::text)::bigint) FROM pgbench_accounts a)
             + (SELECT coalesce(sum(hashtext(h::text)::bigint), 0) FROM pgbench_history h)
      """;

  /**
   * What a server under load has at one LSN, to which {@link ReplayTo#replay} can bring a copy: all
   * transactions that write wait meanwhile.
   */
  record AtLsn(BankSums sums, Lsn lsn) {}

  static AtLsn mark(Cluster source) throws SQLException {
    try (Connection connection = source.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(LOCK);
      BankSums sums = read(statement);
      Lsn lsn = ReplayTo.mark(source);
      connection.rollback();
      return new AtLsn(sums, lsn);
    }
  }

  static BankSums of(Cluster cluster) throws SQLException {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      return read(statement);
    }
  }

  private static BankSums read(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery(SUMS)) {
      row.next();
      return new BankSums(
          row.getLong(1),
          row.getLong(2),
          row.getLong(3),
          row.getLong(4),
          row.getLong(5),
          row.getLong(6),
          row.getLong(7),
          row.getLong(8),
          row.getLong(9));
    }
  }

  /** Every transaction adds the same amount to one row of each table. */
  void mustBalance() {
    assertThat(accountBalance).isEqualTo(tellerBalance).isEqualTo(branchBalance).isEqualTo(deltas);
  }
}
