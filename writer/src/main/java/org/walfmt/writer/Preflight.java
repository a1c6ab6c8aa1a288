package org.walfmt.writer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.walfmt.Monitor;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.writer.server.ServerFacts;

/** What must hold before the server is asked to begin a backup. */
final class Preflight {
  private final BackupOptions options;
  private final ServerFacts facts;
  private final Monitor monitor;

  Preflight(BackupOptions options, ServerFacts facts, Monitor monitor) {
    this.options = options;
    this.facts = facts;
    this.monitor = monitor;
  }

  /** The data directory that was named, or that the server tells. */
  Path dataDirectory() throws IOException {
    if (options.dataDirectory().isPresent()) {
      return options.dataDirectory().get();
    }
    return facts
        .dataDirectory()
        .map(Path::of)
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.PRECONDITION,
                    "the role may not see the server's data_directory",
                    "",
                    "Name it with -D, or grant the role pg_read_all_settings."));
  }

  void check(Path dataDirectory) throws IOException {
    checkLabel();
    if (!options.compression().isAvailableIn(facts.version())) {
      throw new RefusedException(
          Reason.UNSUPPORTED,
          "PostgreSQL "
              + facts.version()
              + " has no page images compressed by "
              + options.compression(),
          "",
          "Use --compress=pglz or none.");
    }
    checkWalLevel();
    checkFunctions();
    checkArchiving();
    checkPlace(dataDirectory);
    for (String file : facts.configFiles()) {
      monitor.warning(
          "configuration file \"" + file + "\" is outside the data directory and not backed up");
    }
  }

  void checkWalLevel() throws RefusedException {
    if (facts.walLevel().equals("minimal")) {
      throw refuse("wal_level is minimal", "Set wal_level to replica and restart the server.");
    }
  }

  void checkFunctions() throws RefusedException {
    if (!facts.mayStartBackup() || !facts.mayStopBackup()) {
      throw refuse(
          "the role may not execute the backup functions",
          "Connect as a superuser, or grant the role EXECUTE on "
              + (facts.version().major() >= 15
                  ? "pg_backup_start(text, boolean) and pg_backup_stop(boolean)."
                  : "pg_start_backup(text, boolean, boolean) and pg_stop_backup(boolean,"
                      + " boolean)."));
    }
  }

  /** That the archive, wherever it is, can take files. */
  void checkPlace(Path dataDirectory) throws IOException {
    if (options.archive() instanceof ArchivePlace.Directory directory) {
      checkDirectory(directory.path(), dataDirectory);
    } else if (options.archive() instanceof ArchivePlace.Server) {
      checkWritable(dataDirectory.resolve("pg_wal"));
    } else if (options.archive() instanceof ArchivePlace.Commands commands
        && commands.settings().archive().isEmpty()) {
      throw refuse(
          "there is no archive command, so that nothing can be put into the archive",
          "Give one with --archive-command.");
    }
  }

  private static void checkDirectory(Path named, Path dataDirectory) throws IOException {
    Path archive = named.toRealPath();
    checkOutside(archive, named, dataDirectory);
    checkWritable(named);
  }

  private static void checkWritable(Path directory) throws IOException {
    if (!Files.isWritable(directory)) {
      throw new AccessDeniedException(directory.toString());
    }
  }

  /** A server removes what it finds in {@code pg_wal}, wherever that is. */
  private static void checkOutside(Path archive, Path named, Path dataDirectory)
      throws IOException {
    Path wal = dataDirectory.resolve("pg_wal");
    if (archive.startsWith(dataDirectory.toRealPath())
        || (Files.exists(wal) && archive.startsWith(wal.toRealPath()))) {
      throw refuse(
          "archive \"" + named + "\" lies inside the data directory",
          "Keep the archive elsewhere, best on another machine.");
    }
  }

  /** Whether WAL can come at all; on a standby the primary may archive it. */
  void checkArchiving() throws RefusedException {
    boolean byServer = options.archive() instanceof ArchivePlace.Server;
    if (byServer && facts.inRecovery() && !facts.archiveMode().equals("always")) {
      throw refuse(
          "archive_mode is " + facts.archiveMode() + ", so that this standby archives nothing",
          "Set archive_mode to always, or use --archive-command.");
    }
    if (byServer && options.copyWal()) {
      throw refuse(
          "WAL cannot be copied into the archive of the server's own archiver",
          "Leave out --wal=copy: the archiver puts it there.");
    }
    if (!byServer && (options.copyWal() || facts.inRecovery())) {
      return;
    }
    if (facts.archiveMode().equals("off")) {
      throw refuse(
          "archive_mode is off, so that no WAL will come into the archive",
          "Turn archive_mode on, or use --wal=copy.");
    }
    if (!facts.archives()) {
      throw refuse(
          "archive_command is not set, so that no WAL will come into the archive",
          "Set archive_command, or use --wal=copy.");
    }
  }

  private void checkLabel() throws RefusedException {
    String label = options.label();
    if (label.indexOf('\n') >= 0
        || label.indexOf('\r') >= 0
        || label.getBytes(StandardCharsets.UTF_8).length > BackupOptions.MAX_LABEL) {
      throw refuse(
          "the label has a line break or more than " + BackupOptions.MAX_LABEL + " bytes",
          "Choose a short label of one line.");
    }
  }

  private static RefusedException refuse(String fact, String hint) {
    return new RefusedException(Reason.PRECONDITION, fact, "", hint);
  }
}
