package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Text;
import org.walfmt.replayer.Applier;
import org.walfmt.replayer.ApplyOptions;
import org.walfmt.replayer.ApplyReport;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walfmt apply}. */
@Command(
    name = "apply",
    header = "Bring a stopped standby, or a restore that was never started, forward in place.",
    description = {
      "Writes over the data directory what changed since, from the archive alone: so a standby that"
          + " was told \"requested WAL segment has already been removed\" is caught up without a new"
          + " copy of the cluster. Started again, it replays the WAL of the archive from the start"
          + " of the backup, and goes on streaming.",
      "",
      "The standby must have been shut down, and must lie on the history of the backup, not past its"
          + " end. Its configuration, signal files, logs and replication slots stay as they are.",
      "",
      "Until the last step the directory cannot be started. If walfmt is killed or fails on the way,"
          + " run it again: it finishes."
    },
    customSynopsis = "walfmt apply -A DIR -D DIR [OPTIONS]",
    footer = {
      "  pg_ctl -D /standby stop -m fast",
      "  walfmt apply -A /archive -D /standby --dry-run",
      "  walfmt apply -A /archive -D /standby -P",
      "  walfmt apply -A /archive -D /restored --to=8B1F1C40"
    })
final class ApplyCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Option(
      names = {"-D", "--pgdata"},
      paramLabel = "DIR",
      required = true,
      description = "The data directory to bring forward.",
      order = 1)
  Path target;

  @Option(
      names = "--to",
      paramLabel = "ID",
      defaultValue = BackupChoice.LATEST,
      description = "A backup's id, its first 8 digits, or latest, which is the default.",
      order = 2)
  String backup;

  @Option(
      names = {"-T", "--tablespace-mapping"},
      paramLabel = "OLDDIR=NEWDIR",
      converter = TablespaceMapping.Converter.class,
      description =
          "Put the tablespace of OLDDIR, which is new to the data directory, into NEWDIR; may be"
              + " given several times.",
      order = 3)
  List<TablespaceMapping> tablespaces = new ArrayList<>();

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description = "The external base backup under the chain, if something of it is needed.",
      order = 4)
  @Nullable Path base;

  @Option(
      names = "--whole",
      description =
          "Also where the data directory is older than the newest full backup: write all of that"
              + " over it.",
      order = 5)
  boolean whole;

  @Option(
      names = "--replace-config",
      description =
          "Take configuration, and all else that is not the server's own, from the backup, with the"
              + " restore_command of --restore-command, or one that copies from the archive"
              + " directory. A signal file stays.",
      order = 6)
  boolean replaceConfiguration;

  @Option(
      names = {"-R", "--primary-conninfo"},
      paramLabel = "CONNINFO",
      description = "With --replace-config, the standby's primary_conninfo.",
      order = 8)
  @Nullable String primaryConninfo;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Only tell what would change; touch nothing.",
      order = 9)
  boolean dryRun;

  @Option(
      names = "--no-wal-check",
      description = "Do not demand that the WAL which the backup needs is in the archive.",
      order = 10)
  boolean noWalCheck;

  @Option(
      names = {"-N", "--no-sync"},
      description = "Do not wait until everything is safely on disk.",
      order = 11)
  boolean noSync;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ApplyReport report;
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened = archive.place(replaceConfiguration).open("read", monitor)) {
      report = new Applier().apply(options(opened), monitor);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      printJson(out, report);
    } else {
      print(out, report);
    }
    return ExitStatus.DONE;
  }

  ApplyOptions options(Archive opened) {
    if (primaryConninfo != null && !replaceConfiguration) {
      throw new ParameterException(spec.commandLine(), "--primary-conninfo needs --replace-config");
    }
    ApplyOptions options =
        ApplyOptions.of(opened, target)
            .backup(backup)
            .whole(whole)
            .walCheck(!noWalCheck)
            .sync(!noSync)
            .dryRun(dryRun);
    if (base != null) {
      options = options.base(base);
    }
    for (TablespaceMapping mapping : tablespaces) {
      options = options.mapTablespace(mapping.from(), mapping.to());
    }
    return replaceConfiguration ? options.replaceConfiguration(recovery()) : options;
  }

  private RecoverySettings recovery() {
    return new RecoverySettings(
        RecoverySettings.Mode.RECOVERY,
        Optional.ofNullable(archive.restoreCommand),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(primaryConninfo),
        Optional.empty());
  }

  private static void print(PrintWriter out, ApplyReport report) {
    Facts facts = new Facts(out);
    if (report.members().isEmpty()) {
      facts.line("Nothing to apply", report.backup());
      facts.line("Data directory", report.target());
      facts.line("Redo LSN", report.fromLsn());
      return;
    }
    facts.line(report.dryRun() ? "Would apply" : "Applied", report.backup());
    facts.line("Data directory", report.target());
    facts.line("PostgreSQL", report.version());
    facts.line(
        "Merged", report.members().size() == 1 ? "1 backup" : report.members().size() + " backups");
    facts.line("Redo LSN before", report.fromLsn());
    facts.line("Blocks changed", report.blocks());
    facts.line("Files changed", report.files() + " (" + Text.size(report.bytes()) + ")");
    facts.line("Removed", report.removed());
    if (report.fetched() > 0) {
      facts.line("From older backups", report.fetched());
    }
    facts.line("Start LSN", report.startLsn());
    facts.line("Consistent at", report.stopLsn() + ", timeline " + report.stopTimeline());
    facts.line("Time", String.format(Locale.ROOT, "%.1f s", report.seconds()));
  }

  private static void printJson(PrintWriter out, ApplyReport report) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("backup", report.backup().text());
      json.writeArrayFieldStart("members");
      for (BackupId member : report.members()) {
        json.writeString(member.text());
      }
      json.writeEndArray();
      json.writeStringField("target", report.target().toString());
      json.writeNumberField("postgres", report.version().major());
      json.writeStringField("from_lsn", report.fromLsn().toString());
      json.writeStringField("start_lsn", report.startLsn().toString());
      json.writeStringField("stop_lsn", report.stopLsn().toString());
      json.writeNumberField("stop_timeline", report.stopTimeline().number());
      json.writeNumberField("blocks", report.blocks());
      json.writeNumberField("files", report.files());
      json.writeNumberField("bytes", report.bytes());
      json.writeNumberField("removed", report.removed());
      json.writeNumberField("fetched", report.fetched());
      json.writeBooleanField("resumed", report.resumed());
      json.writeBooleanField("dry_run", report.dryRun());
      json.writeNumberField("seconds", report.seconds());
      json.writeEndObject();
    }
    out.println();
  }
}
