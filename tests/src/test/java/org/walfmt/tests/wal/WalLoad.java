package org.walfmt.tests.wal;

import java.util.ArrayList;
import java.util.List;
import org.walfmt.tests.compare.EveryKindLoad;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.ClusterBuilder;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;

/** Makes a server write records of nearly every resource manager, and images of every kind. */
final class WalLoad {
  private WalLoad() {}

  /** A cluster that keeps all its WAL. */
  static ClusterBuilder cluster(PgInstall install) {
    return Cluster.of(install)
        .setting("wal_keep_size", "4GB")
        .setting("max_wal_size", "4GB")
        .setting("wal_level", "logical")
        .setting("max_prepared_transactions", "5")
        .setting("track_commit_timestamp", "on");
  }

  static void run(Cluster cluster, String... compressions) {
    EveryKindLoad.create(cluster);
    pgbench(cluster);
    definitions(cluster);
    for (String compression : compressions) {
      cluster.run("CHECKPOINT");
      images(cluster, compression);
    }
    transactions(cluster);
    cluster.run("SELECT pg_switch_wal()", "VACUUM FREEZE", "CHECKPOINT");
    pgbench(cluster);
  }

  private static void pgbench(Cluster cluster) {
    PgTools.get().pgbench(cluster, "-n", "-c", "4", "-t", "50").orFail();
  }

  private static void definitions(Cluster cluster) {
    boolean hasStrategies = cluster.install().major() >= 15;
    List<String> statements = new ArrayList<>();
    statements.add("CREATE TABLESPACE space LOCATION '" + cluster.newDirectory("space") + "'");
    statements.add("CREATE DATABASE logged" + (hasStrategies ? " STRATEGY wal_log" : ""));
    statements.add("CREATE DATABASE copied" + (hasStrategies ? " STRATEGY file_copy" : ""));
    statements.add("CREATE TABLE moved AS SELECT i FROM generate_series(1, 1000) i");
    statements.add("ALTER TABLE moved SET TABLESPACE space");
    statements.add("TRUNCATE moved");
    statements.add("DROP DATABASE logged");
    statements.add("VACUUM FULL pg_class");
    statements.add("SELECT pg_create_restore_point('here')");
    statements.add("SELECT pg_replication_origin_create('origin')");
    statements.add("SELECT pg_logical_emit_message(false, 'prefix', 'message')");
    statements.add("SELECT pg_logical_emit_message(false, 'long', repeat('m', 300000))");
    statements.add("ALTER SEQUENCE every_sequence RESTART");
    statements.add("CREATE UNLOGGED TABLE without (a int PRIMARY KEY)");
    statements.add("SELECT pg_logical_emit_message(true, '', '')");
    cluster.run(statements.toArray(String[]::new));
  }

  private static void images(Cluster cluster, String compression) {
    cluster.run(
        "SET wal_compression = '" + compression + "'",
        "UPDATE every SET k = k + 1 WHERE id % 8 = 0",
        "SET wal_consistency_checking = 'all'",
        "UPDATE every SET k = k + 1 WHERE id < 300",
        "VACUUM every");
  }

  private static void transactions(Cluster cluster) {
    cluster.run(
        "BEGIN; INSERT INTO moved VALUES (1); SAVEPOINT a; INSERT INTO moved VALUES (2);"
            + " ROLLBACK TO a; INSERT INTO moved VALUES (3); PREPARE TRANSACTION 'two phases'",
        "COMMIT PREPARED 'two phases'",
        "BEGIN; SELECT pg_replication_origin_session_setup('origin');"
            + " INSERT INTO moved VALUES (4); SELECT txid_current(); COMMIT",
        "BEGIN; LOCK TABLE moved; SELECT 1 FROM every WHERE id = 1 FOR SHARE; ROLLBACK");
  }
}
