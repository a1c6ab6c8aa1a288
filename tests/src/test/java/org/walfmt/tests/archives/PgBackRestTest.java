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
import org.walfmt.tests.kit.Strict;

/** Debian's pgBackRest, whose stanza holds series beside its own backups. */
class PgBackRestTest {
  private static final Path PROGRAM = Path.of("/usr/bin/pgbackrest");

  /** A server that archives into a stanza. */
  private record Stanza(Cluster source, Path configuration) {
    static Stanza create(Cluster source, Scratch scratch, boolean async) throws IOException {
      Path repository = scratch.serverDirectory("repository");
      Path work = scratch.serverDirectory("work");
      Path configuration = scratch.serverDirectory("configuration").resolve("pgbackrest.conf");
      Stanza stanza = new Stanza(source, configuration);
      source.configure(
          Map.of(
              "archive_mode", "on",
              "archive_command", stanza.words("archive-push %p"),
              "autovacuum", "off"));
      source.start();
      Files.writeString(
          configuration,
          String.join(
              "\n",
              "[global]",
              "repo1-path=" + repository,
              "repo1-retention-full=1",
              "lock-path=" + work,
              "spool-path=" + work,
              "log-level-file=off",
              "compress-type=gz",
              "compress-level=1",
              "start-fast=y",
              "archive-async=" + (async ? "y" : "n"),
              "[main]",
              "pg1-path=" + source.data(),
              "pg1-port=" + source.port(),
              "pg1-socket-path=" + source.sockets(),
              "pg1-user=postgres",
              ""));
      stanza.run("stanza-create");
      return stanza;
    }

    String words(String command) {
      return PROGRAM + " --config=" + configuration + " --stanza=main " + command;
    }

    Outcome run(String... words) {
      List<String> all =
          new ArrayList<>(
              List.of(PROGRAM.toString(), "--config=" + configuration, "--stanza=main"));
      all.addAll(List.of(words));
      return Command.of(all).asServerUser().run().orFail();
    }
  }

  private static Cluster server() {
    Strict.require(Files.isExecutable(PROGRAM), "no pgBackRest in " + PROGRAM);
    return Cluster.of(PgInstall.machine15()).create();
  }

  @Test
  void aStanzaHoldsSeriesPutByItsOwnCommands() throws Exception {
    try (Cluster source = server();
        Scratch scratch = Scratch.create()) {
      Stanza stanza = Stanza.create(source, scratch, false);
      String get = stanza.words("archive-get %f %p");
      mustLiveTogether(
          stanza,
          new Walfmt(
              source,
              scratch.serverDirectory("spool"),
              List.of(
                  "--archive-command", stanza.words("archive-push %p"), "--restore-command", get),
              List.of("--restore-command", get),
              OwnClasses.copyTo(scratch.serverDirectory("classes"))),
          scratch);
    }
  }

  @Test
  void asynchronousArchivingShipsThemFromTheServersWal() throws Exception {
    try (Cluster source = server();
        Scratch scratch = Scratch.create()) {
      Stanza stanza = Stanza.create(source, scratch, true);
      String get = stanza.words("--no-archive-async archive-get %f %p");
      mustLiveTogether(
          stanza,
          new Walfmt(
              source,
              scratch.serverDirectory("spool"),
              List.of("-A", "server", "--restore-command", get),
              List.of("--restore-command", get),
              OwnClasses.copyTo(scratch.serverDirectory("classes"))),
          scratch);
    }
  }

  private static void mustLiveTogether(Stanza stanza, Walfmt walfmt, Scratch scratch)
      throws Exception {
    Cluster source = stanza.source();
    Walfmt.load(source);
    stanza.run("backup", "--type=full");
    List<String> ids = walfmt.chain();
    String last = ids.get(3);
    // archive-get wants pg1-path to be the directory in which the server runs.
    walfmt
        .restoringWith(
            "--server-restore-command", stanza.words("--pg1-path=$PWD archive-get %f %p"))
        .mustStart(
            last, scratch.serverDirectory("started"), "SELECT count(*) || ' ' || sum(a) FROM t");
    String list = stanza.words("repo-ls --recurse archive/main");
    assertThat(walfmt.read("list", "--list-command", list).run().orFail().out()).contains(ids);
    assertThat(walfmt.read("verify", "--list-command", list).run().orFail().out()).contains(last);

    mustRestoreElsewhere(stanza, walfmt, last, scratch);
    stanza.run("check");
    source.run("INSERT INTO t SELECT g, 'later' FROM generate_series(1, 1000) g");
    stanza.run("backup", "--type=incr");
    stanza.run("backup", "--type=full");
    stanza.run("expire");
    stanza.run("verify");
    assertThat(stanza.run("info").out()).contains("status: ok");
    Path restored = scratch.serverDirectory("by-pgbackrest");
    stanza.run("--pg1-path=" + restored, "--archive-mode=off", "restore");
    try (Cluster server = Cluster.adopt(source.install(), restored).start()) {
      server.await(
          "the end of recovery", () -> server.query("SELECT pg_is_in_recovery()").equals("f"));
      assertThat(server.query("SELECT count(*) FROM t"))
          .isEqualTo(source.query("SELECT count(*) FROM t"));
    }
    // What its retention has left is still a chain.
    assertThat(walfmt.read("show", last).run().orFail().out()).contains("complete");
  }

  /** As on a machine that has the repository, but no data directory in pg1-path. */
  private static void mustRestoreElsewhere(Stanza stanza, Walfmt walfmt, String id, Scratch scratch)
      throws IOException {
    String get =
        "f=$("
            + stanza.words("repo-ls --recurse --filter='/%f(-[0-9a-f]+[.]gz)?$' archive/main")
            + " | tail -1); [ -n \"$f\" ] && "
            + stanza.words("repo-get archive/main/$f")
            + " | gunzip -cf >%p";
    Path target = scratch.serverDirectory("elsewhere");
    walfmt.with("verify", List.of("--restore-command", get), id).run().orFail();
    walfmt
        .with("restore", List.of("--restore-command", get), "-D", target.toString(), id)
        .run()
        .orFail();
    assertThat(Files.readString(target.resolve("postgresql.auto.conf"))).contains("repo-get");
  }
}
