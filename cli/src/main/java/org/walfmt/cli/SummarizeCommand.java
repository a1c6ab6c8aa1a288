package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Text;
import org.walfmt.writer.summaries.SummarizeOptions;
import org.walfmt.writer.summaries.SummarizeReport;
import org.walfmt.writer.summaries.Summarizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt summarize}. */
@Command(
    name = "summarize",
    header = "Sum up WAL: which blocks it changed, for later incremental backups.",
    description = {
      "Reads complete WAL segments of PostgreSQL 13 to 18 and writes summary files, in the format of"
          + " the WAL summarizer of PostgreSQL 17, each of 256 MB of WAL. \"walfmt backup"
          + " --summary-dir\" then finds the changed blocks without reading that WAL again.",
      "",
      "The summaries go on where those that are there end, or begin with the oldest segment. With"
          + " --follow they go on as segments arrive, until walfmt is stopped, and go along with a"
          + " change of timeline. Whatever ends walfmt, the next run goes on without a gap.",
      "",
      "Missing or damaged WAL, and WAL written with wal_level=minimal, is an error: there is never a"
          + " summary that does not tell all changes of its range. With --follow a missing segment"
          + " is waited for."
    },
    customSynopsis = "walfmt summarize --summary-dir=DIR [OPTIONS] WAL_DIRECTORY...",
    footer = {
      "  walfmt summarize --summary-dir=/summaries /archive",
      "  walfmt summarize --summary-dir=/summaries --follow /archive /var/lib/postgresql/15/main/pg_wal",
      "  walfmt summarize --summary-dir=/summaries --start=0/5000028 --end=0/9000000 /archive"
    })
final class SummarizeCommand implements Callable<Integer> {
  private static final int MAX_JOBS = 64;
  private static final int DEFAULT_JOBS = 4;

  @Mixin SummaryDirectoryOption summaries;

  @Parameters(
      arity = "1..*",
      paramLabel = "WAL_DIRECTORY",
      description =
          "Archive, or the server's pg_wal, or a data directory; of a segment that several have, the"
              + " first one's is read.")
  List<Path> sources = new ArrayList<>();

  @Option(
      names = {"-s", "--start"},
      paramLabel = "LSN",
      converter = LsnConverter.class,
      description = "Begin with the first record at or after this LSN.",
      order = 11)
  @Nullable Lsn start;

  @Option(
      names = {"-e", "--end"},
      paramLabel = "LSN",
      converter = LsnConverter.class,
      description = "End before the first record at or after this LSN.",
      order = 12)
  @Nullable Lsn end;

  @Option(
      names = {"-t", "--timeline"},
      paramLabel = "TIMELINE",
      converter = TimelineConverter.class,
      description = "Go along the history of this timeline; of the newest one if not given.",
      order = 13)
  @Nullable TimelineId timeline;

  @Option(
      names = {"-f", "--follow"},
      description = "Wait for more WAL, until stopped.",
      order = 14)
  boolean follow;

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description = "Threads that decode WAL (default: one a processor, at most 4).",
      order = 15)
  @Nullable Integer jobs;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    SummarizeReport report;
    try (Progress monitor = progress.start(spec.commandLine().getErr())) {
      report = new Summarizer(options(), monitor).run();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      printJson(out, report);
    } else {
      print(out, report);
    }
    out.flush();
    return ExitStatus.DONE;
  }

  SummarizeOptions options() {
    require(
        jobs == null || (jobs >= 1 && jobs <= MAX_JOBS), "--jobs must be from 1 to " + MAX_JOBS);
    require(
        start == null || end == null || start.isBefore(end), "option --end must lie after --start");
    int threads = Math.min(DEFAULT_JOBS, Runtime.getRuntime().availableProcessors());
    return new SummarizeOptions(
        summaries.directory,
        sources,
        Optional.ofNullable(start),
        Optional.ofNullable(end),
        Optional.ofNullable(timeline),
        follow,
        jobs == null ? threads : jobs);
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void print(PrintWriter out, SummarizeReport report) {
    String none = "-";
    Facts facts = new Facts(out);
    facts.line("Timeline", report.timeline().map(TimelineId::toString).orElse(none));
    facts.line("From", report.start().map(Lsn::toString).orElse(none));
    facts.line("Summed up to", report.end().map(Lsn::toString).orElse(none));
    facts.line("WAL", Text.size(report.bytes()));
    facts.line("Files written", Long.toString(report.files()));
  }

  private static void printJson(PrintWriter out, SummarizeReport report) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      if (report.timeline().isPresent()) {
        json.writeNumberField("timeline", report.timeline().get().number());
      }
      if (report.start().isPresent()) {
        json.writeStringField("start_lsn", report.start().get().toString());
      }
      if (report.end().isPresent()) {
        json.writeStringField("end_lsn", report.end().get().toString());
      }
      json.writeNumberField("wal_bytes", report.bytes());
      json.writeNumberField("files", report.files());
      json.writeEndObject();
    }
    out.println();
  }
}
