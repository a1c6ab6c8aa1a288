package org.walfmt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.walfmt.Lsn;
import org.walfmt.PgVersion;
import org.walfmt.TimelineId;
import org.walfmt.archive.Archive;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.cli.dump.RecordFilter;
import org.walfmt.cli.dump.RecordJson;
import org.walfmt.cli.dump.RecordSink;
import org.walfmt.cli.dump.RecordText;
import org.walfmt.cli.dump.Statistics;
import org.walfmt.cli.dump.WalDump;
import org.walfmt.cli.print.Messages;
import org.walfmt.cli.print.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walfmt dump}. */
@Command(
    name = "dump",
    header = "Show the records in WAL or in the series of a backup.",
    description = {
      "Reads the WAL of PostgreSQL 13 to 18, a server's own as well as the series of backups, and"
          + " prints one line a record, with the fields of pg_waldump.",
      "Zeros, a recycled page or a file that does not exist where the next record would be are the"
          + " end of the WAL, and no error; damage is."
    },
    customSynopsis = {
      "walfmt dump [OPTIONS] STARTSEG [ENDSEG]",
      "       walfmt dump [OPTIONS] -p DIR -s LSN [-e LSN] [-t TIMELINE]",
      "       walfmt dump [OPTIONS] -A DIR --backup ID"
    },
    footer = {
      "  walfmt dump pg_wal/000000010000000000000005",
      "  walfmt dump -p pg_wal -s 0/5000028 -n 10",
      "  walfmt dump -A /archive --backup latest -R 1663/5/16384",
      "  walfmt dump --stats=record 000000010000000000000005 00000001000000000000000A"
    })
final class DumpCommand implements Callable<Integer> {
  @Mixin StandardOptions standard;
  @Mixin JsonOption json;
  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "STARTSEG",
      description = "First segment file, with or without a directory.")
  @Nullable Path first;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ENDSEG",
      description = "Last segment file; STARTSEG alone if not given.")
  @Nullable Path last;

  @Option(
      names = {"-p", "--path"},
      paramLabel = "DIR",
      description = "Where the segments are: a directory, or one with a pg_wal in it.")
  @Nullable Path path;

  @Mixin ArchiveGroup archive;

  @Option(
      names = "--backup",
      paramLabel = "ID",
      description = "Show the series of this backup: an id, its first 8 digits, or latest.")
  @Nullable String backup;

  @Option(
      names = {"-s", "--start"},
      paramLabel = "LSN",
      converter = LsnConverter.class,
      description = "Begin with the first record at or after this LSN.")
  @Nullable Lsn start;

  @Option(
      names = {"-e", "--end"},
      paramLabel = "LSN",
      converter = LsnConverter.class,
      description = "End with the last record that lies before this LSN.")
  @Nullable Lsn end;

  @Option(
      names = {"-t", "--timeline"},
      paramLabel = "TIMELINE",
      converter = TimelineConverter.class,
      description = "Timeline in the file names; that of STARTSEG, or 1, if not given.")
  @Nullable TimelineId timeline;

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      description = "Show at most this many records.")
  @Nullable Long limit;

  @Option(
      names = {"-r", "--rmgr"},
      paramLabel = "RMGR",
      converter = RmgrConverter.class,
      description = "Only records of this resource manager; may be given several times.")
  Set<Integer> rmids = new LinkedHashSet<>();

  @Option(
      names = {"-R", "--relation"},
      paramLabel = "T/D/R",
      converter = RelationConverter.class,
      description = "Only records about this relation: tablespace/database/relation.")
  @Nullable RelFileLocator relation;

  @Option(
      names = {"-B", "--block"},
      paramLabel = "N",
      converter = Uint32Converter.class,
      description = "Only records about this block; needs --relation.")
  @Nullable Long block;

  @Option(
      names = {"-F", "--fork"},
      paramLabel = "FORK",
      converter = ForkConverter.class,
      description = "Only records about blocks of this fork: main, fsm, vm or init.")
  @Nullable ForkNumber fork;

  @Option(
      names = {"-x", "--xid"},
      paramLabel = "XID",
      converter = Uint32Converter.class,
      description = "Only records of this transaction.")
  @Nullable Long xid;

  @Option(
      names = {"-w", "--fullpage"},
      description = "Only records with a full-page image.")
  boolean fullPage;

  @Option(
      names = {"-b", "--bkp-details"},
      description = "Tell about holes and compression of images.")
  boolean details;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors: only check the WAL.")
  boolean quiet;

  @Option(
      names = {"-z", "--stats"},
      arity = "0..1",
      paramLabel = "record",
      fallbackValue = "rmgr",
      preprocessor = OptionalValue.class,
      description =
          "Count instead of showing: by resource manager, or with --stats=record by operation.")
  @Nullable StatisticsKind statistics;

  /** What statistics are counted by. */
  enum StatisticsKind {
    RMGR,
    RECORD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws IOException {
    checkUsage();
    try (Progress monitor = Progress.of(false, spec.commandLine().getErr())) {
      if (backup == null) {
        return dump(new DumpSelection(this).range());
      }
      try (Archive opened = archive.open(monitor)) {
        return dump(new DumpSelection(this).ofBackup(opened, backup, monitor));
      }
    }
  }

  private int dump(WalDump.WalRange range) throws IOException {
    RecordFilter filter = new RecordFilter(Set.copyOf(rmids), xid, relation, block, fork, fullPage);
    WalDump dump = new WalDump(range, filter, limit == null ? Long.MAX_VALUE : limit);
    Messages messages = new Messages(spec.commandLine().getErr());
    Optional<String> ending = dump(dump, range.identity().version());
    spec.commandLine().getOut().flush();
    if (ending.isPresent() && !quiet) {
      messages.info(ending.get());
    }
    return ExitStatus.DONE;
  }

  private Optional<String> dump(WalDump dump, PgVersion version) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (quiet) {
      return dump.run((wal, record) -> {});
    } else if (statistics != null) {
      Statistics counted = new Statistics(version, statistics == StatisticsKind.RECORD);
      Optional<String> ending = dump.run(counted);
      counted.print(out, dump.firstRecord(), dump.lastEnd());
      return ending;
    }
    RecordSink sink =
        json.json ? new RecordJson(out, version) : new RecordText(out, version, details);
    return dump.run(sink);
  }

  private void checkUsage() {
    require(block == null || relation != null, "option --block needs option --relation");
    require(limit == null || limit > 0, "invalid value for option --limit: it must be positive");
    require(statistics == null || !json.json, "options --stats and --json exclude each other");
    require(
        backup == null ? !archive.isOnCommandLine() : archive.isGiven(),
        "options --archive and --backup go together");
    require(
        backup == null || (first == null && path == null && timeline == null),
        "option --backup excludes STARTSEG, --path and --timeline");
    require(
        backup != null || first != null || start != null,
        "what to show is not given: STARTSEG, --start or --backup");
    require(
        start == null || end == null || start.isBefore(end), "option --end must lie after --start");
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw wrongUsage(message);
    }
  }

  ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
