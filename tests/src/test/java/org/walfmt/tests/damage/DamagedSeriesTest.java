package org.walfmt.tests.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.walfmt.RefusedException;
import org.walfmt.SegmentName;
import org.walfmt.WalFormatException;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.Verifier;
import org.walfmt.replayer.VerifyOptions;
import org.walfmt.replayer.VerifyReport;
import org.walfmt.series.BackupCatalog;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.tests.backup.Backups;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.life.Restores;

/** Whatever is done to the files of a real chain, verify says where, and restore leaves nothing. */
class DamagedSeriesTest {
  private static final int SAMPLES = Strict.full() ? 2000 : 200;
  private static final int COMMIT_SAMPLES = SAMPLES / 10;
  private static final int RESTORE_EVERY = 10;

  private static Scratch scratch;
  private static Path archive;
  private static final List<CommitFile.Summary> CHAIN = new ArrayList<>();
  private static CommitFile.Summary stranger;

  @BeforeAll
  static void takeChain() throws IOException {
    scratch = Scratch.create();
    archive = scratch.resolve("archive");
    try (Cluster source =
        Cluster.of(PgInstall.embedded(15)).segmentMegabytes(1).archiving().start()) {
      // Small backups make many samples.
      source.run(
          "UPDATE pg_database SET datistemplate = false",
          "DROP DATABASE template0",
          "DROP DATABASE template1",
          "CREATE TABLE t AS SELECT g AS a, repeat(md5(g::text), 8) AS b"
              + " FROM generate_series(1, 4000) g");
      Backups backups = new Backups(source, source.archive());
      BackupId full = backups.full().id();
      BackupId other = backups.full().id();
      source.run("UPDATE t SET a = -a WHERE a % 10 = 0");
      BackupId first = backups.incremental(full.text()).id();
      source.run("UPDATE t SET a = -a WHERE a % 7 = 0", "CREATE TABLE u AS SELECT * FROM t");
      BackupId second = backups.incremental(first.text()).id();
      Files.createDirectory(archive);
      try (var files = Files.newDirectoryStream(source.archive())) {
        for (Path file : files) {
          Files.copy(file, archive.resolve(file.getFileName()));
        }
      }
      BackupCatalog catalog = new BackupCatalog(new DirectoryArchive(archive, "test"));
      stranger = catalog.find(other).orElseThrow();
      for (BackupId id : List.of(second, first, full)) {
        CHAIN.add(catalog.find(id).orElseThrow());
      }
    }
    assertThat(messages()).isEmpty();
  }

  @AfterAll
  static void delete() {
    scratch.close();
  }

  private static BackupId newest() {
    return CHAIN.get(0).id();
  }

  /** What verification says of the chain, found or thrown; empty if it is sound. */
  private static List<String> messages() throws IOException {
    DirectoryArchive opened = new DirectoryArchive(archive, "test");
    try {
      return new Verifier()
          .verify(VerifyOptions.of(opened, newest().text()), new QuietMonitor()).findings().stream()
              .map(VerifyReport.Finding::message)
              .toList();
    } catch (WalFormatException | RefusedException e) {
      return List.of(text(e));
    }
  }

  private static String text(IOException e) {
    Optional<String> detail =
        e instanceof RefusedException refusal ? refusal.detail() : Optional.empty();
    return e.getMessage() + detail.map(found -> ": " + found).orElse("");
  }

  private static List<Path> segments(CommitFile.Summary backup) {
    List<Path> files = new ArrayList<>();
    SegmentName segment = backup.firstSegment();
    for (; segment.number() <= backup.lastSegment().number(); segment = segment.next()) {
      files.add(archive.resolve(segment.toString()));
    }
    return files;
  }

  /** Segments of other backups that have the number of {@code file}. */
  private static List<Path> namesakes(Path file) {
    List<CommitFile.Summary> all = new ArrayList<>(CHAIN);
    all.add(stranger);
    String name = file.getFileName().toString();
    return all.stream()
        .flatMap(backup -> segments(backup).stream())
        .filter(other -> other.toString().endsWith(name.substring(8)) && !other.equals(file))
        .toList();
  }

  @Test
  void everyDamageToASegmentIsNoticedSeed20260803() throws IOException {
    Random random = new Random(20260803);
    for (int i = 0; i < SAMPLES; i++) {
      List<Path> files = segments(CHAIN.get(random.nextInt(CHAIN.size())));
      Path file = files.remove(random.nextInt(files.size()));
      try (Damage damage = Damage.atRandom(random, file, files, namesakes(file))) {
        List<String> messages = messages();
        assertThat(messages)
            .as("%d: %s", i, damage)
            .anySatisfy(message -> assertThat(message).containsPattern(placeOf(damage)));
        if (i % RESTORE_EVERY == 0) {
          mustNotRestore(damage.toString());
        }
      }
    }
    assertThat(messages()).isEmpty();
  }

  @Test
  void everyDamageToACommitIsNoticedSeed20260804() throws IOException {
    Random random = new Random(20260804);
    for (int i = 0; i < COMMIT_SAMPLES; i++) {
      CommitFile.Summary backup = CHAIN.get(random.nextInt(CHAIN.size()));
      Path file = archive.resolve(backup.id().commitName());
      List<Path> others = new ArrayList<>();
      for (CommitFile.Summary other : List.of(CHAIN.get(0), CHAIN.get(1), CHAIN.get(2), stranger)) {
        if (!other.id().equals(backup.id())) {
          others.add(archive.resolve(other.id().commitName()));
        }
      }
      try (Damage damage = Damage.atRandom(random, file, others, others)) {
        List<String> messages = messages();
        assertThat(messages)
            .as("%d: %s", i, damage)
            .anySatisfy(message -> assertThat(message).containsPattern(anyIdOf(damage)));
        mustNotRestore(damage.toString());
      }
    }
    assertThat(messages()).isEmpty();
  }

  /**
   * A segment that is gone or too short has a name; in all others the place is known: that of the
   * record, which may have begun in the segment before.
   */
  private static Pattern placeOf(Damage damage) {
    List<String> names = new ArrayList<>(damage.names());
    if (damage.kind() == Damage.Kind.REMOVED || damage.kind() == Damage.Kind.CUT) {
      return Pattern.compile("segment " + names.get(0) + " is not in archive");
    }
    for (String name : damage.names()) {
      SegmentName segment = SegmentName.parse(name, CHAIN.get(0).segmentSize()).orElseThrow();
      names.add(
          new SegmentName(segment.timeline(), segment.number() - 1, segment.size()).toString());
    }
    return Pattern.compile(
        "in WAL segment (" + String.join("|", names) + "), LSN [0-9A-F]+/[0-9A-F]+, offset [0-9]+");
  }

  private static Pattern anyIdOf(Damage damage) {
    return Pattern.compile(String.join("|", damage.names()).replace(".00000028.backup", ""));
  }

  private static void mustNotRestore(String damage) {
    Path target = scratch.resolve("restored");
    Throwable failure = catchThrowable(() -> Restores.restore(archive, newest(), target));
    assertThat(failure)
        .as(damage)
        .isInstanceOfAny(WalFormatException.class, RefusedException.class);
    assertThat(target).as(damage).doesNotExist();
  }
}
