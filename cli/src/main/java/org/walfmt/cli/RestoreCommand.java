package org.walfmt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.archive.Archive;
import org.walfmt.cli.print.Facts;
import org.walfmt.cli.print.JsonOutput;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.cli.print.Text;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.replayer.RestorePreview;
import org.walfmt.replayer.RestorePreviewer;
import org.walfmt.replayer.RestoreReport;
import org.walfmt.replayer.Restorer;
import org.walfmt.replayer.start.StartFailedException;
import org.walfmt.replayer.start.StartReport;
import org.walfmt.series.BackupId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt restore}. */
@Command(
    name = "restore",
    header = "Restore a backup into a new data directory.",
    description = {
      "Merges the backup and those it builds on into a data directory that is new or empty, and"
          + " sets the server up to replay the WAL of the archive when it is started.",
      "",
      "Until the last step the directory cannot be started. A restore that fails removes what it"
          + " made, unless --no-clean is given.",
      "",
      "With a recovery target, latest is the newest backup that ends at or before it; the archived"
          + " WAL is searched for a transaction or a restore point. A backup that ends after the"
          + " target is refused."
    },
    customSynopsis = {
      "walfmt restore -A DIR -D DIR [OPTIONS] [ID]",
      "       walfmt restore --restore-command=COMMAND -D DIR [OPTIONS] [ID]"
    },
    footer = {
      "  walfmt restore -A /archive -D /restored",
      "  walfmt restore -A /archive -D /restored -T /ssd/ts1=/restored_ts1 8B1F0A2C",
      "  walfmt restore -A /archive -D /restored --target-time='2026-11-24 12:00:00+00' -P",
      "  walfmt restore -A /archive -D /restored --target-name=before_cleanup --plan",
      "  walfmt restore -A /archive -D /restored --target-immediate --target-action=promote --start",
      "  walfmt restore -A /archive -D /standby -R 'host=primary user=standby' -S slot_1",
      "  walfmt restore -A /archive -D /restored --base=/base",
      "  walfmt restore --restore-command='pgbackrest --stanza=main archive-get %%f %%p' \\",
      "      -D /restored 8B1F0A2C0000000100000034"
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin ArchiveGroup archive;

  @Option(
      names = {"-D", "--pgdata"},
      paramLabel = "DIR",
      required = true,
      description = "The data directory to make; new or empty.",
      order = 1)
  Path target;

  @Option(
      names = {"-T", "--tablespace-mapping"},
      paramLabel = "OLDDIR=NEWDIR",
      converter = TablespaceMapping.Converter.class,
      description = "Put the tablespace of OLDDIR into NEWDIR; may be given several times.",
      order = 2)
  List<TablespaceMapping> tablespaces = new ArrayList<>();

  @Option(
      names = "--waldir",
      paramLabel = "DIR",
      description = "Make pg_wal a symbolic link to this directory, new or empty.",
      order = 3)
  @Nullable Path walDirectory;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description =
          "The external base backup under the chain, a plain data directory never started. It is"
              + " copied, not changed.",
      order = 4)
  @Nullable Path base;

  @Mixin RecoveryGroup recovery;
  @Mixin StartGroup start;

  @Option(
      names = "--no-wal-check",
      description = "Do not demand that the WAL which the backup needs is in the archive.",
      order = 301)
  boolean noWalCheck;

  @Option(
      names = {"-n", "--no-clean"},
      description = "Leave what a failed restore made.",
      order = 302)
  boolean noClean;

  @Option(
      names = {"-N", "--no-sync"},
      description = "Do not wait until everything is safely on disk.",
      order = 303)
  boolean noSync;

  @Option(
      names = "--plan",
      description =
          "Only tell what would be fetched, written and replayed, and about how long it would take;"
              + " touch nothing.",
      order = 304)
  boolean plan;

  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ID",
      defaultValue = RestoreOptions.LATEST,
      description = "A backup's id, its first 8 digits, or latest, which is the default.")
  String backup;

  @Override
  public Integer call() throws IOException {
    RestoreReport report;
    try (Progress monitor = progress.start(spec.commandLine().getErr());
        Archive opened = archive.place(true).open("read", monitor)) {
      RestoreOptions options = options(opened);
      recovery.passwordWarning().ifPresent(monitor::warning);
      if (plan) {
        return preview(options, monitor);
      }
      report = new Restorer(Clock.systemUTC()).restore(options, monitor);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (!json.json) {
      print(new Facts(out), report);
      out.flush();
    }
    Optional<StartReport> started = Optional.empty();
    if (start.start) {
      Messages messages = new Messages(spec.commandLine().getErr());
      try {
        started =
            Optional.of(
                start.run(
                    report,
                    recovery.settings(archive.restoreCommand),
                    new ReplayQuestion(messages::warning)));
      } catch (StartFailedException e) {
        if (json.json) {
          printJson(out, report, started);
          out.flush();
        }
        return failed(e, messages);
      }
    }
    if (json.json) {
      printJson(out, report, started);
    } else if (started.isPresent()) {
      StartText.print(new Facts(out), started.get());
    }
    return ExitStatus.DONE;
  }

  /** The backup is restored; the server is another matter. */
  private static int failed(StartFailedException e, Messages messages) {
    e.lines().forEach(messages::info);
    messages.error(String.valueOf(e.getMessage()));
    messages.detail("the end of its log \"" + e.log() + "\" is above");
    return e.isLate() ? ExitStatus.INCOMPLETE : ExitStatus.INPUT_OUTPUT;
  }

  private int preview(RestoreOptions options, Progress monitor) throws IOException {
    RestorePreview preview = new RestorePreviewer().preview(options, monitor);
    PreviewText text = new PreviewText(spec.commandLine().getOut(), preview);
    if (json.json) {
      text.printJson();
    } else {
      text.print();
    }
    return ExitStatus.DONE;
  }

  RestoreOptions options(Archive opened) {
    Optional<String> problem = recovery.problem().or(start::problem);
    if (problem.isPresent()) {
      throw new ParameterException(spec.commandLine(), problem.get());
    }
    if (walDirectory != null && !walDirectory.isAbsolute()) {
      throw new ParameterException(spec.commandLine(), "--waldir must be an absolute path");
    }
    RestoreOptions options =
        RestoreOptions.of(opened, target)
            .backup(backup)
            .recovery(recovery.settings(archive.restoreCommand))
            .walCheck(!noWalCheck)
            .cleanUp(!noClean)
            .sync(!noSync);
    if (start.start) {
      options = options.demand(version -> start.prepare(target, version));
    }
    if (base != null) {
      options = options.base(base);
    }
    if (walDirectory != null) {
      options = options.walDirectory(walDirectory);
    }
    for (TablespaceMapping mapping : tablespaces) {
      options = options.mapTablespace(mapping.from(), mapping.to());
    }
    return options;
  }

  private static void print(Facts facts, RestoreReport report) {
    facts.line("Restored", report.backup());
    facts.line("Data directory", report.target());
    facts.line("PostgreSQL", report.version());
    facts.line(
        "Merged", report.members().size() == 1 ? "1 backup" : report.members().size() + " backups");
    facts.line("Blocks", report.blocks());
    facts.line("Files", report.files() + " (" + Text.size(report.bytes()) + ")");
    facts.line("Start LSN", report.startLsn());
    facts.line("Consistent at", report.stopLsn() + ", timeline " + report.stopTimeline());
    facts.line("Time", String.format(Locale.ROOT, "%.1f s", report.seconds()));
  }

  private static void printJson(
      PrintWriter out, RestoreReport report, Optional<StartReport> started) throws IOException {
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
      json.writeStringField("system_identifier", Long.toUnsignedString(report.systemIdentifier()));
      json.writeStringField("start_lsn", report.startLsn().toString());
      json.writeStringField("stop_lsn", report.stopLsn().toString());
      json.writeNumberField("stop_timeline", report.stopTimeline().number());
      json.writeNumberField("blocks", report.blocks());
      json.writeNumberField("files", report.files());
      json.writeNumberField("bytes", report.bytes());
      json.writeNumberField("seconds", report.seconds());
      if (started.isPresent()) {
        StartText.printJson(json, started.get());
      }
      json.writeEndObject();
    }
    out.println();
  }
}
