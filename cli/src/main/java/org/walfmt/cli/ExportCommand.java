package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.BinaryOutput;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Terminal;
import org.walfmt.replayer.ExportOptions;
import org.walfmt.replayer.ExportReport;
import org.walfmt.replayer.Exporter;
import org.walfmt.series.BackupChoice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt export}. */
@Command(
    name = "export",
    header = "Write a backup in the layout of PostgreSQL's own backups.",
    description = {
      "A full backup becomes a plain base backup, an incremental one of PostgreSQL 17 or later what"
          + " pg_basebackup --incremental writes, for pg_combinebackup together with what it builds"
          + " on: export each backup of the chain, the oldest first on the command line of"
          + " pg_combinebackup.",
      "",
      "Unlike what a restore makes, it has the WAL it needs in its pg_wal, and no recovery settings."
    },
    customSynopsis = {
      "walfmt export -A DIR -D DIR [OPTIONS] [ID]",
      "       walfmt export -A DIR --tar [OPTIONS] [ID]"
    },
    footer = {
      "  walfmt export -A /archive -D /export/full 8B1F0A2C",
      "  walfmt export -A /archive -D /export/incr 8B1F1C40",
      "  pg_combinebackup /export/full /export/incr -o /data",
      "  walfmt export -A /archive --tar 8B1F0A2C | zstd > backup.tar.zst"
    })
final class ExportCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ID",
      defaultValue = BackupChoice.LATEST,
      description = "A backup's id, its first 8 digits, or latest, which is the default.")
  String backup;

  @Option(
      names = {"-D", "--pgdata"},
      paramLabel = "DIR",
      description = "The directory to make; new or empty.",
      order = 1)
  @Nullable Path target;

  @Option(
      names = "--tar",
      description = "Write one tar to standard output; not for backups with tablespaces.",
      order = 2)
  boolean tar;

  @Option(
      names = {"-T", "--tablespace-mapping"},
      paramLabel = "OLDDIR=NEWDIR",
      converter = TablespaceMapping.Converter.class,
      description = "Put the tablespace of OLDDIR into NEWDIR; may be given several times.",
      order = 3)
  List<TablespaceMapping> tablespaces = new ArrayList<>();

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description = "The external base backup under the chain.",
      order = 4)
  @Nullable Path base;

  @Option(
      names = "--no-wal",
      description = "Leave out the WAL that the backup needs; it need not even be in the archive.",
      order = 5)
  boolean noWal;

  @Option(
      names = {"-n", "--no-clean"},
      description = "Leave what a failed export made.",
      order = 6)
  boolean noClean;

  @Option(
      names = {"-N", "--no-sync"},
      description = "Do not wait until everything is safely on disk.",
      order = 7)
  boolean noSync;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ExportReport report;
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      ExportOptions options =
          new ExportOptions(opened, backup, Optional.ofNullable(base), !noWal, output());
      report = new Exporter(Clock.systemUTC()).export(options, monitor);
    }
    if (!tar) {
      PrintWriter out = spec.commandLine().getOut();
      if (json.json) {
        printJson(out, report);
      } else {
        print(out, report);
      }
    }
    return ExitStatus.DONE;
  }

  private ExportOptions.Output output() {
    require(tar != (target != null), "give either --pgdata or --tar");
    if (target == null) {
      require(!json.json, "--json and --tar both need standard output");
      require(tablespaces.isEmpty(), "--tablespace-mapping belongs to --pgdata");
      require(!Terminal.showsOutput(), "a tar is not shown on a terminal");
      return new ExportOptions.Output.Tar(new BinaryOutput());
    }
    Map<Path, Path> mapping = new LinkedHashMap<>();
    for (TablespaceMapping each : tablespaces) {
      mapping.put(each.from(), each.to());
    }
    return new ExportOptions.Output.Directory(target, mapping, !noSync, !noClean);
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private void print(PrintWriter out, ExportReport report) {
    Facts facts = new Facts(out);
    facts.line("Exported", report.backup());
    facts.line("Directory", String.valueOf(target));
    facts.line("PostgreSQL", report.version());
    report
        .from()
        .ifPresent(
            from -> facts.line("Incremental from", from.lsn() + ", timeline " + from.timeline()));
    facts.line("Blocks", report.blocks());
    facts.line("Files", report.files() + ", " + report.incrementalFiles() + " incremental");
    facts.line("Start LSN", report.startLsn());
    facts.line("Consistent at", report.stopLsn());
    facts.line("Time", String.format(Locale.ROOT, "%.1f s", report.seconds()));
  }

  private void printJson(PrintWriter out, ExportReport report) throws IOException {
    try (JsonGenerator generator = JsonOutput.pretty(out)) {
      generator.writeStartObject();
      generator.writeStringField("backup", report.backup().text());
      generator.writeStringField("target", String.valueOf(target));
      generator.writeNumberField("postgres", report.version().major());
      if (report.from().isPresent()) {
        generator.writeStringField("incremental_from_lsn", report.from().get().lsn().toString());
        generator.writeNumberField("incremental_from_tli", report.from().get().timeline().number());
      }
      generator.writeStringField("start_lsn", report.startLsn().toString());
      generator.writeStringField("stop_lsn", report.stopLsn().toString());
      generator.writeNumberField("blocks", report.blocks());
      generator.writeNumberField("files", report.files());
      generator.writeNumberField("incremental_files", report.incrementalFiles());
      generator.writeNumberField("seconds", report.seconds());
      generator.writeEndObject();
    }
    out.println();
  }
}
