package org.walfmt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.walfmt.Monitor;
import org.walfmt.archive.Archive;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.archive.CommandSettings;
import org.walfmt.archive.CommandTemplate;
import org.walfmt.archive.CommandTemplate.Kind;
import org.walfmt.cli.config.ConfiguredDefaults;
import org.walfmt.cli.config.Level;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the WAL archive is: a directory, or what is behind commands. */
final class ArchiveGroup {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int MEGABYTE_BITS = 20;
  private static final int MAX_TRANSFERS = 64;

  /** Stands for the archive that the server itself fills; a directory of this name is ./server. */
  private static final Path SERVER = Path.of("server");

  @Option(
      names = {"-A", "--archive"},
      paramLabel = "DIR",
      description =
          "Directory of the WAL archive. For a backup, server stands for the one that the server's"
              + " own archiver fills; --restore-command then fetches from it.",
      order = 10)
  @Nullable Path directory;

  @Option(
      names = "--restore-command",
      paramLabel = "COMMAND",
      description =
          "Fetches a file from the archive, as the server's restore_command does: %%f is its name,"
              + " %%p where to put it. Instead of --archive; a restored server is given it, too.",
      order = 401)
  @Nullable String restoreCommand;

  @Option(
      names = "--archive-command",
      paramLabel = "COMMAND",
      description =
          "Puts a file into the archive, as the server's archive_command does: %%p is its path, %%f"
              + " its name.",
      order = 402)
  @Nullable String archiveCommand;

  @Option(
      names = "--list-command",
      paramLabel = "COMMAND",
      description =
          "Prints the names of the files in the archive, one a line. Without it, backups are found"
              + " by their full id only.",
      order = 403)
  @Nullable String listCommand;

  @Option(
      names = "--delete-command",
      paramLabel = "COMMAND",
      description =
          "Removes file %%f from the archive. Without it, a backup that fails may leave segments,"
              + " which are no backup.",
      order = 404)
  @Nullable String deleteCommand;

  @Option(
      names = "--spool-dir",
      paramLabel = "DIR",
      description =
          "For files on their way to and from these commands (default: one of this user in the"
              + " system's temporary directory).",
      order = 405)
  @Nullable Path spool;

  @Option(
      names = "--spool-size",
      paramLabel = "MB",
      defaultValue = "" + (CommandSettings.DEFAULT_SPOOL >> MEGABYTE_BITS),
      description = "What these files may take (default: ${DEFAULT-VALUE}).",
      order = 406)
  int spoolMegabytes;

  @Option(
      names = "--command-timeout",
      paramLabel = "SECONDS",
      defaultValue = "" + CommandSettings.DEFAULT_TIMEOUT,
      description = "How long one run of a command may take (default: ${DEFAULT-VALUE}).",
      order = 407)
  int timeout;

  @Option(
      names = "--command-tries",
      paramLabel = "N",
      defaultValue = "" + CommandSettings.DEFAULT_TRIES,
      description =
          "How often a command is run that fails with exit status 1 to 125 or takes too long"
              + " (default: ${DEFAULT-VALUE}).",
      order = 408)
  int tries;

  @Option(
      names = "--transfers",
      paramLabel = "N",
      defaultValue = "" + CommandSettings.DEFAULT_TRANSFERS,
      description = "How many commands run side by side (default: ${DEFAULT-VALUE}).",
      order = 409)
  int transfers;

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  /** Whether the user has said where the archive is. */
  boolean isGiven() {
    return directory != null || restoreCommand != null;
  }

  /** Whether the user has said so on the command line. */
  boolean isOnCommandLine() {
    return Stream.of("--archive", "--restore-command")
        .anyMatch(option -> level(option) == Level.COMMAND_LINE);
  }

  /**
   * A directory and the commands of another archive exclude each other: what is said nearer to the
   * user displaces what a configuration says. The archiver of the server goes with commands.
   */
  private void displace() {
    Level commands =
        Stream.of("--restore-command", "--archive-command", "--list-command", "--delete-command")
            .map(this::level)
            .max(Comparator.naturalOrder())
            .orElseThrow();
    Level place = level("--archive");
    if (directory == null || directory.equals(SERVER) || place == commands) {
      return;
    } else if (place.compareTo(commands) < 0) {
      directory = null;
      return;
    }
    restoreCommand = null;
    archiveCommand = null;
    listCommand = null;
    deleteCommand = null;
  }

  private Level level(String option) {
    return ConfiguredDefaults.level(command, option);
  }

  /** Opens the archive, for reading. */
  Archive open(Monitor monitor) throws IOException {
    return place(false).open("read", monitor);
  }

  /**
   * Where the archive is.
   *
   * @param restoring whether a restore command may be given for the restored server alone
   */
  ArchivePlace place(boolean restoring) {
    displace();
    if (directory != null) {
      require(
          (restoreCommand == null || restoring)
              && archiveCommand == null
              && listCommand == null
              && deleteCommand == null,
          "--archive and the commands of another archive exclude each other");
      return new ArchivePlace.Directory(directory);
    }
    require(
        restoreCommand != null,
        "missing required option: '--archive=DIR' or '--restore-command=COMMAND'");
    return new ArchivePlace.Commands(settings());
  }

  /** The same for a backup, for which the server's archiver may fill the archive. */
  ArchivePlace placeOrServer() {
    displace();
    if (directory == null || !directory.equals(SERVER)) {
      return place(false);
    }
    require(archiveCommand == null, "--archive=server and --archive-command exclude each other");
    return new ArchivePlace.Server(
        restoreCommand == null ? Optional.empty() : Optional.of(settings()));
  }

  private CommandSettings settings() {
    require(spoolMegabytes > 0, "--spool-size must be positive");
    require(timeout > 0, "--command-timeout must be positive");
    require(tries > 0, "--command-tries must be positive");
    require(
        transfers >= 1 && transfers <= MAX_TRANSFERS,
        "--transfers must be from 1 to " + MAX_TRANSFERS);
    return new CommandSettings(
        template(Kind.ARCHIVE, archiveCommand),
        template(Kind.RESTORE, restoreCommand).orElseThrow(),
        template(Kind.LIST, listCommand),
        template(Kind.DELETE, deleteCommand),
        Optional.ofNullable(spool),
        (long) spoolMegabytes << MEGABYTE_BITS,
        Duration.ofSeconds(timeout),
        tries,
        FIRST_PAUSE,
        transfers);
  }

  private Optional<CommandTemplate> template(Kind kind, @Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new CommandTemplate(kind, text));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
