package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.archive.RunLock;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Text;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.MergeReport;
import org.walfmt.replayer.SeriesMerger;
import org.walfmt.series.BackupChoice;
import org.walfmt.series.BackupId;
import org.walfmt.series.Nonce;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code walfmt merge}. */
@Command(
    name = "merge",
    header = "Merge backups that build on each other into one.",
    description = {
      "Reads the backups from FROM to TO, each of which builds on the one before, and writes one new"
          + " backup that restores to the same as TO: a full one if FROM is full, else an"
          + " incremental on what FROM builds on. The server is not needed.",
      "",
      "Every byte of the merged backups is checked on the way. They stay in the archive, and may go"
          + " when the new one is there: what builds on TO finds the new one instead."
    },
    customSynopsis = "walfmt merge -A DIR [OPTIONS]",
    footer = {
      "  walfmt merge -A /archive",
      "  walfmt merge -A /archive --from 8B1F0A2C --to 8B209B00 -P",
    })
final class MergeCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Option(
      names = "--from",
      paramLabel = "ID",
      description =
          "The oldest backup to merge: its id, or the first 8 digits (default: the beginning of the"
              + " chain).",
      order = 20)
  @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "ID",
      defaultValue = BackupChoice.LATEST,
      description = "The newest backup to merge (default: ${DEFAULT-VALUE}).",
      order = 21)
  String to;

  @Option(
      names = "--compress",
      paramLabel = "none|pglz|lz4|zstd",
      description =
          "Compress page images as the server does (default: as in the newest); lz4 and zstd from"
              + " PostgreSQL 15 on.",
      order = 22)
  @Nullable ImageCompression compression;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    String nonce = Nonce.of(new SecureRandom());
    MergeReport report;
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened =
            archive.place(false).open(nonce.substring(0, RunLock.TAG_LENGTH), monitor)) {
      report =
          new SeriesMerger(opened, nonce, RunLock.host(), Clock.systemUTC(), monitor)
              .merge(
                  Optional.ofNullable(from),
                  to,
                  Optional.ofNullable(compression),
                  Version.number());
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      printJson(out, report);
    } else {
      print(out, report);
    }
    out.flush();
    if (report.totals().damagedPages() == 0) {
      return ExitStatus.DONE;
    }
    new Messages(spec.commandLine().getErr())
        .error(report.totals().damagedPages() + " damaged pages were merged as they are");
    return ExitStatus.DAMAGED;
  }

  private static void print(PrintWriter out, MergeReport report) {
    Facts facts = new Facts(out);
    facts.line("Backup", report.backup());
    facts.line("Kind", report.isFull() ? "full" : "incremental");
    for (BackupId replaced : report.replaced()) {
      facts.line("Stands for", replaced);
    }
    facts.line("Start LSN", report.startLsn());
    facts.line("Stop LSN", report.stopLsn());
    facts.line("Segments", report.segments() + " (" + Text.megabytes(report.segmentBytes()) + ")");
    facts.line("Merged", Text.megabytes(report.replacedBytes()));
    facts.line("Blocks", report.totals().blocks());
    facts.line("Files", report.totals().files());
    facts.line("Damaged pages", report.totals().damagedPages());
    facts.line("Time", String.format(Locale.ROOT, "%.1f s", report.seconds()));
  }

  private static void printJson(PrintWriter out, MergeReport report) throws IOException {
    try (JsonGenerator json = JsonOutput.pretty(out)) {
      json.writeStartObject();
      json.writeStringField("id", report.backup().text());
      json.writeStringField("kind", report.isFull() ? "full" : "incremental");
      json.writeArrayFieldStart("replaces");
      for (BackupId replaced : report.replaced()) {
        json.writeString(replaced.text());
      }
      json.writeEndArray();
      json.writeStringField("reference_lsn", report.referenceLsn().toString());
      json.writeStringField("start_lsn", report.startLsn().toString());
      json.writeStringField("stop_lsn", report.stopLsn().toString());
      json.writeNumberField("segments", report.segments());
      json.writeNumberField("bytes", report.segmentBytes());
      json.writeNumberField("merged_bytes", report.replacedBytes());
      json.writeNumberField("blocks", report.totals().blocks());
      json.writeNumberField("files", report.totals().files());
      json.writeNumberField("damaged_pages", report.totals().damagedPages());
      json.writeNumberField("seconds", report.seconds());
      json.writeEndObject();
    }
    out.println();
  }
}
