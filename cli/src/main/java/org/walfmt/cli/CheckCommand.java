package org.walfmt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.image.ImageCompression;
import org.walfmt.writer.BackupOptions;
import org.walfmt.writer.Checker;
import org.walfmt.writer.changes.ChangeSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walfmt check}. */
@Command(
    name = "check",
    header = "Look whether backups can be taken with a configuration.",
    description = {
      "Goes through all that a backup needs, with the options of walfmt backup: the connection, the"
          + " role's privileges, the server's settings, whether the data directory is the server's,"
          + " whether its archiver works, whether a file gets into the archive and out again, the"
          + " WAL since the newest backup, room, clocks. One line each: ok, warning or error, with a"
          + " hint how to mend it. What fails does not end the rest.",
      "",
      "The file that goes into the archive, FFFFFFFF0000000000000001.00000029.backup for one, is"
          + " removed where that can be done. Else it stays, small and always the same. Nothing else"
          + " is changed. The exit status is 8 if there is an error, 0 if there are warnings alone."
    },
    customSynopsis = {
      "walfmt check -A DIR [-D DIR] [OPTIONS]",
      "       walfmt check --archive-command=COMMAND --restore-command=COMMAND [OPTIONS]",
      "       walfmt check -A server [--restore-command=COMMAND] [OPTIONS]"
    },
    footer = {"  walfmt check -A /archive", "  walfmt check --config=/etc/walfmt.conf --json"})
final class CheckCommand implements Callable<Integer> {
  @Option(
      names = {"-D", "--pgdata"},
      paramLabel = "DIR",
      description = "The server's data directory; if not given, the server is asked for it.",
      order = 1)
  @Nullable Path dataDirectory;

  @Mixin ArchiveGroup archive;

  @Option(
      names = "--wal",
      paramLabel = "wait|copy",
      defaultValue = "wait",
      description =
          "How the WAL that a backup needs gets into the archive (default: ${DEFAULT-VALUE}).",
      order = 17)
  BackupCommand.Wal wal;

  @Option(
      names = "--wal-timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "How long to wait for the server's archiver, with --archive=server (default:"
              + " ${DEFAULT-VALUE}).",
      order = 18)
  int walTimeout;

  @Mixin ConnectionGroup connection;
  @Mixin JsonOption json;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    CheckResult result = new CheckResult(spec.commandLine().getOut(), json.json);
    new Checker(options(), Clock.systemUTC(), new SecureRandom(), result).run();
    return result.finish();
  }

  private BackupOptions options() {
    if (walTimeout < 0) {
      throw new ParameterException(spec.commandLine(), "--wal-timeout must not be negative");
    }
    return new BackupOptions(
        connection.options(),
        ConnectionGroup.prompt(),
        Optional.ofNullable(dataDirectory),
        archive.placeOrServer(),
        "walfmt check",
        Optional.empty(),
        ChangeSource.AUTO,
        Optional.empty(),
        false,
        0,
        1,
        wal == BackupCommand.Wal.COPY,
        Duration.ofSeconds(walTimeout),
        ImageCompression.NONE,
        false,
        Version.number());
  }
}
