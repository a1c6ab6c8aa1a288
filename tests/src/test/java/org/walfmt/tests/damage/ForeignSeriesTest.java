package org.walfmt.tests.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.UnsupportedWalException;
import org.walfmt.WalFormatException;
import org.walfmt.series.BackupId;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;

/** Series of other clusters, majors and format versions, and commits that lie. */
class ForeignSeriesTest {
  private static final int UNSUPPORTED = 5;

  private static Scratch scratch;
  private static Cluster source;
  private static Cluster other;
  private static BackupId full;
  private static BackupId incremental;
  private static BackupId otherFull;
  private static BackupId otherIncremental;

  private Scratch place;
  private Path archive;
  private Path target;

  @BeforeAll
  static void takeBackups() throws Exception {
    scratch = Scratch.create();
    source = Cluster.of(PgInstall.embedded(15)).segmentMegabytes(1).archiving().start();
    other = Cluster.of(PgInstall.embedded(15)).segmentMegabytes(1).archiving().start();
    Backups backups = new Backups(source, source.archive());
    full = backups.full().id();
    incremental = backups.incremental("latest").id();
    // Two archives do not know of each other's ids, which are made of seconds.
    Thread.sleep(3000);
    Backups others = new Backups(other, other.archive());
    otherFull = others.full().id();
    otherIncremental = others.incremental("latest").id();
  }

  @AfterAll
  static void stop() {
    other.close();
    source.close();
    scratch.close();
  }

  @BeforeEach
  void copyArchive() throws IOException {
    place = Scratch.create();
    archive = Files.createDirectory(place.resolve("archive"));
    target = place.resolve("data");
    copy(source.archive(), "");
  }

  private void copy(Path from, String start) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(start)) {
          PathUtils.copyFileToDirectory(file.toUri().toURL(), archive);
        }
      }
    }
  }

  @AfterEach
  void deleteArchive() {
    place.close();
  }

  private Path commit(BackupId id) {
    return archive.resolve(id.commitName());
  }

  private Throwable failure(BackupId id) {
    Throwable failure = catchThrowable(() -> Restores.restore(archive, id, target));
    assertThat(failure).isInstanceOfAny(WalFormatException.class, RefusedException.class);
    assertThat(target).doesNotExist();
    return failure;
  }

  private Outcome restoreLatest() {
    return WalfmtCli.run("restore", "-A", archive.toString(), "-D", target.toString());
  }

  @Test
  void refusesToChooseTheLatestOfTwoClusters() throws IOException {
    copy(other.archive(), "8");
    Outcome outcome = restoreLatest();
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(6);
    assertThat(outcome.err()).contains("has backups of several clusters");
    Restores.restore(archive, incremental, target);
    assertThat(target.resolve("global/pg_control")).exists();
  }

  @Test
  void buildsOnNoBackupOfAnotherCluster() throws IOException {
    copy(other.archive(), "8");
    Backups backups = new Backups(source, archive);
    Throwable refusal = catchThrowable(() -> backups.incremental(otherFull.text()));
    assertThat(refusal)
        .isInstanceOf(RefusedException.class)
        .hasMessage("backup " + otherFull + " is of another cluster");
  }

  @Test
  void refusesAChainThatLeadsToAnotherCluster() throws IOException {
    copy(other.archive(), otherIncremental.text().substring(0, 8));
    assertThat(failure(otherIncremental))
        .hasMessageContaining(otherFull.text())
        .hasMessageContaining("is missing");
    // The other cluster's full backup, put in the place of this one's.
    for (String name : List.of(full.text(), full.commitName())) {
      Files.delete(archive.resolve(name));
    }
    Path first = other.archive().resolve(otherFull.text());
    Files.copy(first, archive.resolve(full.text()));
    Files.copy(other.archive().resolve(otherFull.commitName()), commit(full));
    failure(incremental);
  }

  @ParameterizedTest
  @CsvSource({
    "WALFMT POSTGRES,16",
    "WALFMT POSTGRES,14",
    "WALFMT SEGMENT SIZE,16777216",
    "WALFMT SYSTEM IDENTIFIER,7000000000000000001",
    "WALFMT NONCE,00112233445566778899aabbccddeeff",
    "WALFMT DIGEST,00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "WALFMT PARENT,none",
    "WALFMT INDEX LSN,0/1000028",
    "WALFMT END LSN,0/1000028",
    "WALFMT VERDICT,damaged 3",
    "START WAL LOCATION,0/1000028 (file 000000010000000000000010)",
    "STOP WAL LOCATION,0/F000028 (file 0000000100000000000000F0)",
    "CHECKPOINT LOCATION,0/1000028",
    "START TIMELINE,2",
    "STOP TIMELINE,2",
    "BACKUP FROM,standby",
    "START TIME,2020-01-01 00:00:00 UTC",
    "STOP TIME,2020-01-01 00:00:00 UTC",
    "LABEL,another",
    "INCREMENTAL FROM LSN,0/1000028",
    "INCREMENTAL FROM TLI,2",
  })
  void refusesACommitWhoseLineDisagreesWithTheSeries(String line, String value) throws IOException {
    EditedFiles.setLine(commit(incremental), line, value);
    assertThat(failure(incremental)).message().doesNotContain("checksum");
  }

  @Test
  void acceptsACommitThatWasWrittenAnewWithTheSameLines() throws IOException {
    EditedFiles.setLine(commit(incremental), "LABEL", "test");
    Restores.restore(archive, incremental, target);
    assertThat(target.resolve("global/pg_control")).exists();
  }

  @Test
  void refusesACommitOfANewerFormat() throws IOException {
    EditedFiles.setLine(commit(incremental), "WALFMT VERSION", "2");
    assertThat(failure(incremental))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessage("backup " + incremental + " has format version 2, this program reads 1");
    Outcome outcome =
        WalfmtCli.run(
            "restore", "-A", archive.toString(), "-D", target.toString(), incremental.text());
    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(UNSUPPORTED);
    Outcome list = WalfmtCli.run("list", "-A", archive.toString());
    assertThat(list.status()).isZero();
    assertThat(list.out()).containsPattern(incremental + " .* unreadable");
    assertThat(list.out()).containsPattern(full + " .* complete");
  }

  @Test
  void refusesASeriesOfANewerFormat() throws IOException {
    EditedFiles.replaceInFirstRecord(
        archive.resolve(incremental.text()), "\"format\":1,", "\"format\":2,");
    assertThat(failure(incremental))
        .isInstanceOf(UnsupportedWalException.class)
        .hasMessageContaining("series has format version 2, this program reads 1")
        .hasMessageContaining("in WAL segment " + incremental);
  }

  @Test
  void refusesAFieldThatItDoesNotKnow() throws IOException {
    EditedFiles.replaceInFirstRecord(
        archive.resolve(incremental.text()), "\"label\":", "\"lobel\":");
    assertThat(failure(incremental))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageContaining("in WAL segment " + incremental);
  }

  @Test
  void refusesASeriesThatClaimsAnotherMajor() throws IOException {
    EditedFiles.replaceInFirstRecord(
        archive.resolve(full.text()), "\"postgres\":15,", "\"postgres\":16,");
    assertThat(failure(incremental)).hasMessageContaining("in WAL segment " + full);
  }

  @Test
  void refusesASegmentOfAnotherMajor() throws IOException {
    try (Cluster newer =
        Cluster.of(PgInstall.embedded(16)).segmentMegabytes(1).archiving().start()) {
      BackupId id = new Backups(newer, newer.archive()).full().id();
      Files.copy(
          newer.archive().resolve(id.text()),
          archive.resolve(full.text()),
          StandardCopyOption.REPLACE_EXISTING);
      assertThat(failure(incremental))
          .hasMessageContaining("WAL of PostgreSQL 16 among that of 15")
          .hasMessageContaining("in WAL segment " + full);
    }
  }
}
