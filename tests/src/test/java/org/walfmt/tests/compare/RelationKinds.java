package org.walfmt.tests.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.block.RelationFile;

/** Which access method each relation file of a cluster belongs to. */
public final class RelationKinds {
  /** Databases that can be connected to; template0 is not among them. */
  private static final String DATABASES =
      "SELECT datname FROM pg_database WHERE datallowconn ORDER BY oid";

  /**
   * Every relation with a file, mapped catalogs and shared ones among them. An object in the
   * database's default tablespace has reltablespace 0.
   */
  private static final String RELATIONS =
      """
      SELECT CASE WHEN c.reltablespace = 0 THEN d.dattablespace ELSE c.reltablespace END::bigint,
             CASE WHEN c.relisshared THEN 0 ELSE d.oid END::bigint,
             pg_catalog.pg_relation_filenode(c.oid)::bigint,
             c.relkind::text,
             coalesce(a.amname, '')
      FROM pg_catalog.pg_class c
      CROSS JOIN pg_catalog.pg_database d
      LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
      WHERE d.datname = pg_catalog.current_database()
        AND pg_catalog.pg_relation_filenode(c.oid) IS NOT NULL
      """;

  private final Map<RelFileLocator, RelationKind> kinds;

  private RelationKinds(Map<RelFileLocator, RelationKind> kinds) {
    this.kinds = Map.copyOf(kinds);
  }

  /** Opens a connection to one database of a running server. */
  @FunctionalInterface
  public interface Connector {
    /** Opens a connection, which the caller closes. */
    Connection connect(String database) throws SQLException;
  }

  /** Knows nothing: every relation is recognised by its first block. */
  public static RelationKinds unknown() {
    return new RelationKinds(Map.of());
  }

  /** Reads the catalogs of every database, by way of the database {@code postgres}. */
  public static RelationKinds read(Connector server) throws SQLException {
    List<String> databases = new ArrayList<>();
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(DATABASES)) {
      while (rows.next()) {
        databases.add(rows.getString(1));
      }
    }
    Map<RelFileLocator, RelationKind> kinds = new HashMap<>();
    for (String database : databases) {
      try (Connection connection = server.connect(database);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(RELATIONS)) {
        while (rows.next()) {
          kinds.put(
              new RelFileLocator(rows.getLong(1), rows.getLong(2), rows.getLong(3)),
              RelationKind.of(rows.getString(4).charAt(0), rows.getString(5)));
        }
      }
    }
    return new RelationKinds(kinds);
  }

  /** What the catalogs said, by relation. */
  public Map<RelFileLocator, RelationKind> asMap() {
    return kinds;
  }

  /** The kind by the catalogs, else by the first block of either directory's file, else null. */
  @Nullable RelationKind of(RelFileLocator locator, RelationFiles left, RelationFiles right)
      throws IOException {
    RelationKind known = kinds.get(locator);
    if (known != null) {
      return known;
    }
    Optional<RelationKind> recognised = recognise(locator, left);
    return (recognised.isPresent() ? recognised : recognise(locator, right)).orElse(null);
  }

  /** The kind of a relation by its first block in this directory. */
  static Optional<RelationKind> recognise(RelFileLocator locator, RelationFiles files)
      throws IOException {
    for (ForkNumber fork : List.of(ForkNumber.MAIN, ForkNumber.INIT)) {
      Path file = files.resolve(new RelationFile(locator, fork, 0));
      Optional<RelationKind> kind =
          Files.exists(file) ? RelationKind.ofFirstBlock(firstBlock(file)) : Optional.empty();
      if (kind.isPresent()) {
        return kind;
      }
    }
    return Optional.empty();
  }

  /** The first block, with zeros for what the file lacks. */
  private static ByteBuffer firstBlock(Path file) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (page.hasRemaining() && channel.read(page) >= 0) {
        // reads on
      }
    }
    return page;
  }
}
