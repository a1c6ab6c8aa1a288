package org.walfmt.tests.rules;

import java.nio.file.Path;
import java.util.List;
import org.walfmt.tests.kit.Cluster;

/** What rules 1, 4 and 8 are about: changes that no page's LSN tells, and moved files. */
final class MovedLoad {
  static final String ROWS = "SELECT g AS a, repeat('x', 200) AS t FROM generate_series";

  private MovedLoad() {}

  /** What a full backup is to hold. */
  static void prepare(Cluster source, Path space) {
    source.run(
        "CREATE EXTENSION pageinspect",
        "CREATE EXTENSION pg_visibility",
        "CREATE TABLESPACE space LOCATION '" + space + "'",
        "CREATE TABLE seen AS " + ROWS + "(1, 2000) g",
        "CREATE INDEX ON seen (a)",
        "VACUUM (FREEZE) seen",
        "CREATE TABLE shrunk AS " + ROWS + "(1, 10000) g",
        "CREATE TABLE moved AS " + ROWS + "(1, 5000) g",
        "CREATE UNLOGGED TABLE loose AS " + ROWS + "(1, 1000) g",
        "CREATE INDEX ON loose (a)",
        "CREATE DATABASE template_of_files",
        "CREATE DATABASE wanderer",
        "CREATE DATABASE returner");
    for (String database : List.of("template_of_files", "wanderer", "returner")) {
      source.sql(database).run("CREATE TABLE old AS " + ROWS + "(1, 3000) g", "VACUUM old");
    }
    source.run("CHECKPOINT");
  }

  /** What happens between the full backup and the incremental after it. */
  static void change(Cluster source) {
    source.run(
        "DELETE FROM seen WHERE a % 20 = 0",
        "DELETE FROM shrunk WHERE a > 1000",
        "VACUUM shrunk",
        "ALTER TABLE moved SET TABLESPACE space",
        "CREATE DATABASE copied TEMPLATE template_of_files" + byFiles(source),
        "ALTER DATABASE wanderer SET TABLESPACE space",
        "ALTER DATABASE returner SET TABLESPACE space",
        "ALTER DATABASE returner SET TABLESPACE pg_default",
        "CHECKPOINT");
  }

  /** What happens after that: a table that was cut grows again. */
  static void changeAgain(Cluster source) {
    source.run("INSERT INTO shrunk " + ROWS + "(10001, 16000) g", "CHECKPOINT");
  }

  /** Up to 14, databases are always copied file by file. */
  private static String byFiles(Cluster source) {
    return source.install().major() < 15 ? "" : " STRATEGY FILE_COPY";
  }
}
