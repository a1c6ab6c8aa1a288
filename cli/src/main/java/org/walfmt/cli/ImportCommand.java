package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.ImportOptions;
import org.walfmt.replayer.ImportReport;
import org.walfmt.replayer.Importer;
import org.walfmt.series.Nonce;
import org.walfmt.series.Parent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt import}. */
@Command(
    name = "import",
    header = "Put a backup that PostgreSQL took itself into an archive.",
    description = {
      "Makes a series of a base backup, or of an incremental backup of PostgreSQL 17 or later, as"
          + " pg_basebackup wrote it: a plain directory, a directory of tars, or a base.tar, the"
          + " tars compressed by gzip, lz4, zstd or not at all. Every file is checked against the"
          + " backup_manifest. The WAL in its pg_wal goes into the archive, too, if it is not there.",
      "",
      "An incremental backup builds on the backup in the archive that starts where its label says,"
          + " be it one of walfmt's or an imported one. Native incremental backups are known to be"
          + " wrong in places that walfmt's are not; see the README."
    },
    customSynopsis = "walfmt import -A DIR [OPTIONS] BACKUP",
    footer = {
      "  walfmt import -A /archive /backups/full",
      "  walfmt import -A /archive /backups/incr1",
      "  walfmt import -A /archive /backups/tars/base.tar.gz",
      "  walfmt import -A /archive --parent=/backups/full/backup_manifest /backups/incr1"
    })
final class ImportCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Parameters(
      index = "0",
      paramLabel = "BACKUP",
      description = "The directory or base tar that pg_basebackup wrote.")
  Path source;

  @Option(
      names = "--parent",
      paramLabel = "PARENT",
      description =
          "What an incremental builds on: a backup's id, its first 8 digits, or the backup_manifest"
              + " of a base backup that is not in the archive.",
      order = 1)
  @Nullable String parent;

  @Option(
      names = "--compress",
      paramLabel = "none|pglz|lz4|zstd",
      defaultValue = "none",
      description =
          "Compress page images (default: ${DEFAULT-VALUE}); lz4 and zstd from PostgreSQL 15 on.",
      order = 2)
  ImageCompression compression;

  @Option(
      names = "--no-visibility-maps",
      description = "Leave visibility maps out; VACUUM makes them anew after a restore.",
      order = 3)
  boolean noVisibilityMaps;

  @Option(
      names = "--no-wal-check",
      description = "Do not demand that the WAL which the backup needs is in it or in the archive.",
      order = 4)
  boolean noWalCheck;

  @Option(
      names = "--temporary",
      paramLabel = "DIR",
      description = "Unpack tars into a directory made in this one.",
      order = 5)
  @Nullable Path temporary;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    String nonce = Nonce.of(new SecureRandom());
    ImportReport report;
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened =
            archive.place(false).open(nonce.substring(0, RunLock.TAG_LENGTH), monitor)) {
      ImportOptions options =
          new ImportOptions(
              opened,
              source,
              Optional.ofNullable(parent),
              Optional.ofNullable(temporary),
              compression,
              !noVisibilityMaps,
              !noWalCheck);
      report =
          new Importer(options, nonce, RunLock.host(), Clock.systemUTC(), monitor)
              .run(Version.number());
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json.json) {
      printJson(out, report);
    } else {
      print(out, report);
    }
    if (report.damagedPages() == 0) {
      return ExitStatus.DONE;
    }
    new Messages(spec.commandLine().getErr())
        .error(report.damagedPages() + " damaged pages were imported as they are");
    return ExitStatus.DAMAGED;
  }

  private static String name(Parent parent) {
    return parent instanceof Parent.Series series
        ? series.id().text()
        : "manifest " + ((Parent.Manifest) parent).sha256();
  }

  private static void print(PrintWriter out, ImportReport report) {
    Facts facts = new Facts(out);
    facts.line("Imported", report.backup());
    facts.line("PostgreSQL", report.version());
    facts.line("Kind", report.parent().isPresent() ? "incremental" : "full");
    report.parent().ifPresent(each -> facts.line("Parent", name(each)));
    facts.line("Blocks", report.blocks());
    facts.line("Files", report.files());
    facts.line("Segments", report.segments());
    facts.line("WAL segments added", report.walSegments());
    facts.line("Start LSN", report.startLsn());
    facts.line("Consistent at", report.stopLsn());
    facts.line("Time", String.format(Locale.ROOT, "%.1f s", report.seconds()));
  }

  private static void printJson(PrintWriter out, ImportReport report) throws IOException {
    try (JsonGenerator generator = JsonOutput.pretty(out)) {
      generator.writeStartObject();
      generator.writeStringField("backup", report.backup().text());
      generator.writeStringField("kind", report.parent().isPresent() ? "incremental" : "full");
      if (report.parent().isPresent()) {
        generator.writeStringField("parent", name(report.parent().get()));
      }
      generator.writeNumberField("postgres", report.version().major());
      generator.writeStringField("start_lsn", report.startLsn().toString());
      generator.writeStringField("stop_lsn", report.stopLsn().toString());
      generator.writeNumberField("blocks", report.blocks());
      generator.writeNumberField("files", report.files());
      generator.writeNumberField("damaged_pages", report.damagedPages());
      generator.writeNumberField("segments", report.segments());
      generator.writeNumberField("wal_segments", report.walSegments());
      generator.writeNumberField("seconds", report.seconds());
      generator.writeEndObject();
    }
    out.println();
  }
}
