package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.BinaryOutput;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Terminal;
import org.walfmt.cli.print.Text;
import org.walfmt.replayer.ExtractOptions;
import org.walfmt.replayer.ExtractReport;
import org.walfmt.replayer.Extractor;
import org.walfmt.replayer.extract.NewFiles;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt extract}. */
@Command(
    name = "extract",
    header = "Take one file, relation or block out of a backup.",
    description = {
      "Takes it out of the backup and those it builds on, byte by byte as a restore would write it,"
          + " and reads only the segments that it must.",
      "",
      "Relations are as they were read while the server wrote: only the replay of WAL that follows a"
          + " restore makes them consistent. The number of a relation's file is not the table's OID.",
      "",
      "A name is looked up on the running server, which must be the one that was backed up; only"
          + " the relation's file there is asked for, which is another one than that of the backup"
          + " if the relation was rewritten since (TRUNCATE, VACUUM FULL, CLUSTER, REINDEX). The"
          + " backup's own catalogs cannot be asked: they, too, are as they were read, and which of"
          + " their rows count shows only after replay."
    },
    customSynopsis = {
      "walfmt extract -A DIR --file PATH [-o FILE] [ID]",
      "       walfmt extract -A DIR --name NAME [-d CONNSTR] [--fork FORK] [--segment N | --block N]"
          + " [-o FILE] [ID]",
      "       walfmt extract -A DIR --relation RELATION [--fork FORK] [--segment N | --block N]"
          + " [-o FILE] [ID]"
    },
    footer = {
      "  walfmt extract -A /archive --file postgresql.auto.conf",
      "  walfmt extract -A /archive --relation base/5/16384 -o table 8B1F0A2C",
      "  walfmt extract -A /archive --name 'app.public.\"Orders\"' --fork all -o orders",
      "  walfmt extract -A /archive --relation 1663/5/16384 --fork vm -o table_vm",
      "  walfmt extract -A /archive --relation base/5/16384 --block 7 | hexdump -C"
    })
final class ExtractCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ID",
      defaultValue = BackupChoice.LATEST,
      description = "A backup's id, its first 8 digits, or latest, which is the default.")
  String backup;

  @Mixin ExtractSelection selection;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Write to this new file, further 1 GiB files of a relation to FILE.1, FILE.2 and so on,"
              + " other forks, if all are wanted, to FILE_fsm, FILE_vm and FILE_init;"
              + " - is standard output, which is the default.",
      order = 7)
  String output = "-";

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description = "The external base backup under the chain.",
      order = 8)
  @Nullable Path base;

  @Mixin ConnectionGroup connection;
  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    boolean toStandardOutput = output.equals("-");
    require(!json.json || !toStandardOutput, "--json needs a file to write to, by --output");
    require(
        !toStandardOutput || selection.file != null || !Terminal.showsOutput(),
        "a relation is not shown on a terminal; name a file with --output");
    require(
        !toStandardOutput || !selection.wantsAllForks(),
        "--fork=all needs files to write to, by --output");
    require(!connection.noPassword || !connection.password, "-w and -W exclude each other");
    ExtractReport report;
    List<Path> files = List.of();
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened = archive.open(monitor)) {
      ExtractOptions options =
          new ExtractOptions(
              opened, backup, Optional.ofNullable(base), selection.wanted(connection, monitor));
      if (toStandardOutput) {
        report = new Extractor().extract(options, new BinaryOutput(), monitor);
      } else {
        try (NewFiles target = new NewFiles(Path.of(output))) {
          report = new Extractor().extract(options, target, monitor);
          files = target.files();
        }
      }
    }
    if (json.json) {
      printJson(spec.commandLine().getOut(), report, files);
    } else if (!toStandardOutput) {
      print(spec.commandLine().getOut(), report, files);
    }
    return status(report);
  }

  private int status(ExtractReport report) {
    if (report.damagedPages() == 0) {
      return ExitStatus.DONE;
    }
    new Messages(spec.commandLine().getErr())
        .error(
            report.damagedPages() == 1
                ? "1 page is damaged, and was extracted as it is"
                : report.damagedPages() + " pages are damaged, and were extracted as they are");
    return ExitStatus.DAMAGED;
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void print(PrintWriter out, ExtractReport report, List<Path> files) {
    Facts facts = new Facts(out);
    facts.line("Extracted from", report.backup());
    facts.line("Backups consulted", report.members().size());
    for (Path each : files) {
      facts.line("File", each);
    }
    facts.line("Bytes", report.bytes() + " (" + Text.size(report.bytes()) + ")");
    facts.line("Needs replay of WAL", report.startLsn() + " to " + report.stopLsn());
  }

  private static void printJson(PrintWriter out, ExtractReport report, List<Path> files)
      throws IOException {
    try (JsonGenerator generator = JsonOutput.pretty(out)) {
      generator.writeStartObject();
      generator.writeStringField("backup", report.backup().text());
      generator.writeArrayFieldStart("members");
      for (BackupId member : report.members()) {
        generator.writeString(member.text());
      }
      generator.writeEndArray();
      generator.writeArrayFieldStart("files");
      for (Path each : files) {
        generator.writeString(each.toString());
      }
      generator.writeEndArray();
      generator.writeNumberField("bytes", report.bytes());
      generator.writeNumberField("damaged_pages", report.damagedPages());
      generator.writeStringField("start_lsn", report.startLsn().toString());
      generator.writeStringField("stop_lsn", report.stopLsn().toString());
      generator.writeEndObject();
    }
    out.println();
  }
}
