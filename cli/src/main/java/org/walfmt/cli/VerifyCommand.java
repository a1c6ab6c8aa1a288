package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.RefusedException;
import org.walfmt.WalFormatException;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.replayer.Verifier;
import org.walfmt.replayer.VerifyOptions;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt verify}. */
@Command(
    name = "verify",
    header = "Check every byte of a backup and of those it builds on.",
    description = {
      "Reads the series and checks all that can be checked: records, links, page checksums, files,"
          + " the inventory, and that the WAL is there which the backup needs. Nothing is written.",
      "",
      "Findings go to standard output, one a line; the exit status is 3 if there are any."
    },
    customSynopsis = {"walfmt verify -A DIR [OPTIONS] [ID]", "       walfmt verify -A DIR --all"},
    footer = {
      "  walfmt verify -A /archive",
      "  walfmt verify -A /archive --all -P --json",
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ID",
      description = "A backup's id, its first 8 digits, or latest, which is the default.")
  @Nullable String backup;

  @Option(
      names = "--all",
      description = "Verify all backups in the archive, each as part of its chain.",
      order = 1)
  boolean all;

  @Option(
      names = "--no-chain",
      description = "Verify this backup alone, without those it builds on.",
      order = 2)
  boolean noChain;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description = "The external base backup under the chain, to be verified with it.",
      order = 3)
  @Nullable Path base;

  @Option(
      names = "--no-wal-check",
      description = "Do not demand that the WAL which the backup needs is in the archive.",
      order = 4)
  boolean noWalCheck;

  @Option(
      names = "--max-findings",
      paramLabel = "N",
      defaultValue = "" + VerifyOptions.DEFAULT_FINDINGS,
      description = "Stop after this many findings (default: ${DEFAULT-VALUE}).",
      order = 5)
  int maxFindings;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    checkUsage();
    VerifyResult result = new VerifyResult();
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      if (all) {
        verifyAll(opened, result, monitor);
      } else {
        String wanted = backup == null ? BackupChoice.LATEST : backup;
        result.add(new Verifier().verify(options(opened, wanted), monitor));
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      result.printJson(out);
    } else {
      result.print(out);
    }
    out.flush();
    if (result.isSound()) {
      return ExitStatus.DONE;
    }
    long findings = result.findings();
    new Messages(spec.commandLine().getErr())
        .error("verification failed: " + (findings == 1 ? "1 finding" : findings + " findings"));
    return result.status();
  }

  /** Every chain from its newest member; what cannot even be begun is a finding, too. */
  private void verifyAll(Archive opened, VerifyResult result, Progress monitor) throws IOException {
    List<BackupCatalog.Entry> entries = new BackupCatalog(opened).list();
    for (BackupId last : newestMembers(entries)) {
      try {
        result.add(new Verifier().verify(options(opened, last.text()), monitor));
      } catch (WalFormatException | RefusedException e) {
        result.add(last, e);
      }
    }
  }

  private static List<BackupId> newestMembers(List<BackupCatalog.Entry> entries) {
    Set<BackupId> parents = new HashSet<>();
    for (BackupCatalog.Entry entry : entries) {
      entry.summary().flatMap(CommitFile.Summary::parent).ifPresent(parents::add);
    }
    List<BackupId> newest = new ArrayList<>();
    for (BackupCatalog.Entry entry : entries) {
      if (!parents.contains(entry.id())) {
        newest.add(entry.id());
      }
    }
    return newest;
  }

  private VerifyOptions options(Archive opened, String wanted) {
    return new VerifyOptions(
        opened, wanted, !noChain, Optional.ofNullable(base), !noWalCheck, maxFindings);
  }

  private void checkUsage() {
    require(!all || backup == null, "--all excludes the id of a backup");
    require(!all || !noChain, "--all and --no-chain exclude each other");
    require(base == null || !noChain, "--base and --no-chain exclude each other");
    require(maxFindings > 0, "--max-findings must be positive");
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
