package org.walfmt.tests.changes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.walfmt.SegmentName;
import org.walfmt.TimelineId;
import org.walfmt.summary.SummaryName;
import org.walfmt.tests.compare.EveryKindLoad;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.kit.Command;
import org.walfmt.tests.kit.Outcome;
import org.walfmt.tests.kit.PgInstall;
import org.walfmt.tests.kit.Scratch;
import org.walfmt.tests.kit.Strict;
import org.walfmt.tests.kit.WalfmtCli;
import org.walfmt.writer.summaries.SummaryDirectory;
import org.walfmt.writer.summaries.SummaryRange;
import org.walfmt.writer.wal.WalHistory;

/**
 * {@code walfmt summarize --follow} beside a busy server, killed again and again: in the end the
 * summaries are those of a single run, without a gap.
 */
class FollowTest {
  private static final int SEGMENTS = Strict.full() ? 200 : 40;
  private static final TimelineId SECOND = new TimelineId(2);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int TERMINATED = 143;

  /** So that the border between two summaries, at 256 MB, comes early. */
  private static final String FIRST_SEGMENT = "0000000100000000000000F0";

  private final Random random = new Random(3);

  @Test
  void runsThatAreKilledMakeTheSummariesOfASingleRun() throws Exception {
    try (Cluster primary = primary();
        Scratch scratch = Scratch.create()) {
      Path archive = primary.archive();
      Path followed = Files.createDirectory(scratch.resolve("followed"));
      EveryKindLoad.create(primary);
      try (Cluster standby = Cluster.standbyOf(primary).start()) {
        int kills = loadAndKill(primary, archive, followed, SEGMENTS / 2);
        promote(primary, standby);
        kills += loadAndKill(standby, archive, followed, SEGMENTS);
        standby.stop(Cluster.Stop.FAST);
        assertThat(kills).isGreaterThan(2);
      }
      Path single = Files.createDirectory(scratch.resolve("single"));
      WalfmtCli.run("summarize", "--summary-dir=" + single, archive.toString()).orFail();
      mustCatchUp(archive, followed, single);
      assertThat(contents(followed)).isEqualTo(contents(single));
      mustCoverAllSegments(archive, followed);
    }
  }

  private static Cluster primary() {
    Cluster primary = Cluster.of(PgInstall.machine15()).segmentMegabytes(1).archiving().create();
    Command.of(
            primary.install().program("pg_resetwal"),
            "-l",
            FIRST_SEGMENT,
            primary.data().toString())
        .asServerUser()
        .run()
        .orFail();
    return primary.start();
  }

  /** Returns how many runs were killed until the archive has so many segments. */
  private int loadAndKill(Cluster server, Path archive, Path followed, int segments)
      throws Exception {
    int kills = 0;
    try (EveryKindLoad load = EveryKindLoad.start(server)) {
      while (segments(archive) < segments || kills < 2) {
        try (Command.Running follower = follow(archive, followed).start()) {
          Thread.sleep(700 + random.nextInt(1500));
          assertThat(follower.process().isAlive()).as(follower.err()).isTrue();
          follower.kill();
          kills++;
        }
      }
      load.mustRun();
    }
    return kills;
  }

  private static Command follow(Path archive, Path followed) {
    return WalfmtCli.command(
        "summarize", "--summary-dir=" + followed, "--follow", archive.toString());
  }

  private static void promote(Cluster primary, Cluster standby) {
    primary.run("CHECKPOINT");
    primary.stop(Cluster.Stop.FAST);
    standby.promote();
  }

  private static int segments(Path archive) throws IOException {
    try (Stream<Path> files = Files.list(archive)) {
      return (int) files.filter(file -> SegmentName.matches(file.getFileName().toString())).count();
    }
  }

  private void mustCatchUp(Path archive, Path followed, Path single) throws Exception {
    List<SummaryName> wanted = new SummaryDirectory(single).list();
    try (Command.Running follower = follow(archive, followed).start()) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!new SummaryDirectory(followed).list().equals(wanted)) {
        assertThat(follower.process().isAlive()).as(follower.err()).isTrue();
        assertThat(System.nanoTime()).as("%s", wanted).isLessThan(end);
        Thread.sleep(50);
      }
      follower.signal("TERM");
      Outcome outcome = follower.await(PATIENCE);
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(TERMINATED);
      assertThat(outcome.out())
          .contains("Summed up to:             " + wanted.get(wanted.size() - 1).end());
    }
  }

  private static void mustCoverAllSegments(Path archive, Path followed) throws IOException {
    List<SummaryName> names = new SummaryDirectory(followed).list();
    List<SummaryRange> ranges = SummaryRange.of(names);
    assertThat(ranges).hasSize(2);
    assertThat(ranges.get(1).start()).isEqualTo(ranges.get(0).end());
    assertThat(WalHistory.read(archive, SECOND).switchPoint(new TimelineId(1)))
        .contains(ranges.get(0).end());
    assertThat(names.stream().filter(name -> name.timeline().number() == 1).count())
        .as("the border at 256 MB is among them: %s", names)
        .isGreaterThan(1);
  }

  /** Names and bytes of all summaries. */
  private static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    for (SummaryName name : new SummaryDirectory(directory).list()) {
      byte[] bytes = Files.readAllBytes(directory.resolve(name.toString()));
      contents.put(name.toString(), HexFormat.of().formatHex(bytes));
    }
    return contents;
  }
}
