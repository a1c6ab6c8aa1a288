package org.walfmt.tests.archives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Cluster.Stop;
import org.walfmt.tests.kit.ClusterBuilder;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.EachMajor;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.tests.kit.SmallDisk;
import org.walfmt.tests.kit.Strict;

/** Series that the server's own archiver stores: {@code --archive=server}. */
class ServersArchiverTest {
  private static Cluster source(PgInstall install) throws Exception {
    Cluster source =
        Cluster.of(install).segmentMegabytes(1).archiving().setting("autovacuum", "off").start();
    Walfmt.load(source);
    return source;
  }

  private static String get(Cluster source) {
    return "cp " + source.archive() + "/%f %p 2>/dev/null";
  }

  private static Walfmt walfmt(Cluster source, Scratch scratch) {
    return new Walfmt(
        source,
        scratch.resolve("spool"),
        List.of("-A", "server", "--restore-command", get(source)),
        List.of("--restore-command", get(source)));
  }

  /** All that walfmt could have left among the server's WAL. */
  private static List<String> leftInWal(Cluster source) throws Exception {
    try (Stream<Path> files = Files.walk(source.data().resolve("pg_wal"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[89A-F][0-9A-F]{7}.*") || name.contains("walfmt"))
          .toList();
    }
  }

  private static List<String> commits(Cluster source) throws Exception {
    try (Stream<Path> files = Files.list(source.archive())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[89A-F].*\\.backup"))
          .toList();
    }
  }

  private static boolean isInWal(Cluster source) {
    try {
      return leftInWal(source).stream().anyMatch(name -> name.endsWith(".ready"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @EachMajor
  void aChainGoesThroughTheArchiveCommand(PgInstall install) throws Exception {
    Strict.onlyFullUnless(install.major(), 13, 18);
    try (Cluster source = source(install);
        Scratch scratch = Scratch.create()) {
      Walfmt walfmt = walfmt(source, scratch);
      long began = System.nanoTime();
      List<String> ids = walfmt.chain();
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("the archiver is woken, not waited for")
          .isLessThan(Duration.ofSeconds(60));
      assertThat(leftInWal(source)).isEmpty();
      walfmt.mustRestore(ids.get(3), scratch.resolve("restored"));
    }
  }

  @Test
  void aChainGoesThroughAnArchiveLibrary() throws Exception {
    try (Cluster source = libraryOf(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Walfmt walfmt = walfmt(source, scratch);
      List<String> ids = walfmt.chain();
      assertThat(leftInWal(source)).isEmpty();
      walfmt.mustRestore(ids.get(3), scratch.resolve("restored"));
    }
  }

  private static Cluster libraryOf(PgInstall install) throws Exception {
    ClusterBuilder builder =
        Cluster.of(install)
            .segmentMegabytes(1)
            .setting("archive_mode", "on")
            .setting("archive_library", "basic_archive")
            .setting("autovacuum", "off");
    Cluster source = builder.create();
    source.configure(Map.of("basic_archive.archive_directory", source.archive().toString()));
    source.start();
    Walfmt.load(source);
    return source;
  }

  @Test
  void aFullNeedsNoRestoreCommand() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Walfmt walfmt =
          new Walfmt(
              source,
              scratch.resolve("spool"),
              List.of("-A", "server"),
              List.of("-A", source.archive().toString()));
      String full = Walfmt.id(walfmt.backup().run());
      assertThat(leftInWal(source)).isEmpty();
      walfmt.mustRestore(full, scratch.resolve("restored"));
      Outcome incremental = walfmt.backup("--incremental=" + full).run();
      assertThat(incremental.status()).isEqualTo(8);
      assertThat(incremental.err()).contains("--restore-command");
    }
  }

  @Test
  void aServerThatArchivesNothingIsRefused() throws Exception {
    try (Cluster source = Cluster.of(PgInstall.machine15()).start();
        Scratch scratch = Scratch.create()) {
      Outcome off = walfmt(source, scratch).backup().run();
      assertThat(off.status()).isEqualTo(8);
      assertThat(off.err()).contains("archive_mode is off");
    }
    try (Cluster primary = source(PgInstall.machine15());
        Cluster standby = Cluster.standbyOf(primary).start();
        Scratch scratch = Scratch.create()) {
      Outcome on = walfmt(standby, scratch).backup().run();
      assertThat(on.status()).isEqualTo(8);
      assertThat(on.err()).contains("archive_mode is on, so that this standby archives nothing");
    }
  }

  @Test
  void anArchiverThatFailsIsNamedAndNothingStays() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      source
          .configure(
              Map.of(
                  "archive_command",
                  "case %f in [89A-F]*[3-9A-F]) exit 1;; esac; cp %p " + source.archive() + "/%f"))
          .reload();
      Outcome outcome = walfmt(source, scratch).backup("--wal-timeout=3").run();
      assertThat(outcome.status()).as(outcome.toString()).isEqualTo(4);
      assertThat(outcome.err())
          .contains("the server has not archived")
          .contains("the archiver failed on");
      assertThat(leftInWal(source)).isEmpty();
      assertThat(commits(source)).isEmpty();
      assertThat(source.archiveWal()).as("the archiver goes on with ordinary WAL").isNotEmpty();
    }
  }

  @Test
  void whatAKilledBackupLeftInTheWalIsTakenAwayByTheNext() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Walfmt walfmt = walfmt(source, scratch);
      source
          .configure(Map.of("archive_command", "sleep 0.5; cp %p " + source.archive() + "/%f"))
          .reload();
      try (Command.Running running = walfmt.backup().start()) {
        source.await("a segment for the archiver", () -> isInWal(source));
        running.kill();
      }
      assertThat(leftInWal(source)).isNotEmpty();
      assertThat(commits(source)).isEmpty();
      source.configure(Map.of("archive_command", "cp %p " + source.archive() + "/%f")).reload();
      Outcome next = walfmt.backup().run();
      assertThat(next.orFail().err()).contains("an interrupted backup may have left segments");
      assertThat(leftInWal(source)).isEmpty();
      walfmt.mustRestore(Walfmt.id(next), scratch.resolve("restored"));
    }
  }

  @Test
  void aServerThatCrashesStartsAgainAndIsBackedUp() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Walfmt walfmt = walfmt(source, scratch);
      source
          .configure(Map.of("archive_command", "sleep 0.3; cp %p " + source.archive() + "/%f"))
          .reload();
      try (Command.Running running = walfmt.backup().start()) {
        source.await("a segment for the archiver", () -> isInWal(source));
        source.stop(Stop.IMMEDIATE);
        Outcome outcome = running.await(Duration.ofMinutes(1));
        assertThat(outcome.status()).as(outcome.toString()).isEqualTo(7);
      }
      source.start();
      assertThat(leftInWal(source)).isEmpty();
      assertThat(commits(source)).isEmpty();
      Outcome next = walfmt.backup().run();
      assertThat(leftInWal(source)).isEmpty();
      walfmt.mustRestore(Walfmt.id(next), scratch.resolve("restored"));
    }
  }

  @Test
  void aServerAndABackupThatDieTogetherAreBothUpAgain() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Walfmt walfmt = walfmt(source, scratch);
      source
          .configure(Map.of("archive_command", "sleep 0.3; cp %p " + source.archive() + "/%f"))
          .reload();
      try (Command.Running running = walfmt.backup().start()) {
        source.await("a segment for the archiver", () -> isInWal(source));
        running.kill();
        source.stop(Stop.IMMEDIATE);
      }
      assertThat(leftInWal(source)).as("what only the next run can take away").isNotEmpty();
      source.configure(Map.of("archive_command", "cp %p " + source.archive() + "/%f"));
      source.start();
      assertThat(leftInWal(source)).noneMatch(name -> name.startsWith("xlogtemp"));
      assertThat(commits(source)).isEmpty();
      Outcome next = walfmt.backup().run();
      assertThat(leftInWal(source)).isEmpty();
      assertThat(commits(source)).containsExactly(Walfmt.id(next) + ".00000028.backup");
      source.restart();
      walfmt.mustRestore(Walfmt.id(next), scratch.resolve("restored"));
    }
  }

  @Test
  void anArchiverWhoseDiskIsFullEndsItOrIsWaitedFor() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        SmallDisk disk = SmallDisk.ofMegabytes(4);
        Scratch scratch = Scratch.create()) {
      ServerUser.get().own(disk.path());
      String put = "cp %%p %1$s/%%f.new && mv %1$s/%%f.new %1$s/%%f".formatted(disk.path());
      source.configure(Map.of("archive_command", put)).reload();
      String get = "cp " + disk.path() + "/%f %p 2>/dev/null";
      List<String> reading = List.of("--restore-command", get);
      Walfmt walfmt =
          new Walfmt(
              source,
              scratch.resolve("spool"),
              List.of("-A", "server", "--restore-command", get),
              reading);
      Outcome full = walfmt.backup("--wal-timeout=2").run();
      assertThat(full.status()).as(full.toString()).isEqualTo(4);
      assertThat(full.err())
          .contains("the server has not archived")
          .contains("the archiver failed on")
          .contains("See the server's log");
      assertThat(source.log()).contains("No space left on device");
      assertThat(leftInWal(source)).isEmpty();
      String before = failures(source);
      try (Command.Running running = walfmt.backup().start()) {
        source.await("a failure of the archiver", () -> !failures(source).equals(before));
        disk.resize(64);
        Outcome later = running.await(Duration.ofMinutes(1));
        assertThat(leftInWal(source)).isEmpty();
        List<String> list = List.of("--list-command", "ls " + disk.path());
        assertThat(walfmt.read("list", list.toArray(String[]::new)).run().orFail().out().lines())
            .filteredOn(line -> line.matches("^[89A-F][0-9A-F]{23}.*"))
            .singleElement()
            .asString()
            .startsWith(Walfmt.id(later));
        walfmt.mustStart(
            Walfmt.id(later),
            scratch.resolve("started"),
            "SELECT count(*) || ' ' || sum(a) FROM t");
      }
    }
  }

  /** Files of a series that the archiver has failed on. */
  private static String failures(Cluster source) {
    return source.query("SELECT failed_count FROM pg_stat_archiver");
  }

  @Test
  void aStandbyThatIsPromotedMeanwhileEndsIt() throws Exception {
    try (Cluster primary = source(PgInstall.machine15());
        Cluster standby = Cluster.standbyOf(primary);
        Scratch scratch = Scratch.create()) {
      Map<String, String> always =
          Map.of(
              "archive_mode",
              "always",
              "archive_command",
              "sleep 0.3; cp %p " + standby.archive() + "/%f");
      standby.configure(always).start();
      Walfmt walfmt = walfmt(standby, scratch);
      try (Command.Running running = walfmt.backup().start()) {
        standby.await("a segment for the archiver", () -> isInWal(standby));
        standby.promote();
        Outcome outcome = running.await(Duration.ofMinutes(1));
        assertThat(outcome.status()).as(outcome.toString()).isNotZero();
        assertThat(outcome.err()).contains("the standby was promoted during online backup");
      }
      assertThat(leftInWal(standby)).isEmpty();
      assertThat(commits(standby)).isEmpty();
      standby.configure(Map.of("archive_command", "cp %p " + standby.archive() + "/%f")).reload();
      Outcome next = walfmt.backup().run();
      assertThat(leftInWal(standby)).isEmpty();
      assertThat(commits(standby)).containsExactly(Walfmt.id(next) + ".00000028.backup");
      standby.restart();
      walfmt.mustRestore(Walfmt.id(next), scratch.resolve("restored"));
    }
  }

  @Test
  void theWalOfTheServerEndsAsItBegan() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      source.run("CHECKPOINT");
      source.archiveWal();
      long before = bytesOfWal(source);
      Outcome full = walfmt(source, scratch).backup().run();
      long series = segmentsOf(source, Walfmt.id(full));
      assertThat(series).as("large enough to be seen").isGreaterThan(8);
      source.archiveWal();
      assertThat(leftInWal(source)).isEmpty();
      assertThat(bytesOfWal(source) - before).isLessThanOrEqualTo(3L << 20);
    }
  }

  private static long segmentsOf(Cluster source, String id) throws Exception {
    try (Stream<Path> files = Files.list(source.archive())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(id.substring(0, 8)))
          .count();
    }
  }

  private static long bytesOfWal(Cluster source) {
    return Long.parseLong(source.query("SELECT sum(size) FROM pg_ls_waldir()"));
  }
}
