package org.walfmt.tests.archives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.EachMajor;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;

/** A chain through two commands alone. */
class CommandsTest {
  private static Cluster source(PgInstall install) throws Exception {
    Cluster source =
        Cluster.of(install).segmentMegabytes(1).archiving().setting("autovacuum", "off").start();
    Walfmt.load(source);
    return source;
  }

  private static String put(Cluster source) {
    return "test ! -e " + source.archive() + "/%f && cp %p " + source.archive() + "/%f";
  }

  private static String get(Cluster source) {
    return "cp " + source.archive() + "/%f %p 2>/dev/null";
  }

  private static Walfmt walfmt(Cluster source, Path spool, String put, String get) {
    return new Walfmt(
        source,
        spool,
        List.of("--archive-command", put, "--restore-command", get),
        List.of("--restore-command", get));
  }

  private static List<Path> files(Path directory) throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @EachMajor
  void aChainIsRestoredByItsIdAlone(PgInstall install) throws Exception {
    Strict.onlyFullUnless(install.major(), 13, 18);
    try (Cluster source = source(install);
        Scratch scratch = Scratch.create()) {
      Path spool = Files.createDirectory(scratch.resolve("spool"));
      Walfmt walfmt = walfmt(source, spool, put(source), get(source));
      List<String> ids = walfmt.chain();
      String last = ids.get(3);
      assertThat(walfmt.read("show", last).run().orFail().out()).contains(last);
      assertThat(walfmt.read("verify", last).run().orFail().out()).contains(last);
      walfmt.mustStart(last, scratch.resolve("started"), "SELECT count(*) FROM t");
      walfmt.mustRestore(last, scratch.resolve("restored"));
      assertThat(files(spool)).isEmpty();
    }
  }

  @Test
  void withAListCommandLatestIsFound() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Path spool = Files.createDirectory(scratch.resolve("spool"));
      Walfmt walfmt = walfmt(source, spool, put(source), get(source));
      String full = Walfmt.id(walfmt.backup().run());
      Outcome noList = walfmt.read("list").run();
      assertThat(noList.status()).isEqualTo(8);
      assertThat(noList.err())
          .contains("the archive can only be asked for files by name")
          .contains("--list-command");
      assertThat(walfmt.read("restore", "-D", scratch.resolve("none").toString()).run().status())
          .isEqualTo(8);
      String list = "ls " + source.archive();
      String incremental = Walfmt.id(walfmt.backup("--incremental", "--list-command", list).run());
      assertThat(walfmt.read("list", "--list-command", list).run().orFail().out())
          .contains(full, incremental);
      assertThat(walfmt.read("verify", "--list-command", list).run().orFail().out())
          .contains(incremental);
    }
  }

  @Test
  void aStoreThatFailsNowAndThenIsTriedAgain() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Path spool = Files.createDirectory(scratch.resolve("spool"));
      String sometimes = "[ $(($(od -An -N1 -tu1 /dev/urandom) %% 4)) -gt 0 ] && ";
      Walfmt walfmt = walfmt(source, spool, sometimes + put(source), get(source));
      Outcome backup = walfmt.backup("--command-tries=20").run();
      assertThat(backup.orFail().err()).contains("; try 2 of 20 in 1 s");
      walfmt.mustRestore(Walfmt.id(backup), scratch.resolve("restored"));
    }
  }

  @Test
  void anArchiveThatIsFullLeavesNoBackup() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Path spool = Files.createDirectory(scratch.resolve("spool"));
      String full =
          "case %f in [89A-F]*[2-9A-F]) echo 'no space left' >&2; exit 28;; esac; " + put(source);
      Outcome backup = walfmt(source, spool, full, get(source)).backup("--command-tries=2").run();
      assertThat(backup.status()).isEqualTo(7);
      assertThat(backup.err())
          .contains("archive command for")
          .contains("failed 2 times: exit status 28")
          .contains("it printed: no space left")
          .contains("without a commit they are no backup");
      assertThat(files(source.archive()))
          .noneMatch(file -> file.toString().endsWith(".00000028.backup"));
      assertThat(files(spool)).isEmpty();
    }
  }

  @Test
  void whatAKilledBackupLeftIsCleanedUpByTheNext() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Path spool = Files.createDirectory(scratch.resolve("spool"));
      String[] more = {
        "--list-command",
        "ls " + source.archive(),
        "--delete-command",
        "rm -f " + source.archive() + "/%f"
      };
      Walfmt walfmt = walfmt(source, spool, put(source) + "; sleep 0.2", get(source));
      try (Command.Running running = walfmt.backup(more).start()) {
        source.await("a segment of the series", () -> hasSeries(source));
        running.kill();
      }
      assertThat(files(spool)).isNotEmpty();
      Outcome next = walfmt.backup(more).run();
      assertThat(next.orFail().err()).contains("removed what an interrupted backup had left");
      String timeline = Walfmt.id(next).substring(0, 8);
      assertThat(files(source.archive()).stream().map(file -> file.getFileName().toString()))
          .allMatch(name -> name.charAt(0) < '8' || name.startsWith(timeline));
      assertThat(files(spool)).isEmpty();
    }
  }

  @Test
  void anInterruptEndsItSoonAndTakesAllBack() throws Exception {
    try (Cluster source = source(PgInstall.machine15());
        Scratch scratch = Scratch.create()) {
      Path spool = Files.createDirectory(scratch.resolve("spool"));
      String hangs = "case %f in [89A-F]*[4-9A-F]) sleep 1000;; esac; " + put(source);
      Walfmt walfmt = walfmt(source, spool, hangs, get(source));
      try (Command.Running running =
          walfmt.backup("--delete-command", "rm -f " + source.archive() + "/%f").start()) {
        source.await("a segment of the series", () -> hasSeries(source));
        running.signal("INT");
        Outcome outcome = running.await(Duration.ofSeconds(30));
        assertThat(outcome.status()).as(outcome.toString()).isEqualTo(130);
      }
      assertThat(hasSeries(source)).isFalse();
      assertThat(files(spool)).isEmpty();
    }
  }

  private static boolean hasSeries(Cluster source) {
    try {
      return files(source.archive()).stream()
          .anyMatch(file -> file.getFileName().toString().charAt(0) >= '8');
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
