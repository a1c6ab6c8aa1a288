package org.walfmt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.walfmt.Lsn;
import org.walfmt.TimelineId;
import org.walfmt.archive.ArchivePlace;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.image.ImageCompression;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.writer.BackupOptions;
import org.walfmt.writer.summaries.SummarizeOptions;

/** From words on a command line to what the facades are asked for. */
class OptionsTest {
  @TempDir Path archive;

  private static <T> T parsed(Class<T> type, String... words) {
    return type.cast(Main.commandLine().parseArgs(words).subcommand().commandSpec().userObject());
  }

  private static BackupOptions backup(String... words) {
    String[] all = new String[words.length + 3];
    all[0] = "backup";
    all[1] = "-A";
    all[2] = "/archive";
    System.arraycopy(words, 0, all, 3, words.length);
    return parsed(BackupCommand.class, all).options();
  }

  private RestoreOptions restore(String... words) throws IOException {
    String[] all = new String[words.length + 5];
    all[0] = "restore";
    all[1] = "-A";
    all[2] = archive.toString();
    all[3] = "-D";
    all[4] = "/restored";
    System.arraycopy(words, 0, all, 5, words.length);
    return parsed(RestoreCommand.class, all).options(new DirectoryArchive(archive, "read"));
  }

  @Test
  void aBackupIsFullAndPatientByDefault() {
    BackupOptions options = backup();
    assertThat(options.dataDirectory()).isEmpty();
    assertThat(options.archive()).isEqualTo(new ArchivePlace.Directory(Path.of("/archive")));
    assertThat(options.label()).isEqualTo("walfmt backup");
    assertThat(options.incremental()).isEmpty();
    assertThat(options.fastCheckpoint()).isFalse();
    assertThat(options.maxBytesPerSecond()).isZero();
    assertThat(options.jobs()).isBetween(1, 4);
    assertThat(options.copyWal()).isFalse();
    assertThat(options.walTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(options.compression()).isEqualTo(ImageCompression.NONE);
    assertThat(options.estimate()).isFalse();
  }

  @Test
  void aBackupTakesAllItsOptions() {
    BackupOptions options =
        backup(
            "-D/data",
            "--incremental=8CF01234",
            "-l",
            "a label",
            "--checkpoint=fast",
            "--max-rate=32M",
            "-j",
            "3",
            "--compress=zstd",
            "--wal=copy",
            "--wal-timeout=7",
            "-P");
    assertThat(options.dataDirectory()).hasValue(Path.of("/data"));
    assertThat(options.incremental()).hasValue("8CF01234");
    assertThat(options.label()).isEqualTo("a label");
    assertThat(options.fastCheckpoint()).isTrue();
    assertThat(options.maxBytesPerSecond()).isEqualTo(32 << 20);
    assertThat(options.jobs()).isEqualTo(3);
    assertThat(options.compression()).isEqualTo(ImageCompression.ZSTD);
    assertThat(options.copyWal()).isTrue();
    assertThat(options.walTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(options.estimate()).isTrue();
  }

  @Test
  void incrementalWithoutAValueMeansOnTheLatest() {
    assertThat(backup("--incremental", "-j", "1").incremental()).hasValue("latest");
  }

  @ParameterizedTest
  @CsvSource({"32, 32768", "500k, 512000", "2M, 2097152"})
  void ratesHaveUnits(String text, long bytes) {
    assertThat(backup("-r", text).maxBytesPerSecond()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--max-rate=31",
        "--max-rate=5x",
        "--max-rate=-5",
        "-j 0",
        "-j 65",
        "-w -W",
        "--compress=gzip",
        "--checkpoint=slow",
        "--wal=no",
        "--wal-timeout=-1",
        "--label=",
        "stray",
      })
  void aBackupRefusesWrongOptions(String words) {
    CliRun run = CliRun.of((Object[]) ("backup -A /archive -D /none " + words).split(" ", -1));
    assertThat(run.status()).isEqualTo(words.equals("--label=") ? run.status() : ExitStatus.USAGE);
    assertThat(run.speaksJava()).isFalse();
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aRestoreIsOfTheLatestByDefault() throws IOException {
    RestoreOptions options = restore();
    assertThat(options.target()).isEqualTo(Path.of("/restored"));
    assertThat(options.backup()).isEqualTo("latest");
    assertThat(options.recovery()).isEqualTo(RecoverySettings.archive());
    assertThat(options.walCheck()).isTrue();
    assertThat(options.cleanUp()).isTrue();
    assertThat(options.sync()).isTrue();
    assertThat(options.base()).isEmpty();
    assertThat(options.walDirectory()).isEmpty();
    assertThat(options.tablespaces()).isEmpty();
  }

  @Test
  void aRestoreTakesAllItsOptions() throws IOException {
    RestoreOptions options =
        restore(
            "8CF01234",
            "-T/a/b=/c",
            "-T",
            "/with\\=sign=/d/../e",
            "--waldir=/wal",
            "--base=/base",
            "--no-wal-check",
            "-n",
            "-N",
            "--target-lsn=0/5000028",
            "--target-inclusive=false",
            "--target-action=promote",
            "--target-timeline=3",
            "--restore-command=cp /x/%f %p",
            "-Rhost=primary user=standby",
            "--slot=slot_1");
    assertThat(options.backup()).isEqualTo("8CF01234");
    assertThat(options.tablespaces())
        .isEqualTo(Map.of(Path.of("/a/b"), Path.of("/c"), Path.of("/with=sign"), Path.of("/e")));
    assertThat(options.walDirectory()).hasValue(Path.of("/wal"));
    assertThat(options.base()).hasValue(Path.of("/base"));
    assertThat(options.walCheck()).isFalse();
    assertThat(options.cleanUp()).isFalse();
    assertThat(options.sync()).isFalse();
    assertThat(options.recovery())
        .isEqualTo(
            new RecoverySettings(
                RecoverySettings.Mode.STANDBY,
                Optional.of("cp /x/%f %p"),
                Optional.of(
                    new RecoveryTarget(RecoveryTarget.Kind.LSN, "0/5000028", Optional.of(false))),
                Optional.of("promote"),
                Optional.of("3"),
                Optional.of("host=primary user=standby"),
                Optional.of("slot_1")));
  }

  @ParameterizedTest
  @CsvSource({
    "--target-time=now, TIME, now",
    "--target-xid=77, XID, 77",
    "--target-name=here, NAME, here",
    "--target-immediate, IMMEDIATE, immediate",
  })
  void aRestoreTakesEachTarget(String word, RecoveryTarget.Kind kind, String value)
      throws IOException {
    assertThat(restore(word).recovery().target())
        .hasValue(new RecoveryTarget(kind, value, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "--target-xid=1 --target-immediate, only one recovery target can be given",
    "--target-action=pause, --target-action needs a recovery target",
    "--target-inclusive=true, --target-inclusive needs a recovery target",
    "--target-timeline=newest, \"newest\" is no timeline",
    "--target-timeline=010, decimal number from 1 to 4294967295 without a zero before it",
    "--target-timeline=0x10, decimal number from 1 to 4294967295 without a zero before it",
    "--target-timeline=4294967296, \"4294967296\" is no timeline",
    "--target-xid=x, is no number from 0 to 4294967295",
    "--target-lsn=x, \"x\" is no LSN",
    "--bindir=/bin, and --start-timeout need --start",
    "--start --start-timeout=0, --start-timeout must be positive",
    "--standby --slot=A, \"A\" is no name of a slot",
    "--slot=a, --slot needs --primary-conninfo or --standby",
    "-R x, missing \"=\" after \"x\" in connection info string",
    "-T /a, \"/a\" is not of the form OLDDIR=NEWDIR",
    "-T a=/b, needs absolute paths",
    "-T /a=/b=/c, has more than one equals sign",
    "--waldir=wal, --waldir must be an absolute path",
  })
  void aRestoreRefusesWrongOptions(String words, String message) {
    CliRun run =
        CliRun.of((Object[]) ("restore -A " + archive + " -D /restored " + words).split(" ", -1));
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains(message);
    assertThat(run.speaksJava()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "--all latest, --all excludes the id of a backup",
    "--all --no-chain, --all and --no-chain exclude each other",
    "--base=/b --no-chain, --base and --no-chain exclude each other",
    "--max-findings=0, --max-findings must be positive",
  })
  void aVerificationRefusesWrongOptions(String words, String message) {
    CliRun run = CliRun.of((Object[]) ("verify -A " + archive + " " + words).split(" ", -1));
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains(message);
  }

  @Test
  void summarizingTakesAllItsOptions() {
    SummarizeOptions options =
        parsed(
                SummarizeCommand.class,
                "summarize",
                "--summary-dir=/s",
                "-s",
                "0/5000028",
                "-e0/6000000",
                "-t",
                "3",
                "-f",
                "-j7",
                "/archive",
                "/pg_wal")
            .options();
    assertThat(options)
        .isEqualTo(
            new SummarizeOptions(
                Path.of("/s"),
                List.of(Path.of("/archive"), Path.of("/pg_wal")),
                Optional.of(Lsn.parse("0/5000028")),
                Optional.of(Lsn.parse("0/6000000")),
                Optional.of(new TimelineId(3)),
                true,
                7));
  }

  @Test
  void summarizingGoesOnWhereItEndedByDefault() {
    SummarizeOptions options =
        parsed(SummarizeCommand.class, "summarize", "--summary-dir=/s", "/archive").options();
    assertThat(options.start()).isEmpty();
    assertThat(options.end()).isEmpty();
    assertThat(options.timeline()).isEmpty();
    assertThat(options.follow()).isFalse();
    assertThat(options.jobs()).isBetween(1, 4);
  }

  @ParameterizedTest
  @CsvSource({
    "'', Missing required",
    "--summary-dir=/s, Missing required parameter",
    "--summary-dir=/s -j0 /a, --jobs must be from 1 to 64",
    "--summary-dir=/s -s 0/2 -e 0/2 /a, option --end must lie after --start",
    "--summary-dir=/s -s x /a, \"x\" is no LSN",
  })
  void summarizingRefusesWrongOptions(String words, String message) {
    CliRun run = CliRun.of((Object[]) ("summarize " + words).trim().split(" ", -1));
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).containsIgnoringCase(message);
  }
}
