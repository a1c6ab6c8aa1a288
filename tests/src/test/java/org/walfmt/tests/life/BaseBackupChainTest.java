package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.PgTools;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.writer.changes.ChangeSource;

/**
 * Incrementals on top of a plain {@code pg_basebackup} with a tablespace, and the bases that are
 * refused under them.
 */
class BaseBackupChainTest {
  private static Scratch scratch;
  private static Cluster source;
  private static Path space;
  private static Base base;
  private static Base other;
  private static BackupId first;
  private static BackupId second;

  /**
   * A base backup and where its tablespace is.
   *
   * @param space the directory that its {@code pg_tblspc} leads to
   */
  private record Base(Path directory, Path space) {
    static Base take(String name, String... more) {
      Base taken = new Base(scratch.resolve(name), scratch.resolve(name + "-space"));
      String mapping = BaseBackupChainTest.space + "=" + taken.space;
      List<String> options = new ArrayList<>(List.of("-T", mapping));
      options.addAll(List.of(more));
      PgTools.get().baseBackup(source, taken.directory, options.toArray(String[]::new)).orFail();
      return taken;
    }

    Path manifest() {
      return directory.resolve("backup_manifest");
    }

    /** A copy to be spoilt, whose tablespace is a copy too. */
    Base copy(String name) throws IOException {
      Base copy = new Base(scratch.resolve(name), scratch.resolve(name + "-space"));
      copy(directory, copy.directory);
      copy(space, copy.space);
      String oid = source.query("SELECT oid FROM pg_tablespace WHERE spcname = 'apart'");
      Path link = copy.directory.resolve("pg_tblspc").resolve(oid);
      Files.delete(link);
      Files.createSymbolicLink(link, copy.space);
      return copy;
    }

    private static void copy(Path from, Path to) {
      Command.of(Path.of("/bin/cp"), "-a", from.toString(), to.toString()).run().orFail();
    }
  }

  @BeforeAll
  static void takeBackups() throws IOException {
    scratch = Scratch.create();
    source = Cluster.of(PgInstall.machine15()).archiving().setting("autovacuum", "off").start();
    space = source.newDirectory("space");
    source.run(
        "CREATE TABLESPACE apart LOCATION '" + space + "'",
        "CREATE TABLE near AS SELECT g AS a, repeat('n', 80) AS b FROM generate_series(1, 9000) g",
        "CREATE TABLE far TABLESPACE apart"
            + " AS SELECT g AS a, repeat('f', 80) AS b FROM generate_series(1, 9000) g",
        "CREATE INDEX near_a ON near (a)",
        "CREATE TABLE dropped_later AS SELECT 1 AS a");
    Backups backups = new Backups(source, source.archive());
    other = Base.take("other");
    base = Base.take("base", "--manifest-checksums=SHA224");
    source.run(
        "UPDATE near SET b = 'changed' WHERE a % 300 = 0",
        "DROP TABLE dropped_later",
        "CREATE TABLE created_later TABLESPACE apart AS SELECT * FROM near WHERE a < 2000");
    backups.changesBy(ChangeSource.WAL);
    first = backups.incremental(base.manifest().toString()).id();
    source.run(
        "UPDATE far SET b = 'changed' WHERE a % 500 = 0",
        "DELETE FROM near WHERE a > 8000", "VACUUM near");
    backups.changesBy(ChangeSource.SCAN);
    second = backups.incremental("latest").id();
    source.run("CHECKPOINT");
  }

  @AfterAll
  static void stop() {
    if (source != null) {
      source.close();
    }
    scratch.close();
  }

  private static UnaryOperator<RestoreOptions> on(Base under, String name) {
    return options ->
        options.base(under.directory).mapTablespace(space, scratch.resolve(name + "-space"));
  }

  private static Path restore(BackupId backup, String name) throws IOException {
    Path target = scratch.resolve(name);
    Restores.restore(source.archive(), backup, target, on(base, name));
    return target;
  }

  /** The refusal of a restore, which has left nothing. */
  private static RefusedException refusal(Base under, String name) {
    Path target = scratch.resolve(name);
    RefusedException refusal =
        catchThrowableOfType(
            RefusedException.class,
            () -> Restores.restore(source.archive(), second, target, on(under, name)));
    assertThat(refusal).isNotNull();
    assertThat(target).doesNotExist();
    assertThat(scratch.resolve(name + "-space")).doesNotExist();
    return refusal;
  }

  @Test
  void theIncrementalHoldsOnlyWhatChangedSinceTheBase() throws Exception {
    DirectoryArchive archive = new DirectoryArchive(source.archive(), "test");
    CommitFile.Summary commit = new BackupCatalog(archive).find(first).orElseThrow();
    assertThat(commit.manifest()).isPresent();
    assertThat(commit.segments()).as("segments of 16 MB").isEqualTo(1);
  }

  @Test
  void theFirstIncrementalRestoresAndReplays() throws Exception {
    Path restored = restore(first, "first");
    PgTools.get().verifyBackup("-w", source.archive().toString(), restored.toString()).orFail();
    Restores.mustReplayToTheSource(source, restored, Options.masksAndTolerances());
  }

  @Test
  void theSecondIncrementalRestoresToTheSourcesBytes() throws Exception {
    Path restored = restore(second, "second");
    PgTools.get().verifyBackup("-w", source.archive().toString(), restored.toString()).orFail();
    Restores.mustEqual(source, source.data(), restored, Options.exact());
    try (Cluster cluster = Restores.startAndOpen(source.install(), restored)) {
      assertThat(cluster.query("SELECT count(*) FROM far WHERE b = 'changed'")).isEqualTo("18");
      assertThat(cluster.query("SELECT max(a) FROM near")).isEqualTo("8000");
    }
  }

  @Test
  void refusesABaseThatWasStartedOnce() throws Exception {
    Base started = base.copy("started");
    try (Cluster cluster = Cluster.adopt(source.install(), started.directory)) {
      cluster.start().stop(Cluster.Stop.FAST);
    }
    RefusedException refusal = refusal(started, "on-started");
    assertThat(refusal).hasMessageContaining("was started once");
    assertThat(refusal.detail()).hasValueSatisfying(d -> assertThat(d).contains(".old"));

    Files.move(
        started.directory.resolve("backup_label.old"), started.directory.resolve("backup_label"));
    refusal = refusal(started, "on-started-and-disguised");
    assertThat(refusal).hasMessageContaining("is not as its manifest says");
  }

  @Test
  void refusesABaseWithAFlippedByte() throws Exception {
    Base flipped = base.copy("flipped");
    String path = source.query("SELECT pg_relation_filepath('near')");
    byte[] bytes = Files.readAllBytes(flipped.directory.resolve(path));
    bytes[8192 * 50 + 4000] ^= 0x10;
    Files.write(flipped.directory.resolve(path), bytes);
    RefusedException refusal = refusal(flipped, "on-flipped");
    assertThat(refusal.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(refusal).hasMessageContaining("is not as its manifest says");
    assertThat(refusal.detail())
        .hasValueSatisfying(d -> assertThat(d).contains(path).contains("SHA224"));
  }

  @Test
  void refusesABaseWithALongerFileInItsTablespace() throws Exception {
    Base longer = base.copy("longer");
    String path = source.query("SELECT pg_relation_filepath('far')");
    Path file = longer.directory.resolve(path);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 8192));
    assertThat(refusal(longer, "on-longer").detail())
        .hasValueSatisfying(d -> assertThat(d).contains(path).contains("bytes, expected"));
  }

  @Test
  void refusesABaseThatLacksAFile() throws Exception {
    Base lacking = base.copy("lacking");
    String path = source.query("SELECT pg_relation_filepath('near_a')");
    Files.delete(lacking.directory.resolve(path));
    assertThat(refusal(lacking, "on-lacking").detail())
        .hasValueSatisfying(d -> assertThat(d).contains(path).contains("is missing"));
  }

  @Test
  void refusesAnotherBaseOfTheSameServer() {
    RefusedException refusal = refusal(other, "on-other");
    assertThat(refusal.reason()).isEqualTo(Reason.MISMATCH);
    assertThat(refusal).hasMessageContaining("is not the one that the chain builds on");
  }

  @Test
  void refusesToRestoreWithoutTheBase() {
    RefusedException refusal =
        catchThrowableOfType(
            RefusedException.class,
            () -> Restores.restore(source.archive(), second, scratch.resolve("none")));
    assertThat(refusal).hasMessageContaining("builds on an external base backup");
    assertThat(refusal.hint()).isEqualTo(Optional.of("Give its directory with --base."));
  }

  @Test
  void refusesATargetInsideTheBase() {
    Path target = base.directory.resolve("restored");
    assertThat(
            catchThrowableOfType(
                RefusedException.class,
                () -> Restores.restore(source.archive(), second, target, on(base, "inside"))))
        .hasMessageContaining("are inside each other");
    assertThat(target).doesNotExist();
  }
}
