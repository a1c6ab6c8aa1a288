package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Table;
import org.walfmt.cli.print.Text;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code walfmt list}. */
@Command(
    name = "list",
    header = "List the backups in an archive.",
    description = {
      "Prints one line a backup, oldest first by start LSN. Only the commits are read, and the"
          + " names of the segments: \"walfmt verify\" looks into them.",
      "",
      "Status is complete; incomplete, if a segment of it or of a parent is missing or cut; damaged, if pages of the"
          + " database were damaged when the backup was taken; or unreadable, if the commit itself"
          + " is damaged or of a newer walfmt. Times are UTC."
    },
    customSynopsis = "walfmt list -A DIR [--json]",
    footer = {"  walfmt list -A /archive", "  walfmt list -A /archive --json"})
final class ListCommand implements Callable<Integer> {
  private static final int SHORT_DIGEST = 8;

  @Mixin StandardOptions standard;
  @Mixin ArchiveGroup archive;
  @Mixin JsonOption json;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    try (Progress monitor = Progress.of(false, spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      return list(opened);
    }
  }

  private int list(Archive opened) throws IOException {
    List<BackupCatalog.Entry> backups = new BackupCatalog(opened).list();
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      printJson(out, opened, backups);
    } else if (backups.isEmpty()) {
      new Messages(spec.commandLine().getErr())
          .info("no backups in archive \"" + opened.description() + "\"");
    } else {
      printTable(out, backups);
    }
    return ExitStatus.DONE;
  }

  private static void printTable(PrintWriter out, List<BackupCatalog.Entry> backups) {
    Table table =
        new Table(
            "ID",
            "KIND",
            "START TIME",
            "START LSN",
            "STOP LSN",
            "TLI",
            "SEGMENTS",
            "SIZE",
            "PARENT",
            "STATUS",
            "LABEL");
    Map<BackupId, BackupState> states = BackupState.of(backups);
    for (BackupCatalog.Entry entry : backups) {
      String state = Objects.requireNonNull(states.get(entry.id())).toString();
      if (entry.summary().isPresent()) {
        row(table, entry.summary().get(), state);
      } else {
        String unknown = "-";
        table.row(
            entry.id().text(),
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            state,
            "");
      }
    }
    table.print(out);
  }

  private static void row(Table table, CommitFile.Summary commit, String state) {
    table.row(
        commit.id().text(),
        BackupJson.kind(commit),
        Text.time(commit.startTime()),
        commit.startLsn().toString(),
        commit.stopLsn().toString(),
        commit.startTimeline().toString(),
        Long.toString(commit.segments()),
        Text.megabytes(BackupJson.bytes(commit)),
        parent(commit),
        state,
        commit.label());
  }

  /** The parent's series timeline, which is enough of a name, or the start of its digest. */
  private static String parent(CommitFile.Summary commit) {
    if (commit.manifest().isPresent()) {
      String digest = commit.manifest().get();
      return "manifest " + digest.substring(0, Math.min(SHORT_DIGEST, digest.length()));
    }
    return commit.parent().map(BackupId::timeline).map(t -> t.toHex()).orElse("-");
  }

  private static void printJson(PrintWriter out, Archive archive, List<BackupCatalog.Entry> backups)
      throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("archive", archive.description());
      json.writeArrayFieldStart("backups");
      Map<BackupId, BackupState> states = BackupState.of(backups);
      for (BackupCatalog.Entry entry : backups) {
        json.writeStartObject();
        BackupJson.fields(json, entry, Objects.requireNonNull(states.get(entry.id())));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }
}
