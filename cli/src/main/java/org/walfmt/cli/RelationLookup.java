package org.walfmt.cli;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.TimelineId;
import org.walfmt.block.RelFileLocator;
import org.walfmt.replayer.extract.Wanted;
import org.walfmt.series.BeginNote;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.connect.ServerConnection;

/**
 * Finds a relation's file by its name, on the running server. The backup's own catalogs cannot
 * tell: they are as they were read while the server wrote, and which of their rows count is known
 * only when WAL was replayed.
 *
 * @param options of the connection, to the database that {@code name} has
 * @param part what is wanted of the relation, which its locator says
 */
record RelationLookup(
    RelationName name,
    ConnectionOptions options,
    PasswordPrompt prompt,
    Function<RelFileLocator, Wanted> part,
    Monitor monitor)
    implements Wanted.Lookup {
  private static final String CLUSTER =
      "SELECT s.system_identifier, c.timeline_id"
          + " FROM pg_catalog.pg_control_system() AS s, pg_catalog.pg_control_checkpoint() AS c";

  private static final String RELATION =
      "SELECT c.relkind::pg_catalog.text, c.relpersistence::pg_catalog.text,"
          + " pg_catalog.pg_relation_filepath(c.oid)"
          + " FROM pg_catalog.pg_class AS c"
          + " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
          + " WHERE n.nspname = ? AND c.relname = ?";

  @Override
  public Wanted.Found find(BeginNote backup) throws IOException {
    try (ServerConnection connection = ServerConnection.open(options, prompt)) {
      connection.warnings().forEach(monitor::warning);
      checkCluster(connection, backup);
      return relation(connection);
    } catch (SQLException e) {
      throw new IOException(
          "could not ask the server for relation "
              + name
              + ": "
              + String.valueOf(e.getMessage()).strip().replaceAll("\\s*\n\\s*", " "),
          e);
    }
  }

  private void checkCluster(ServerConnection connection, BeginNote backup)
      throws SQLException, RefusedException {
    try (Statement statement = connection.jdbc().createStatement();
        ResultSet row = statement.executeQuery(CLUSTER)) {
      row.next();
      long cluster = row.getLong(1);
      if (cluster != backup.systemIdentifier()) {
        throw new RefusedException(
            Reason.MISMATCH,
            "the server "
                + connection.where()
                + " is of another cluster than the backup: system identifier "
                + Long.toUnsignedString(cluster)
                + ", expected "
                + Long.toUnsignedString(backup.systemIdentifier()),
            "",
            "Connect to the server that was backed up, or give the relation's path with"
                + " --relation.");
      }
      TimelineId timeline = new TimelineId(row.getInt(2));
      if (!timeline.equals(backup.startTimeline())) {
        monitor.warning(
            "the server is on timeline "
                + timeline
                + ", the backup began on "
                + backup.startTimeline()
                + ": if their histories part before the backup, the same file may be another"
                + " relation's");
      }
    }
  }

  private Wanted.Found relation(ServerConnection connection) throws SQLException, RefusedException {
    try (PreparedStatement statement = connection.jdbc().prepareStatement(RELATION)) {
      statement.setString(1, name.schema());
      statement.setString(2, name.relation());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new RefusedException(
              Reason.INCOMPLETE,
              "the server does not have relation " + name,
              "",
              "Names are taken as in SQL: in lower case, but for what stands in double quotes."
                  + " Of a relation that was dropped, give the path with --relation.");
        }
        String path = row.getString(3);
        String persistence = row.getString(2);
        if (path == null || persistence.equals("t")) {
          throw new RefusedException(
              Reason.PRECONDITION,
              "relation " + name + " has no file in a backup",
              "it is " + (path == null ? kind(row.getString(1)) : "a temporary one"),
              "");
        }
        RelFileLocator locator =
            RelationFork.locator(path)
                .orElseThrow(
                    () ->
                        new RefusedException(
                            Reason.UNSUPPORTED,
                            "the server has relation " + name + " in \"" + path + "\""));
        return new Wanted.Found(part.apply(locator), absence(path, persistence));
      }
    }
  }

  private String absence(String path, String persistence) {
    String unlogged =
        persistence.equals("u")
            ? "It is unlogged: of those, a backup has the init fork alone (--fork=init). "
            : "";
    return unlogged
        + "The server has "
        + name
        + " in "
        + path
        + ". If it was created or rewritten after the backup (TRUNCATE, VACUUM FULL, CLUSTER,"
        + " REINDEX, ALTER TABLE), it had another path then: give that with --relation.";
  }

  private static String kind(String relkind) {
    return switch (relkind) {
      case "p" -> "a partitioned table; its partitions have files";
      case "I" -> "a partitioned index; those of the partitions have files";
      case "v" -> "a view";
      case "f" -> "a foreign table";
      case "c" -> "a composite type";
      default -> "of kind \"" + relkind + "\"";
    };
  }
}
