package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Progress;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Series;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt show}. */
@Command(
    name = "show",
    header = "Show all that a backup tells about itself.",
    description = {
      "Prints what the commit and the notes of a backup say, what its inventory counts, and the"
          + " chain of backups that it needs. The blocks are not read: see \"walfmt verify\".",
      "Times are UTC."
    },
    customSynopsis = "walfmt show -A DIR [--json] [ID]",
    footer = {"  walfmt show -A /archive", "  walfmt show -A /archive 8B1F0A2C --json"})
final class ShowCommand implements Callable<Integer> {
  @Mixin StandardOptions standard;
  @Mixin ArchiveGroup archive;
  @Mixin JsonOption json;
  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ID",
      defaultValue = BackupChoice.LATEST,
      description = "A backup's id, its first 8 digits, or latest, which is the default.")
  String backup;

  @Override
  public Integer call() throws IOException {
    try (Progress monitor = Progress.of(false, spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      return show(opened, new BackupChoice(opened).find(backup, monitor));
    }
  }

  private int show(Archive opened, CommitFile.Summary commit) throws IOException {
    List<BackupCatalog.Entry> all = new BackupCatalog(opened).listFor(commit.id());
    BackupCatalog.Entry entry =
        all.stream().filter(each -> each.id().equals(commit.id())).findFirst().orElseThrow();
    BackupState state = Objects.requireNonNull(BackupState.of(all).get(entry.id()));
    Optional<Series> series =
        entry.isComplete()
            ? Optional.of(Series.open(opened, entry.summary().orElseThrow()))
            : Optional.empty();
    Optional<InventoryCounts> counts =
        series.isPresent() ? Optional.of(InventoryCounts.of(series.get())) : Optional.empty();
    BackupChain chain = BackupChain.of(entry, all);
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      printJson(out, entry, state, series, counts, chain);
    } else {
      new ShowText(out).print(entry.summary().orElseThrow(), state, series, counts, chain);
    }
    out.flush();
    if (state.word().equals("incomplete")) {
      throw new RefusedException(
          RefusedException.Reason.INCOMPLETE,
          "backup " + entry.id() + " is incomplete",
          state.reason().orElse(""),
          "");
    }
    return ExitStatus.DONE;
  }

  private static void printJson(
      PrintWriter out,
      BackupCatalog.Entry entry,
      BackupState state,
      Optional<Series> series,
      Optional<InventoryCounts> counts,
      BackupChain chain)
      throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      BackupJson.fields(json, entry, state);
      if (series.isPresent()) {
        ShowJson.series(json, series.get());
      }
      if (counts.isPresent()) {
        ShowJson.inventory(json, counts.get());
      }
      ShowJson.chain(json, chain);
      json.writeEndObject();
    }
    out.println();
  }
}
