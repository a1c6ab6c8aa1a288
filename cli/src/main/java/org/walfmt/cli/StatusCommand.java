package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.cli.print.Progress;
import org.walfmt.health.ArchiveHealth;
import org.walfmt.series.BackupId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code walfmt status}. */
@Command(
    name = "status",
    header = "Tell how an archive is, for people and for monitoring.",
    description = {
      "Reads the commits and the names in an archive; no server is asked. Tells the newest backup"
          + " that can be restored, how old it and the newest full one are, how long its chain is,"
          + " how far the WAL since it goes without a gap, which backups are running, and which are"
          + " damaged or incomplete. Behind commands it needs --list-command.",
      "",
      "The first line and the exit status are those of a monitoring plugin (Nagios, Icinga, and what"
          + " understands them). Without a threshold, no age is wrong; always CRITICAL are an archive"
          + " from which nothing can be restored and missing WAL, always WARNING backups that are"
          + " incomplete or unreadable, and damaged pages in the newest one's chain. An age counts"
          + " from the backup's end.",
      "",
      "A threshold is CRITICAL, or WARNING,CRITICAL: what exceeds it is that."
    },
    customSynopsis = "walfmt status -A DIR [--max-age=AGE] [--max-age-full=AGE] [OPTIONS]",
    footer = {
      "  walfmt status -A /archive --max-age=26h,50h --max-age-full=8d",
      "  walfmt status --restore-command='cp /archive/%%f %%p' --list-command='ls /archive' --json"
    },
    exitCodeList = {
      "0:OK",
      "1:WARNING",
      "2:CRITICAL",
      "3:UNKNOWN: wrong usage, or the archive cannot be read",
      "130:interrupted"
    })
final class StatusCommand implements Callable<Integer> {
  /** Exit status if nothing could be found out, whatever the reason. */
  static final int UNKNOWN = PluginState.UNKNOWN.exitStatus();

  @Mixin ArchiveGroup archive;

  @Option(
      names = "--max-age",
      paramLabel = "AGE",
      converter = Threshold.OfTime.class,
      description =
          "How old the newest backup may be: a number with s, min, h or d, or two such with a comma"
              + " between.",
      order = 20)
  @Nullable Threshold maxAge;

  @Option(
      names = "--max-age-full",
      paramLabel = "AGE",
      converter = Threshold.OfTime.class,
      description = "How old the newest full backup may be.",
      order = 21)
  @Nullable Threshold maxAgeFull;

  @Option(
      names = "--max-chain",
      paramLabel = "N",
      converter = Threshold.OfCount.class,
      description = "How many backups the newest one's chain may have.",
      order = 22)
  @Nullable Threshold maxChain;

  @Mixin JsonOption json;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  /** Whether these arguments of walfmt are for this command. */
  static boolean isCalled(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--config") || arguments[i].equals("--cluster")) {
        i++; // the option's value
      } else if (!arguments[i].startsWith("-")) {
        return arguments[i].equals("status");
      }
    }
    return false;
  }

  @Override
  public Integer call() throws IOException {
    try (Progress monitor = Progress.of(false, spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      return status(opened, Clock.systemUTC().instant());
    } catch (IOException | UncheckedIOException e) {
      if (!Thread.currentThread().isInterrupted() && !json.json) {
        spec.commandLine().getOut().println(StatusResult.unknown(Failure.of(e).message()));
        spec.commandLine().getOut().flush();
      }
      throw e;
    }
  }

  private int status(Archive opened, Instant now) throws IOException {
    ArchiveHealth health = ArchiveHealth.read(opened, RunLock.host(), now);
    Map<BackupId, BackupState> states = BackupState.of(health.stock().backups());
    StatusVerdict.Limits limits =
        new StatusVerdict.Limits(
            Optional.ofNullable(maxAge),
            Optional.ofNullable(maxAgeFull),
            Optional.ofNullable(maxChain));
    StatusVerdict verdict = StatusVerdict.of(health, states, limits, now);
    StatusResult result =
        new StatusResult(opened.description(), health, states, verdict, limits, now);
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      result.printJson(out);
    } else {
      result.print(out);
    }
    return verdict.state().exitStatus();
  }
}
