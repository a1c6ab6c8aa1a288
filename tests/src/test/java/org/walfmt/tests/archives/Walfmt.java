package org.walfmt.tests.archives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.tests.life.Restores;

/** walfmt on the command line, with one archive, as the servers' user would have it run. */
final class Walfmt {
  private static final Pattern ID = Pattern.compile("\\b[89A-F][0-9A-F]{23}\\b");
  private static final int GENERATIONS = 3;

  private final Cluster source;
  private final Path spool;
  private final List<String> writing;
  private final List<String> reading;
  private final Optional<String> classes;
  private List<String> restoring = List.of();

  /**
   * @param writing options that tell a backup where the archive is
   * @param reading options that tell the other commands
   */
  Walfmt(Cluster source, Path spool, List<String> writing, List<String> reading) {
    this(source, spool, writing, reading, Optional.empty());
  }

  /**
   * The same run by the servers' user.
   *
   * @param classes class path that this user can read
   */
  Walfmt(Cluster source, Path spool, List<String> writing, List<String> reading, String classes) {
    this(source, spool, writing, reading, Optional.of(classes));
  }

  private Walfmt(
      Cluster source,
      Path spool,
      List<String> writing,
      List<String> reading,
      Optional<String> classes) {
    this.source = source;
    this.spool = spool;
    this.writing = writing;
    this.reading = reading;
    this.classes = classes;
  }

  /** More options of each restore. */
  Walfmt restoringWith(String... options) {
    restoring = List.of(options);
    return this;
  }

  /** {@code walfmt backup}, about to be run. */
  Command backup(String... more) {
    List<String> words = new ArrayList<>(List.of("backup", "-c", "fast", "-w"));
    words.addAll(List.of("-h", "127.0.0.1", "-p", "" + source.port(), "-U", "postgres"));
    words.addAll(List.of("--spool-dir", spool.toString()));
    words.addAll(writing);
    words.addAll(List.of(more));
    return command(words);
  }

  private Command command(List<String> words) {
    Command command = WalfmtCli.command(words.toArray(String[]::new));
    return classes.isPresent()
        ? command.env("CLASSPATH", classes.get()).asServerUser().in(Path.of("/"))
        : command;
  }

  /** Another command, about to be run. */
  Command read(String command, String... more) {
    return with(command, reading, more);
  }

  /** Another command with another way to the archive. */
  Command with(String command, List<String> way, String... more) {
    List<String> words = new ArrayList<>(List.of(command, "--spool-dir", spool.toString()));
    words.addAll(way);
    words.addAll(List.of(more));
    return command(words);
  }

  /** The id that a backup's result names first. */
  static String id(Outcome backup) {
    Matcher found = ID.matcher(backup.orFail().out());
    assertThat(found.find()).as(backup.out()).isTrue();
    return found.group();
  }

  /** A full backup and three incrementals with changes between them; all ids, the oldest first. */
  List<String> chain() {
    List<String> ids = new ArrayList<>();
    ids.add(id(backup().run()));
    for (int i = 0; i < GENERATIONS; i++) {
      source.run(
          "UPDATE t SET a = -a WHERE a % 50 = " + i, "INSERT INTO t VALUES (1" + i + ", 'x')");
      ids.add(id(backup("--incremental=" + ids.get(i)).run()));
    }
    return ids;
  }

  private void restore(Path target, String id, String... more) {
    List<String> words = new ArrayList<>(List.of("-D", target.toString(), id));
    words.addAll(restoring);
    words.addAll(List.of(more));
    read("restore", words.toArray(String[]::new)).run().orFail();
  }

  /** Restores a backup by its id, lets it replay to where the source is, and compares. */
  void mustRestore(String id, Path target) throws Exception {
    restore(target, id);
    Restores.mustReplayToTheSource(source, target, Options.masksAndTolerances());
  }

  /** Restores and starts with the restore_command that walfmt has set. */
  void mustStart(String id, Path target, String query) {
    restore(target, id);
    try (Cluster restored = Restores.startAndOpen(source.install(), target)) {
      assertThat(restored.query(query)).isEqualTo(source.query(query));
    }
  }

  /** A table to be changed. */
  static void load(Cluster source) throws IOException {
    source.run(
        "CREATE TABLE t AS SELECT g AS a, repeat(md5(g::text), 10) AS b"
            + " FROM generate_series(1, 20000) g",
        "CREATE INDEX ON t (a)");
  }
}
