package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.cli.print.Messages;
import org.walfmt.segment.StreamIdentity;
import org.walfmt.series.BackupCatalog;
import org.walfmt.summary.SummaryName;
import org.walfmt.writer.summaries.SummaryDirectory;
import org.walfmt.writer.summaries.SummaryPruning;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walfmt summaries}. */
@Command(
    name = "summaries",
    header = "Show what WAL is summed up, or remove summaries that nobody needs.",
    description = {
      "Prints one line for each range of WAL that is summed up without a gap, and one for each gap"
          + " between two ranges of a timeline. A server's own summaries, in pg_wal/summaries from"
          + " PostgreSQL 17 on, are shown as well.",
      "",
      "With --prune it removes summaries that meet all conditions given, and prints their names. The"
          + " last summary stays in any case: walfmt summarize goes on there. It may run meanwhile."
    },
    customSynopsis = {
      "walfmt summaries --summary-dir=DIR [--json]",
      "       walfmt summaries --summary-dir=DIR --prune [--older-than SPAN] [-A DIR] [-n]"
    },
    footer = {
      "  walfmt summaries --summary-dir=/summaries",
      "  walfmt summaries --summary-dir=/summaries --prune -A /archive --dry-run",
      "  walfmt summaries --summary-dir=/summaries --prune --older-than 30d"
    })
final class SummariesCommand implements Callable<Integer> {
  @Mixin SummaryDirectoryOption summaries;

  @Option(
      names = "--prune",
      description = "Remove summaries; needs --older-than, --archive or both.",
      order = 11)
  boolean prune;

  @Option(
      names = "--older-than",
      paramLabel = "SPAN",
      converter = DurationConverter.class,
      description = "Only files written longer ago: a number with s, min, h or d.",
      order = 12)
  @Nullable Duration olderThan;

  @Option(
      names = {"-A", "--archive"},
      paramLabel = "DIR",
      description =
          "Only those of WAL before the oldest backup in this archive: no incremental on any backup"
              + " there needs them.",
      order = 13)
  @Nullable Path archive;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Remove nothing, only print the names.",
      order = 14)
  boolean dryRun;

  @Mixin JsonOption json;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    checkUsage();
    SummaryDirectory directory = summaries.open();
    PrintWriter out = spec.commandLine().getOut();
    if (prune) {
      prune(directory, out);
      return ExitStatus.DONE;
    }
    SummariesResult result = SummariesResult.of(directory);
    if (json.json) {
      result.printJson(out);
    } else if (result.isEmpty()) {
      new Messages(spec.commandLine().getErr())
          .info("no summaries in directory \"" + directory.path() + "\"");
    } else {
      result.print(out);
    }
    return ExitStatus.DONE;
  }

  private void checkUsage() {
    boolean hasCondition = olderThan != null || archive != null;
    require(!prune || hasCondition, "option --prune needs --older-than or --archive");
    require(
        prune || !(hasCondition || dryRun), "--older-than, --archive and --dry-run need --prune");
    require(!prune || !json.json, "options --prune and --json exclude each other");
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private void prune(SummaryDirectory directory, PrintWriter out) throws IOException {
    StreamIdentity identity =
        directory
            .identity()
            .orElseThrow(
                () ->
                    new RefusedException(
                        RefusedException.Reason.MISMATCH,
                        "directory \"" + directory.path() + "\" is none of walfmt's own",
                        "",
                        "A server removes its summaries itself, by wal_summary_keep_time."));
    Optional<Lsn> endedBy = Optional.empty();
    if (archive != null) {
      BackupCatalog catalog = new BackupCatalog(new DirectoryArchive(archive, "read"));
      endedBy = Optional.of(SummaryPruning.oldestStart(catalog, identity));
    }
    Optional<Instant> before = Optional.ofNullable(olderThan).map(Instant.now()::minus);
    List<SummaryName> found = new SummaryPruning(before, endedBy).find(directory);
    for (SummaryName name : found) {
      if (!dryRun) {
        directory.remove(name);
      }
      out.println(name);
    }
  }
}
