package org.walfmt.tests.archives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.ServerUser;
import org.walfmt.tests.kit.Strict;

/** Debian's Barman, which takes series out of its incoming directory as it does ordinary WAL. */
class BarmanTest {
  private static final Path PROGRAM = Path.of("/usr/bin/barman");

  /** Barman with a server that archives into its incoming directory. */
  private record Barman(Cluster source, Path home) {
    static Barman create(Cluster source, Scratch scratch) throws IOException {
      Barman barman = new Barman(source, scratch.serverDirectory("barman"));
      source.configure(
          Map.of(
              "archive_mode", "on",
              "archive_command", barman.put(),
              "autovacuum", "off"));
      source.start();
      Files.writeString(
          barman.configuration(),
          String.join(
              "\n",
              "[barman]",
              "barman_home=" + barman.home(),
              "barman_user=" + ServerUser.get().name(),
              "log_file=" + barman.home().resolve("log"),
              "compression=gzip",
              "[main]",
              "description=main",
              "conninfo=" + source.conninfo(),
              "streaming_conninfo=" + source.conninfo(),
              "backup_method=postgres",
              "archiver=on",
              "path_prefix=" + source.install().bin(),
              ""));
      barman.tryRun("check", "main"); // makes the directories
      return barman;
    }

    private Path configuration() {
      return home.resolve("barman.conf");
    }

    private Path incoming() {
      return home.resolve("main/incoming");
    }

    boolean hasIncoming() {
      String[] files = incoming().toFile().list();
      return files != null && files.length > 0;
    }

    String put() {
      return "test ! -e " + incoming() + "/%f && cp %p " + incoming() + "/%f";
    }

    String get() {
      return PROGRAM + " -c " + configuration() + " get-wal main %f >%p 2>/dev/null";
    }

    Outcome tryRun(String... words) {
      List<String> all =
          new ArrayList<>(List.of(PROGRAM.toString(), "-c", configuration().toString()));
      all.addAll(List.of(words));
      return Command.of(all).env("HOME", home.toString()).asServerUser().run();
    }

    Outcome run(String... words) {
      return tryRun(words).orFail();
    }
  }

  @Test
  void itsArchiveHoldsSeries() throws Exception {
    Strict.require(Files.isExecutable(PROGRAM), "no Barman in " + PROGRAM);
    try (Cluster source = Cluster.of(PgInstall.machine15()).create();
        Scratch scratch = Scratch.create()) {
      Barman barman = Barman.create(source, scratch);
      Walfmt.load(source);
      Walfmt walfmt =
          new Walfmt(
              source,
              scratch.serverDirectory("spool"),
              List.of("--archive-command", barman.put(), "--restore-command", barman.get()),
              List.of("--restore-command", barman.get()),
              OwnClasses.copyTo(scratch.serverDirectory("classes")));
      source.run("SELECT pg_switch_wal()");
      source.await("a segment for Barman", barman::hasIncoming);
      barman.run("archive-wal", "main"); // before the first one its check fails
      barman.run("backup", "--wait", "main");
      List<String> ids = walfmt.chain();
      String last = ids.get(3);
      barman.run("archive-wal", "main");
      walfmt.mustStart(
          last, scratch.serverDirectory("started"), "SELECT count(*) || ' ' || sum(a) FROM t");
      String list = "find " + barman.home().resolve("main/wals") + " -type f";
      assertThat(walfmt.read("list", "--list-command", list).run().orFail().out()).contains(ids);

      source.run("INSERT INTO t SELECT g, 'later' FROM generate_series(1, 1000) g");
      barman.run("check", "main");
      barman.run("backup", "--wait", "main");
      Path restored = scratch.serverDirectory("by-barman");
      barman.run("recover", "main", "latest", restored.toString());
      try (Cluster server = Cluster.adopt(source.install(), restored).start()) {
        server.await(
            "the end of recovery", () -> server.query("SELECT pg_is_in_recovery()").equals("f"));
        assertThat(server.query("SELECT count(*) FROM t"))
            .isEqualTo(source.query("SELECT count(*) FROM t"));
      }
      barman.run("check", "main");
      assertThat(walfmt.read("show", last).run().orFail().out()).contains("complete");
    }
  }
}
