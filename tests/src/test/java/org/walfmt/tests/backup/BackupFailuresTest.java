package org.walfmt.tests.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.PathEntry;
import org.walfmt.series.PathInventory;
import org.walfmt.series.Series;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.writer.BackupReport;

/** What stands in a backup's way: each time it says so, and leaves nothing behind. */
class BackupFailuresTest {
  private static Scratch scratch;
  private static Cluster cluster;
  private static BackupReport full;
  private Path archive;
  private List<String> before;

  @BeforeAll
  static void start() throws IOException {
    scratch = Scratch.create();
    cluster =
        Cluster.of(PgInstall.machine15())
            .archiving()
            .setting("autovacuum", "off")
            .setting("checkpoint_timeout", "1d")
            .start();
    cluster.run(
        "CREATE TABLE t AS SELECT g AS a, repeat('x', 400) AS t FROM generate_series(1, 20000) g",
        "CREATE ROLE weak LOGIN",
        "CREATE ROLE operator LOGIN",
        "GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean) TO operator",
        "GRANT EXECUTE ON FUNCTION pg_backup_stop(boolean) TO operator",
        "GRANT pg_read_all_settings TO operator");
    full = new Backups(cluster, cluster.archive()).full();
  }

  @AfterAll
  static void stop() {
    cluster.close();
    scratch.close();
  }

  @BeforeEach
  void lookAtTheArchive() throws IOException {
    archive = cluster.archive();
    before = Archives.ofSeries(archive);
  }

  private Backups backups() {
    return new Backups(cluster, archive);
  }

  private void mustBeAsBefore() throws IOException {
    Archives.mustBeAsBefore(archive, before, cluster);
  }

  private static RefusedException refused(Reason reason, ThrowingCallable backup) {
    RefusedException e = catchThrowableOfType(RefusedException.class, backup);
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(reason);
    return e;
  }

  private void useAnotherArchive(String name) throws IOException {
    archive = Files.createDirectory(scratch.resolve(name));
    before = List.of();
  }

  @Test
  void aRoleWithoutPrivilegeIsToldWhatItNeeds() throws IOException {
    assertThat(refused(Reason.PRECONDITION, () -> backups().as("weak").full()))
        .hasMessage("the role may not see the server's data_directory");
    RefusedException e =
        refused(Reason.PRECONDITION, () -> backups().as("weak").of(cluster.data()).full());
    assertThat(e).hasMessage("the role may not execute the backup functions");
    assertThat(e.hint().orElseThrow()).contains("grant the role EXECUTE on pg_backup_start");
    mustBeAsBefore();
  }

  @Test
  void aRoleWithTheGrantsOfTheHintTakesBackups() throws IOException {
    useAnotherArchive("operator");
    Backups backups = backups().as("operator").copyingWal();
    backups.full();
    assertThat(backups.infos())
        .contains("no replication slot can be had: WAL is copied before it is recycled");
    assertThat(backups.incremental("latest").parent()).isPresent();
  }

  @Test
  void walThatIsCopiedIsKeptByASlotUntilTheEnd() throws IOException {
    useAnotherArchive("copied");
    String slots = "SELECT count(*) FROM pg_replication_slots WHERE active";
    List<String> seen = new ArrayList<>();
    Backups backups = backups().copyingWal().whileReading(() -> seen.add(cluster.query(slots)));
    BackupReport report = backups.full();
    assertThat(seen).containsExactly("1");
    // It goes with the session, whose end the server notes a moment later.
    cluster.await(
        "the slot to go",
        () -> cluster.query("SELECT count(*) FROM pg_replication_slots").equals("0"));
    assertThat(Archives.names(archive))
        .contains(cluster.query("SELECT pg_walfile_name('" + report.startLsn() + "')"));
  }

  @Test
  void walThatComesIntoAnotherArchiveIsNotWaitedForInVain() throws IOException {
    useAnotherArchive("wrong");
    RefusedException e =
        refused(Reason.INCOMPLETE, () -> backups().waitingFor(Duration.ofSeconds(1)).full());
    assertThat(e.getMessage()).contains("WAL file 0000000100000000", "is not in archive");
    assertThat(e.hint().orElseThrow()).contains("--wal=copy");
    mustBeAsBefore();
    assertThat(Archives.names(archive)).isEmpty();
  }

  @Test
  void anArchiveThatCannotBeWrittenToIsRefusedBeforeTheBackup() throws IOException {
    Strict.require(ServerUser.root(), "not root: cannot mount a read-only file system");
    useAnotherArchive("readonly");
    mount("ro,size=1m");
    try {
      Throwable e = catchThrowable(() -> backups().full());
      assertThat(e).isInstanceOf(IOException.class).hasMessageContaining(archive.toString());
      mustBeAsBefore();
    } finally {
      unmount();
    }
  }

  @Test
  void aFullFileSystemEndsTheBackup() throws IOException {
    Strict.require(ServerUser.root(), "not root: cannot mount a small file system");
    useAnotherArchive("small");
    mount("size=20m");
    try {
      Throwable e = catchThrowable(() -> backups().copyingWal().full());
      assertThat(e)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("could not write file \"8")
          .hasMessageContaining("in archive \"" + archive + "\": No space left on device");
      mustBeAsBefore();
      assertThat(Archives.names(archive)).isEmpty();
    } finally {
      unmount();
    }
  }

  private void mount(String options) {
    Outcome mounted =
        Command.of(Path.of("/bin/mount"), "-t", "tmpfs", "-o", options, "tmpfs", archive.toString())
            .run();
    Strict.require(mounted.status() == 0, "cannot mount: " + mounted.err());
  }

  private void unmount() {
    Command.of(Path.of("/bin/umount"), archive.toString()).run().orFail();
  }

  /** For whoever is not root: no file may be longer than 8 MB. */
  @Test
  void aLimitOnFilesEndsTheBackup() throws IOException {
    useAnotherArchive("limited");
    Command walfmt =
        WalfmtCli.command(
            "backup",
            "-A",
            archive.toString(),
            "--wal=copy",
            "--checkpoint=fast",
            "-h",
            "127.0.0.1",
            "-p",
            Integer.toString(cluster.port()),
            "-U",
            "postgres");
    Outcome outcome = walfmt.limited("--fsize=8388608").run();
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(7);
    assertThat(outcome.err())
        .contains("walfmt: error: could not write file \"8", "File too large")
        .doesNotContain("Exception");
    mustBeAsBefore();
  }

  @Test
  void aSessionThatIsEndedEndsTheBackup() throws IOException {
    String end =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    Throwable e = catchThrowable(() -> backups().whileReading(() -> cluster.query(end)).full());
    assertThat(e)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("terminating connection due to administrator command");
    mustBeAsBefore();
  }

  @Test
  void aServerThatStopsEndsTheBackup() throws IOException {
    Throwable e =
        catchThrowable(() -> backups().whileReading(() -> cluster.stop(Cluster.Stop.FAST)).full());
    cluster.start();
    assertThat(e)
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(RefusedException.class)
        .hasMessageContaining("failed: ");
    mustBeAsBefore();
  }

  @Test
  void aParentThatVanishesMeanwhileEndsTheBackup() throws IOException {
    Path commit = archive.resolve(full.id().commitName());
    Path aside = scratch.resolve("aside");
    RefusedException e =
        refused(
            Reason.INCOMPLETE,
            () -> backups().whileReading(() -> move(commit, aside)).incremental(full.id().text()));
    move(aside, commit);
    assertThat(e.getMessage()).startsWith("the parent's commit " + full.id().commitName());
    mustBeAsBefore();
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anInterruptLeavesNothing() throws IOException {
    Throwable e =
        catchThrowable(
            () -> backups().whileReading(() -> Thread.currentThread().interrupt()).full());
    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    assertThat(e).isInstanceOf(IOException.class);
    mustBeAsBefore();
  }

  @Test
  void anInterruptEndsTheWaitForASpreadCheckpoint() throws Exception {
    cluster.run("CREATE TABLE dirty AS SELECT * FROM t");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<BackupReport> running = thread.submit(backups().withSpreadCheckpoint()::full);
      String waits =
          "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_backup_start'";
      cluster.await("the backup's start", () -> cluster.query(waits).equals("1"));
      thread.shutdownNow();
      Throwable e = catchThrowable(() -> running.get(20, TimeUnit.SECONDS));
      assertThat(e).hasRootCauseInstanceOf(InterruptedException.class);
      assertThat(e.getCause()).isInstanceOf(InterruptedIOException.class);
    } finally {
      thread.shutdownNow();
    }
    mustBeAsBefore();
  }

  @Test
  void twoBackupsAtOnceDoNotDisturbEachOther() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<Future<BackupReport>> running = new ArrayList<>();
    try (Connection session = cluster.connect();
        Statement statement = session.createStatement()) {
      statement.execute("CREATE TEMPORARY TABLE mine AS SELECT 1 AS a");
      Callable<BackupReport> one = () -> backups().readingAtMost(40 << 20).full();
      running.add(threads.submit(one));
      running.add(threads.submit(one));
      for (Future<BackupReport> each : running) {
        mustBeComplete(each.get(2, TimeUnit.MINUTES));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(running.get(0).get().id()).isNotEqualTo(running.get(1).get().id());
    assertThat(Archives.ofSeries(archive)).noneMatch(name -> name.startsWith("."));
  }

  private void mustBeComplete(BackupReport report) throws IOException {
    assertThat(report.readTime())
        .as("at most 40 MB a second")
        .isGreaterThan(Duration.ofMillis(900 * report.bytesRead() / (40 << 20)));
    DirectoryArchive directory = new DirectoryArchive(archive, "test");
    BackupCatalog catalog = new BackupCatalog(directory);
    var commit = catalog.find(report.id()).orElseThrow();
    assertThat(catalog.missingSegment(commit)).isEmpty();
    try (PathInventory paths = new PathInventory(Series.open(directory, commit))) {
      for (PathEntry path = paths.next(); path != null; path = paths.next()) {
        assertThat(path.path()).doesNotContainPattern("/t[0-9]+_[0-9]+");
      }
    }
  }

  @Test
  void aManifestWithoutItsBackupIsBuiltOnWithAWarning() throws IOException {
    Path base = scratch.resolve("base");
    PgTools.get().baseBackup(cluster, base, "-X", "none").orFail();
    Path manifest = Files.copy(base.resolve("backup_manifest"), scratch.resolve("manifest"));
    Backups beside = backups();
    beside.incremental(base + "/backup_manifest");
    assertThat(beside.warnings()).isEmpty();
    Backups alone = backups();
    alone.incremental(manifest.toString());
    assertThat(alone.warnings())
        .containsExactly(
            "base backup of manifest \""
                + manifest
                + "\" has no pg_control beside it: only a restore will tell whether it is of this"
                + " cluster and its settings",
            "visibility maps are left out, since data checksums are off and wal_log_hints may have been: VACUUM"
                + " makes them anew");
  }

  @Test
  void settingsThatRuleOutABackupAreNamed() throws IOException {
    cluster
        .override("wal_level", "minimal")
        .override("max_wal_senders", "0")
        .override("archive_mode", "off")
        .restart();
    assertThat(refused(Reason.PRECONDITION, () -> backups().full()))
        .hasMessage("wal_level is minimal");
    cluster.override("wal_level", "replica").restart();
    assertThat(refused(Reason.PRECONDITION, () -> backups().full()))
        .hasMessage("archive_mode is off, so that no WAL will come into the archive");
    mustBeAsBefore();
    useAnotherArchive("unarchived");
    backups().copyingWal().full();
    cluster.override("max_wal_senders", "10").override("archive_mode", "on").restart();
  }
}
