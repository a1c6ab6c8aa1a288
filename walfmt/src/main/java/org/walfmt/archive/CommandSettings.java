package org.walfmt.archive;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * An archive behind commands.
 *
 * @param archive stores a file; empty if nothing is to be stored
 * @param restore fetches a file
 * @param list empty if the archive can only be asked by name
 * @param delete empty if nothing can be taken out again
 * @param spool directory for files on their way; empty for one in the system's temporary directory
 * @param spoolBytes what the files on their way may take, as far as work can go on with that
 * @param timeout for one run of a command
 * @param tries how often a command is run until it succeeds
 * @param pause after the first failure; each next one is twice as long, up to {@link #MAX_PAUSE}
 * @param transfers commands that run side by side
 */
public record CommandSettings(
    Optional<CommandTemplate> archive,
    CommandTemplate restore,
    Optional<CommandTemplate> list,
    Optional<CommandTemplate> delete,
    Optional<Path> spool,
    long spoolBytes,
    Duration timeout,
    int tries,
    Duration pause,
    int transfers) {
  /** What the files on their way take by default. */
  public static final long DEFAULT_SPOOL = 512L << 20;

  /** How long a command may take by default, in seconds. */
  public static final int DEFAULT_TIMEOUT = 600;

  /** How often a command is run by default. */
  public static final int DEFAULT_TRIES = 5;

  /** How many run side by side by default. */
  public static final int DEFAULT_TRANSFERS = 4;

  /** The longest pause between two tries. */
  static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  /** Fetching alone, with everything else as by default. */
  public static CommandSettings of(CommandTemplate restore) {
    return new CommandSettings(
        Optional.empty(),
        restore,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        DEFAULT_SPOOL,
        Duration.ofSeconds(DEFAULT_TIMEOUT),
        DEFAULT_TRIES,
        Duration.ofSeconds(1),
        DEFAULT_TRANSFERS);
  }

  /** The same, but a command that fails is not run again. */
  public CommandSettings withoutRetries() {
    return new CommandSettings(
        archive, restore, list, delete, spool, spoolBytes, timeout, 1, pause, transfers);
  }

  /** What tells this archive from another one that uses the same spool. */
  String identity() {
    return restore.text();
  }
}
