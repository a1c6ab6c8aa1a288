package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import org.walfmt.image.ImageCompression;
import org.walfmt.writer.BackupOptions;
import org.walfmt.writer.BackupReport;
import org.walfmt.writer.BackupWriter;
import org.walfmt.writer.changes.ChangeSource;
import org.walfmt.writer.changes.ParentChoice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walfmt backup}. */
@Command(
    name = "backup",
    header = "Take a full or incremental backup of a running server.",
    description = {
      "Reads the data directory on this machine and puts the backup into the WAL archive, as a"
          + " series of WAL segments. Run it as a user who may read the data directory, and connect"
          + " as a superuser or a role that may execute the backup functions.",
      "",
      "Until the last step there is no backup: whatever fails or interrupts walfmt before leaves"
          + " none. If pages of the database are damaged, they are reported, the backup is made all"
          + " the same, and the exit status is 3."
    },
    customSynopsis = {
      "walfmt backup -A DIR [-D DIR] [--incremental[=PARENT]] [OPTIONS]",
      "       walfmt backup --archive-command=COMMAND --restore-command=COMMAND [OPTIONS]",
      "       walfmt backup -A server [--restore-command=COMMAND] [OPTIONS]"
    },
    footer = {
      "  walfmt backup -D /var/lib/postgresql/15/main -A /archive",
      "  walfmt backup -D /var/lib/postgresql/15/main -A /archive --incremental",
      "  walfmt backup -A /archive --incremental=8B1F0A2C --checkpoint=fast -P",
      "  walfmt backup -A /archive --incremental=/base/backup_manifest -h db1 -U backup",
      "  walfmt backup --archive-command='pgbackrest --stanza=main archive-push %%p' \\",
      "      --restore-command='pgbackrest --stanza=main archive-get %%f %%p'"
    })
final class BackupCommand implements Callable<Integer> {
  private static final int MAX_JOBS = 64;
  private static final int DEFAULT_JOBS = 4;

  @Option(
      names = {"-D", "--pgdata"},
      paramLabel = "DIR",
      description = "The server's data directory; if not given, the server is asked for it.",
      order = 1)
  @Nullable Path dataDirectory;

  @Mixin ArchiveGroup archive;

  @Option(
      names = "--incremental",
      arity = "0..1",
      paramLabel = "PARENT",
      fallbackValue = ParentChoice.LATEST,
      preprocessor = OptionalValue.class,
      description = {
        "Take only what changed since PARENT: a backup's id, its first 8 digits, latest (which is"
            + " the default), or the path of an external base backup's backup_manifest. Without"
            + " this option the backup is full."
      },
      order = 11)
  @Nullable String incremental;

  @Option(
      names = "--changes",
      paramLabel = "auto|scan|wal|summaries|audit",
      defaultValue = "auto",
      description = {
        "What tells an incremental which blocks changed: the LSN of every page (scan), the WAL since"
            + " PARENT (wal), summaries of that WAL (summaries), the cheapest of them that can"
            + " (auto), or all that there are, compared with each other (audit; default:"
            + " ${DEFAULT-VALUE})."
      },
      order = 12)
  ChangeSource changes;

  @Option(
      names = "--summary-dir",
      paramLabel = "DIR",
      description =
          "Where walfmt summarize keeps its WAL summaries; the server's own, from PostgreSQL 17 on,"
              + " are found without.",
      order = 12)
  @Nullable Path summaryDirectory;

  @Option(
      names = {"-l", "--label"},
      paramLabel = "LABEL",
      defaultValue = "walfmt backup",
      description = "Label of the backup (default: ${DEFAULT-VALUE}).",
      order = 12)
  String label;

  @Option(
      names = {"-c", "--checkpoint"},
      paramLabel = "fast|spread",
      defaultValue = "spread",
      description =
          "Whether the checkpoint that the backup begins with is done at once or spread over time"
              + " (default: ${DEFAULT-VALUE}).",
      order = 13)
  Checkpoint checkpoint;

  @Option(
      names = {"-r", "--max-rate"},
      paramLabel = "RATE",
      converter = RateConverter.class,
      description = "Read at most this much a second: kB, or with a unit k or M.",
      order = 14)
  @Nullable Long maxRate;

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description = "Threads that check and encode pages (default: one a processor, at most 4).",
      order = 15)
  @Nullable Integer jobs;

  @Option(
      names = "--compress",
      paramLabel = "none|pglz|lz4|zstd",
      defaultValue = "none",
      description =
          "Compress page images as the server does (default: ${DEFAULT-VALUE}); lz4 and zstd from"
              + " PostgreSQL 15 on.",
      order = 16)
  ImageCompression compression;

  @Option(
      names = "--wal",
      paramLabel = "wait|copy",
      defaultValue = "wait",
      description =
          "Wait until the server has archived the WAL that the backup needs, or copy it from"
              + " pg_wal into the archive (default: ${DEFAULT-VALUE}).",
      order = 17)
  Wal wal;

  @Option(
      names = "--wal-timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "How long to wait for that WAL (default: ${DEFAULT-VALUE}).",
      order = 18)
  int walTimeout;

  @Mixin ConnectionGroup connection;
  @Mixin JsonOption json;
  @Mixin ProgressOption progress;
  @Mixin StandardOptions standard;
  @Spec CommandSpec spec;

  /** How the start checkpoint is done. */
  enum Checkpoint {
    FAST,
    SPREAD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How the ordinary WAL gets into the archive. */
  enum Wal {
    WAIT,
    COPY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws IOException {
    BackupOptions options = options();
    BackupReport report;
    PrintWriter err = spec.commandLine().getErr();
    try (Progress monitor = progress.start(err)) {
      report = new BackupWriter(options, new SecureRandom(), monitor).run();
    }
    PrintWriter out = spec.commandLine().getOut();
    BackupResult result = new BackupResult(report);
    if (json.json) {
      result.printJson(out);
    } else {
      result.print(out);
    }
    out.flush();
    long damaged = report.totals().damagedPages();
    if (damaged == 0) {
      return ExitStatus.DONE;
    }
    Messages messages = new Messages(err);
    messages.error(
        "the backup was made, but has damaged pages of the database: " + damaged + " of them");
    messages.hint("Find out what damaged them; an older backup may still have them sound.");
    return ExitStatus.DAMAGED;
  }

  BackupOptions options() {
    require(!label.contains("\n") && !label.contains("\r"), "label has a line break in it");
    require(
        label.getBytes(StandardCharsets.UTF_8).length <= BackupOptions.MAX_LABEL,
        "label is longer than " + BackupOptions.MAX_LABEL + " bytes");
    require(
        jobs == null || (jobs >= 1 && jobs <= MAX_JOBS), "--jobs must be from 1 to " + MAX_JOBS);
    require(walTimeout >= 0, "--wal-timeout must not be negative");
    require(!connection.noPassword || !connection.password, "-w and -W exclude each other");
    int threads = Math.min(DEFAULT_JOBS, Runtime.getRuntime().availableProcessors());
    return new BackupOptions(
        connection.options(),
        ConnectionGroup.prompt(),
        Optional.ofNullable(dataDirectory),
        archive.placeOrServer(),
        label,
        Optional.ofNullable(incremental),
        changes,
        Optional.ofNullable(summaryDirectory),
        checkpoint == Checkpoint.FAST,
        maxRate == null ? 0 : maxRate,
        jobs == null ? threads : jobs,
        wal == Wal.COPY,
        Duration.ofSeconds(walTimeout),
        compression,
        progress.wanted,
        Version.number());
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
