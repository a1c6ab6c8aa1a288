package org.walfmt.writer.server;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.SegmentSize;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archiver;
import org.walfmt.writer.connect.ConnectionOptions;
import org.walfmt.writer.connect.Notice;
import org.walfmt.writer.connect.PasswordPrompt;
import org.walfmt.writer.connect.ServerConnection;

/**
 * The session that a backup keeps open from start to stop: if it ends, the server gives the backup
 * up. Safe for several threads, which take turns.
 */
public final class BackupSession implements Closeable {
  private static final int MAJOR_DIVISOR = 10000;
  private static final int TIMELINE_DIGITS = 8;

  private final ServerConnection server;
  private final Connection connection;
  private final PgVersion version;

  private BackupSession(ServerConnection server, PgVersion version) {
    this.server = server;
    this.connection = server.jdbc();
    this.version = version;
  }

  /** Opens the session. */
  public static BackupSession open(ConnectionOptions options, PasswordPrompt prompt)
      throws IOException {
    ServerConnection server = ServerConnection.open(options, prompt);
    int major = server.serverVersion() / MAJOR_DIVISOR;
    Optional<PgVersion> version = PgVersion.ofMajor(major);
    if (version.isPresent()) {
      return new BackupSession(server, version.get());
    }
    try {
      server.close();
    } catch (SQLException e) {
      throw ServerFailure.of("closing the session", e);
    }
    throw new RefusedException(
        RefusedException.Reason.UNSUPPORTED,
        "server is of PostgreSQL " + major + ", supported are " + PgVersion.SUPPORTED);
  }

  /** What was passed over on the way to the server, such as an unsafe password file. */
  public List<String> connectionWarnings() {
    return server.warnings();
  }

  /** Start of a backup, as the server tells it. */
  public record Start(Instant time, Lsn startLsn, TimelineId timeline, Lsn checkpointLsn) {}

  /** End of a backup, as the server tells it. */
  public record Stop(
      Instant time, Lsn stopLsn, String backupLabel, String tablespaceMap, List<String> notices) {}

  /** Takes a row. */
  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private synchronized <T> T one(
      String attempted, String sql, List<String> notices, RowReader<T> reader, Object... values)
      throws IOException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IOException(attempted + " gave no row");
        }
        T result = reader.read(rows);
        collect(statement.getWarnings(), notices);
        return result;
      }
    } catch (SQLException e) {
      throw ServerFailure.of(attempted, e);
    }
  }

  private static void collect(@Nullable SQLWarning first, List<String> notices) {
    for (Notice notice : Notice.of(first)) {
      notices.add(notice.severity() + ": " + notice.message());
    }
  }

  private <T> T one(String attempted, String sql, RowReader<T> reader, Object... values)
      throws IOException {
    return one(attempted, sql, new ArrayList<>(), reader, values);
  }

  /** Has the server give up a statement that may take minutes if the caller is interrupted. */
  private <T> T cancellable(Callable<T> statement) throws IOException {
    FutureTask<T> task = new FutureTask<>(statement);
    Thread thread = new Thread(task, "walfmt-statement");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      try {
        connection.unwrap(PGConnection.class).cancelQuery();
      } catch (SQLException gone) {
        e.addSuppressed(gone);
      }
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while waiting for the server");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Asks for all that {@link ServerFacts} holds. */
  public ServerFacts facts() throws IOException {
    Map<String, String> settings = settings();
    String dataDirectory = settings.get("data_directory");
    String start =
        is15() ? "pg_backup_start(text,boolean)" : "pg_start_backup(text,boolean,boolean)";
    String stop = is15() ? "pg_backup_stop(boolean)" : "pg_stop_backup(boolean,boolean)";
    return one(
        "asking for the state of the server",
        "SELECT (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery(),"
            + " extract(epoch FROM pg_postmaster_start_time())::bigint,"
            + " has_function_privilege(?, 'execute'), has_function_privilege(?, 'execute'),"
            + " EXISTS (SELECT FROM pg_settings WHERE setting <> '' AND name IN"
            + " ('archive_command', 'archive_library'))",
        row ->
            new ServerFacts(
                version,
                required(settings, "server_version").split(" ", 2)[0],
                row.getLong(1),
                Optional.ofNullable(dataDirectory),
                configFiles(settings, dataDirectory),
                Integer.parseInt(required(settings, "port")),
                row.getLong(3),
                row.getBoolean(2),
                required(settings, "wal_level"),
                required(settings, "full_page_writes").equals("on"),
                new SegmentSize(Integer.parseInt(required(settings, "wal_segment_size"))),
                required(settings, "data_checksums").equals("on"),
                required(settings, "wal_log_hints").equals("on"),
                required(settings, "archive_mode"),
                row.getBoolean(6),
                row.getBoolean(4),
                row.getBoolean(5)),
        start,
        stop);
  }

  private Map<String, String> settings() throws IOException {
    String sql =
        "SELECT string_agg(name || '=' || setting, E'\\n') FROM pg_settings WHERE name IN"
            + " ('server_version', 'data_directory', 'config_file', 'hba_file', 'ident_file',"
            + " 'port', 'wal_level', 'full_page_writes', 'wal_segment_size', 'data_checksums',"
            + " 'wal_log_hints', 'archive_mode')";
    Map<String, String> settings = new HashMap<>();
    for (String line : one("asking for settings", sql, row -> row.getString(1)).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        settings.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return settings;
  }

  private static String required(Map<String, String> settings, String name) throws SQLException {
    String value = settings.get(name);
    if (value == null) {
      throw new SQLException("the server does not show its setting " + name);
    }
    return value;
  }

  private static List<String> configFiles(
      Map<String, String> settings, @Nullable String dataDirectory) {
    List<String> outside = new ArrayList<>();
    for (String name : List.of("config_file", "hba_file", "ident_file")) {
      String file = settings.get(name);
      if (file != null && dataDirectory != null && !file.startsWith(dataDirectory + "/")) {
        outside.add(file);
      }
    }
    return outside;
  }

  private boolean is15() {
    return version.isAtLeast(PgVersion.V15);
  }

  /** How its archiver goes. */
  public Archiver.Progress archiverProgress() throws IOException {
    return one(
        "asking for the state of the archiver",
        "SELECT archived_count, failed_count, coalesce(last_failed_wal, ''), CASE WHEN last_failed_time > coalesce(last_archived_time,"
            + " '-infinity') THEN format('the archiver failed on %s at %s, %s failures so far',"
            + " last_failed_wal, last_failed_time, failed_count) ELSE '' END"
            + " FROM pg_stat_archiver",
        row ->
            new Archiver.Progress(
                row.getLong(1), row.getLong(2), row.getString(3), row.getString(4)));
  }

  /**
   * Whom the server takes this session's role for.
   *
   * @param mayReplicate whether it may make replication slots
   * @param freeSlots how many can still be made
   */
  public record Role(String name, boolean mayReplicate, long freeSlots) {}

  /** Asks for that. */
  public Role role() throws IOException {
    return one(
        "asking for the role's rights",
        "SELECT current_user, (SELECT rolsuper OR rolreplication FROM pg_roles"
            + " WHERE rolname = current_user), current_setting('max_replication_slots')::bigint"
            + " - (SELECT count(*) FROM pg_replication_slots)",
        row -> new Role(row.getString(1), row.getBoolean(2), row.getLong(3)));
  }

  /** Where the server was reached: {@code at "localhost" (127.0.0.1), port 5432}. */
  public String where() {
    return server.where();
  }

  /** The server's clock. */
  public Instant now() throws IOException {
    return one(
        "asking for the time",
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        row -> Instant.ofEpochMilli(row.getLong(1)));
  }

  /** Starts a backup: waits for a checkpoint, at once or spread over time. */
  public Start start(String label, boolean fast) throws IOException {
    Instant time = now();
    Lsn lsn =
        cancellable(
            () ->
                one(
                    "starting the backup",
                    is15() ? "SELECT pg_backup_start(?, ?)" : "SELECT pg_start_backup(?, ?, false)",
                    row -> Lsn.parse(row.getString(1)),
                    label,
                    fast));
    return one(
        "asking for the checkpoint",
        "SELECT checkpoint_lsn, redo_lsn, timeline_id FROM pg_control_checkpoint()",
        row -> {
          // Another checkpoint since then would hide ours; 0/0 tells the caller to try again.
          boolean ours = Lsn.parse(row.getString(2)).equals(lsn);
          return new Start(
              time,
              lsn,
              TimelineId.of(row.getLong(3)),
              ours ? Lsn.parse(row.getString(1)) : Lsn.INVALID);
        });
  }

  /** Ends the backup, without waiting for the archiver. */
  public Stop stop() throws IOException {
    List<String> notices = new ArrayList<>();
    String call = is15() ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)";
    Stop stop =
        one(
            "stopping the backup",
            "SELECT lsn, labelfile, spcmapfile,"
                + " (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM "
                + call,
            notices,
            row ->
                new Stop(
                    Instant.ofEpochMilli(row.getLong(4)),
                    Lsn.parse(row.getString(1)),
                    row.getString(2),
                    Optional.ofNullable(row.getString(3)).orElse(""),
                    notices));
    return stop;
  }

  /** How far WAL goes on a primary, or was replayed on a standby. */
  public Lsn position() throws IOException {
    return one(
        "asking for the WAL position",
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
            + " ELSE pg_current_wal_insert_lsn() END",
        row -> Lsn.parse(row.getString(1)));
  }

  /** Up to where WAL files are complete on disk. */
  public Lsn writtenPosition() throws IOException {
    return one(
        "asking for the WAL position",
        "SELECT CASE WHEN pg_is_in_recovery() THEN"
            + " greatest(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn())"
            + " ELSE pg_current_wal_flush_lsn() END",
        row -> Lsn.parse(row.getString(1)));
  }

  /** Timeline that a primary writes. */
  public TimelineId writtenTimeline() throws IOException {
    return one(
        "asking for the timeline",
        "SELECT pg_walfile_name(pg_current_wal_insert_lsn())",
        row -> TimelineId.of(Long.parseLong(row.getString(1), 0, TIMELINE_DIGITS, 16)));
  }

  /** Timeline up to which a standby must recover: that of its captured end. */
  public TimelineId recoveryTimeline() throws IOException {
    return one(
        "asking for the timeline",
        "SELECT min_recovery_end_timeline FROM pg_control_recovery()",
        row -> TimelineId.of(row.getLong(1)));
  }

  /**
   * Size of all tablespaces in bytes, for estimates; empty if the role may not see it, which a
   * backup does not take: {@code pg_tablespace_size} asks for {@code pg_read_all_stats}.
   */
  public OptionalLong databaseBytes() throws IOException {
    boolean allowed =
        one(
            "asking for the role's rights",
            "SELECT pg_has_role('pg_read_all_stats', 'USAGE')",
            row -> row.getBoolean(1));
    if (!allowed) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        one(
            "asking for the size of the cluster",
            "SELECT coalesce(sum(pg_tablespace_size(oid)), 0)::bigint FROM pg_tablespace",
            row -> row.getLong(1)));
  }

  /**
   * Whether there is a database of this OID with this default tablespace, which was not left
   * half-removed by DROP DATABASE ({@code DATCONNLIMIT_INVALID_DB}).
   */
  public boolean hasDatabase(long database, long tablespace) throws IOException {
    return one(
        "looking for a database",
        "SELECT EXISTS (SELECT FROM pg_database WHERE oid::bigint = ? AND dattablespace::bigint = ?"
            + " AND datconnlimit <> -2)",
        row -> row.getBoolean(1),
        database,
        tablespace);
  }

  /** Keeps WAL from here on until the session ends; false if no slot can be had. */
  public boolean keepWal(String slot) {
    try {
      one(
          "making a replication slot",
          "SELECT slot_name FROM pg_create_physical_replication_slot(?, true, true)",
          row -> row.getString(1),
          slot);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The server's major. */
  public PgVersion version() {
    return version;
  }

  @Override
  public void close() throws IOException {
    try {
      server.close();
    } catch (SQLException e) {
      throw ServerFailure.of("closing the session", e);
    }
  }
}
