package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.retention.Expiry;
import org.walfmt.retention.ExpiryPlan;
import org.walfmt.retention.ExpiryPlanner;
import org.walfmt.retention.RetentionPolicy;
import org.walfmt.retention.Stock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walfmt expire}. */
@Command(
    name = "expire",
    header = "Remove backups that are no longer needed from an archive.",
    description = {
      "Shows which backups would go, and why; with --confirm they do. What stays can be restored:"
          + " no backup goes that another one which stays builds on, directly or through a merged"
          + " backup that stands for its parent. The parent of a backup that is just being taken"
          + " stays, too.",
      "",
      "--keep-full counts complete full backups without damaged pages, of each cluster by itself and"
          + " along its timelines; chains on external base backups are counted among themselves."
          + " --keep-days keeps what it takes to restore to any time in the last days. With both,"
          + " what either keeps stays. Backups whose commit cannot be read stay.",
      "",
      "--merged removes those that a merged backup stands for, and which the last days do not need;"
          + " alone, nothing else. The merged one has the state of the newest of them: what goes is"
          + " the way to restore to a point in time before it.",
      "",
      "Segments of backups that were interrupted, or whose removal was, go with the next run."
    },
    customSynopsis = {
      "walfmt expire -A DIR --keep-full N [--confirm] [OPTIONS]",
      "       walfmt expire -A DIR --keep-days D [--confirm] [OPTIONS]",
      "       walfmt expire -A DIR --merged [--confirm] [OPTIONS]"
    },
    footer = {
      "  walfmt expire -A /archive --keep-full 2",
      "  walfmt expire -A /archive --keep-days 14 --prune-wal --confirm",
      "  walfmt expire -A /archive --merged --confirm"
    })
final class ExpireCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Option(
      names = "--keep-full",
      paramLabel = "N",
      description = "Keep the newest N full backups and all that builds on them.",
      order = 20)
  @Nullable Integer keepFull;

  @Option(
      names = "--keep-days",
      paramLabel = "D",
      description = "Keep what it takes to restore to any time in the last D days.",
      order = 21)
  @Nullable Integer keepDays;

  @Option(
      names = "--merged",
      description = "Remove what a merged backup stands for, too.",
      order = 22)
  boolean merged;

  @Option(
      names = "--prune-wal",
      fallbackValue = "true",
      description =
          "Remove ordinary WAL, too, that lies before the start of all backups which remain. Base"
              + " backups of other tools may still need it.",
      order = 23)
  boolean pruneWal;

  @Option(
      names = "--confirm",
      description = "Remove the files. Without it, nothing is changed.",
      order = 24)
  boolean confirm;

  @Mixin JsonOption json;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    RetentionPolicy policy = policy();
    try (Progress monitor = Progress.of(false, spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      return expire(opened, policy);
    }
  }

  private int expire(Archive opened, RetentionPolicy policy) throws IOException {
    String host = RunLock.host();
    Clock clock = Clock.systemUTC();
    Stock stock = Stock.read(opened, host, clock.instant());
    ExpiryPlan plan = ExpiryPlanner.plan(stock, policy, pruneWal);
    ExpireResult result = new ExpireResult(opened.description(), stock.backups(), plan, confirm);
    PrintWriter out = spec.commandLine().getOut();
    Messages messages = new Messages(spec.commandLine().getErr());
    if (!json.json) {
      result.print(out, standard.verbose);
      out.flush();
    }
    plan.wal()
        .flatMap(ExpiryPlan.WalPruning::obstacle)
        .ifPresent(obstacle -> messages.warning("no WAL goes: " + obstacle));
    if (confirm) {
      new Expiry(opened, host, clock, messages::info).execute(plan);
    } else if (plan.files() > 0) {
      messages.info("nothing was removed; --confirm does it");
    }
    if (json.json) {
      result.printJson(out);
    }
    return ExitStatus.DONE;
  }

  private RetentionPolicy policy() {
    require(
        keepFull != null || keepDays != null || merged,
        "--keep-full, --keep-days or --merged is needed");
    require(keepFull == null || keepFull > 0, "--keep-full must be positive");
    require(keepDays == null || keepDays > 0, "--keep-days must be positive");
    return new RetentionPolicy(
        keepFull == null ? OptionalInt.empty() : OptionalInt.of(keepFull),
        Optional.ofNullable(keepDays).map(Duration::ofDays),
        merged);
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
