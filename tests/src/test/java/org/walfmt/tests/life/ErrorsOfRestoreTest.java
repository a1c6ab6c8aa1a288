package org.walfmt.tests.life;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.SegmentName;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.RestoreOptions;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.SmallDisk;
import org.walfmt.tests.kit.WalfmtCli;

/** What a restore refuses or cannot do: it says what and where, and leaves nothing behind. */
class ErrorsOfRestoreTest {
  private static final int PRECONDITION = 8;
  private static final int INPUT_OUTPUT = 7;
  private static final int INCOMPLETE = 4;

  private static Scratch scratch;
  private static Path archive;
  private static BackupId full;
  private static BackupId incremental;

  private Scratch place;

  @BeforeAll
  static void takeChain() throws IOException {
    scratch = Scratch.create();
    archive = Files.createDirectory(scratch.resolve("archive"));
    try (Cluster source =
        Cluster.of(PgInstall.embedded(17)).segmentMegabytes(1).archiving().start()) {
      Backups backups = new Backups(source, source.archive());
      full = backups.full().id();
      incremental = backups.incremental("latest").id();
      try (Stream<Path> files = Files.list(source.archive())) {
        for (Path file : files.toList()) {
          Files.copy(file, archive.resolve(file.getFileName()));
        }
      }
    }
  }

  @AfterAll
  static void delete() {
    scratch.close();
  }

  @BeforeEach
  void createPlace() {
    place = Scratch.create();
  }

  @AfterEach
  void deletePlace() {
    place.close();
  }

  private static RefusedException refusal(Path target, UnaryOperator<RestoreOptions> more) {
    RefusedException refusal =
        catchThrowableOfType(
            RefusedException.class, () -> Restores.restore(archive, incremental, target, more));
    assertThat(refusal).isNotNull();
    return refusal;
  }

  private static RefusedException refusal(Path target) {
    return refusal(target, UnaryOperator.identity());
  }

  private static List<Path> all(Path top) throws IOException {
    try (Stream<Path> paths = Files.walk(top)) {
      return paths.sorted().toList();
    }
  }

  @Test
  void refusesATargetThatIsNotEmpty() throws IOException {
    Path target = Files.createDirectory(place.resolve("data"));
    Path file = Files.writeString(target.resolve(".hidden"), "mine");
    RefusedException refusal = refusal(target);
    assertThat(refusal.reason()).isEqualTo(Reason.PRECONDITION);
    assertThat(refusal).hasMessage("target directory \"" + target + "\" is not empty");
    assertThat(file).hasContent("mine");
    Outcome outcome = WalfmtCli.run("restore", "-A", archive.toString(), "-D", target.toString());
    assertThat(outcome.status()).isEqualTo(PRECONDITION);
    assertThat(outcome.err())
        .startsWith("walfmt: error: target directory \"" + target + "\" is not empty\n");
    assertThat(all(target)).containsExactly(target, file);
  }

  @Test
  void refusesATargetThatIsAFile() throws IOException {
    Path target = Files.writeString(place.resolve("data"), "mine");
    assertThat(refusal(target)).hasMessageContaining("is not a directory");
    assertThat(target).hasContent("mine");
  }

  @Test
  void refusesATargetInsideTheArchive() throws IOException {
    List<Path> before = all(archive);
    Path target = archive.resolve("restored/data");
    assertThat(refusal(target)).hasMessageContaining("are inside each other");
    Path link = Files.createSymbolicLink(place.resolve("link"), archive);
    assertThat(refusal(link.resolve("data"))).hasMessageContaining("are inside each other");
    assertThat(all(archive)).isEqualTo(before);
  }

  @Test
  void refusesATargetAroundTheArchive() throws IOException {
    List<Path> before = all(archive);
    assertThat(refusal(scratch.path()).reason()).isEqualTo(Reason.PRECONDITION);
    assertThat(refusal(archive)).hasMessageContaining("is not empty");
    assertThat(all(archive)).isEqualTo(before);
  }

  @Test
  void refusesAWalDirectoryThatIsNotApart() throws IOException {
    Path target = place.resolve("data");
    Path inside = target.resolve("pg_wal");
    assertThat(refusal(target, options -> options.walDirectory(inside)))
        .hasMessageContaining("are inside each other");
    Path used = place.resolve("wal");
    Files.createDirectories(used.resolve("used"));
    assertThat(refusal(target, options -> options.walDirectory(used)))
        .hasMessage("WAL directory \"" + used + "\" is not empty");
    assertThat(target).doesNotExist();
  }

  @Test
  void refusesToMapATablespaceThatIsNotThere() {
    Path target = place.resolve("data");
    Path from = Path.of("/no/such/tablespace");
    RefusedException refusal =
        refusal(target, options -> options.mapTablespace(from, place.resolve("space")));
    assertThat(refusal).hasMessage("no tablespace of the backup is in \"" + from + "\"");
    assertThat(target).doesNotExist();
  }

  @Test
  void cannotWriteWhereItMayNot() throws IOException {
    try (SmallDisk disk = SmallDisk.readOnly()) {
      Path target = disk.path().resolve("data");
      Throwable failure = catchThrowable(() -> Restores.restore(archive, incremental, target));
      assertThat(failure).isInstanceOf(FileSystemException.class);
      assertThat(failure.getMessage()).contains(target.toString());
      Outcome outcome = WalfmtCli.run("restore", "-A", archive.toString(), "-D", target.toString());
      assertThat(outcome.status()).as(outcome.toString()).isEqualTo(INPUT_OUTPUT);
      assertThat(outcome.err()).contains("\"" + target + "\"").contains("Read-only file system");
    }
  }

  @Test
  void aFullDiskLeavesNothing() throws IOException {
    try (SmallDisk disk = SmallDisk.ofMegabytes(8)) {
      Path target = disk.path().resolve("data");
      Outcome outcome = WalfmtCli.run("restore", "-A", archive.toString(), "-D", target.toString());
      assertThat(outcome.status()).as(outcome.toString()).isEqualTo(INPUT_OUTPUT);
      assertThat(outcome.err())
          .contains("walfmt: error: ")
          .contains("No space left on device")
          .contains("\"" + target)
          .contains("was removed again");
      assertThat(all(disk.path())).containsExactly(disk.path());

      Outcome kept =
          WalfmtCli.run("restore", "-A", archive.toString(), "-D", target.toString(), "--no-clean");
      assertThat(kept.status()).as(kept.toString()).isEqualTo(INPUT_OUTPUT);
      assertThat(kept.err()).contains("is incomplete and cannot be started");
      assertThat(target).isNotEmptyDirectory();
      assertThat(target.resolve("global/pg_control")).doesNotExist();
    }
  }

  @Test
  void refusesAChainWhoseFullIsMissing() throws IOException {
    Path commit = archive.resolve(full.commitName());
    Path away = place.resolve("away");
    Files.move(commit, away);
    try {
      Path target = place.resolve("data");
      RefusedException refusal = refusal(target);
      assertThat(refusal.reason()).isEqualTo(Reason.INCOMPLETE);
      assertThat(refusal)
          .hasMessage("backup " + full + ", on which " + incremental + " builds, is missing");
      assertThat(target).doesNotExist();
      Outcome outcome = WalfmtCli.run("list", "-A", archive.toString());
      assertThat(outcome.out()).containsPattern(incremental + " .* incomplete ");
      outcome = WalfmtCli.run("restore", "-A", archive.toString(), "-D", target.toString());
      assertThat(outcome.status()).as(outcome.toString()).isEqualTo(INCOMPLETE);
    } finally {
      Files.move(away, commit);
    }
  }

  @Test
  void refusesABackupWhoseWalIsMissing() throws IOException {
    CommitFile.Summary commit =
        new BackupCatalog(new DirectoryArchive(archive, "test")).find(incremental).orElseThrow();
    String segment =
        SegmentName.of(commit.stopTimeline(), commit.startLsn(), commit.segmentSize()).toString();
    Path away = place.resolve("away");
    Files.move(archive.resolve(segment), away);
    try {
      Path target = place.resolve("data");
      RefusedException refusal = refusal(target);
      assertThat(refusal.reason()).isEqualTo(Reason.INCOMPLETE);
      assertThat(refusal)
          .hasMessage("WAL segment " + segment + " is not in archive \"" + archive + "\"");
      assertThat(target).doesNotExist();

      Files.write(archive.resolve(segment), new byte[1000]);
      assertThat(refusal(target)).hasMessageContaining(segment);
      Files.delete(archive.resolve(segment));

      Restores.restore(archive, incremental, target, options -> options.walCheck(false));
      assertThat(target.resolve("global/pg_control")).exists();
    } finally {
      Files.move(away, archive.resolve(segment));
    }
  }

  @Test
  void refusesABackupThatIsNotThere() {
    Outcome outcome =
        WalfmtCli.run(
            "restore",
            "-A",
            archive.toString(),
            "-D",
            place.resolve("data").toString(),
            "8000000F");
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(INCOMPLETE);
    assertThat(outcome.err())
        .contains("has no backup \"8000000F\"")
        .contains("hint: \"walfmt list\" shows");
  }
}
