package org.walfmt.tests.kit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Statements and queries in one database of a cluster, each call on a connection of its own. */
public final class Sql {
  private final Cluster cluster;
  private final String database;

  Sql(Cluster cluster, String database) {
    this.cluster = cluster;
    this.database = database;
  }

  /** Runs statements, each in its own transaction. */
  public Sql run(String... statements) {
    try (Connection connection = cluster.connect(database);
        Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
      return this;
    } catch (SQLException e) {
      throw new AssertionError("cannot run " + String.join("; ", statements), e);
    }
  }

  /** The first column of the first row, as text. */
  public String query(String query) {
    @Nullable String value = rows(query).get(0).get(0);
    if (value == null) {
      throw new AssertionError("null from " + query);
    }
    return value;
  }

  /** The first column of the first row, a whole number. */
  public long number(String query) {
    return Long.parseLong(query(query));
  }

  /** All rows, as text. */
  public List<List<@Nullable String>> rows(String query) {
    try (Connection connection = cluster.connect(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      List<List<@Nullable String>> rows = new ArrayList<>();
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<@Nullable String> row = new ArrayList<>();
        for (int column = 1; column <= columns; column++) {
          row.add(result.getString(column));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      throw new AssertionError("cannot run " + query, e);
    }
  }
}
