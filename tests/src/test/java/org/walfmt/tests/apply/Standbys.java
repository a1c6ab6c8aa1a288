package org.walfmt.tests.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.walfmt.Lsn;
import org.walfmt.archive.DirectoryArchive;
import org.walfmt.replayer.Applier;
import org.walfmt.replayer.ApplyOptions;
import org.walfmt.replayer.ApplyReport;
import org.walfmt.tests.backup.QuietMonitor;
import org.walfmt.tests.compare.Options;
import org.walfmt.tests.kit.Cluster;
import org.walfmt.tests.life.Restores;

/** Streaming standbys that lose their WAL, and what an apply makes of them. */
public final class Standbys {
  private Standbys() {}

  /** A standby that streams, and finds in the archive what it does not get so. */
  public static Cluster streaming(Cluster primary) {
    Cluster standby =
        Cluster.standbyOf(primary)
            .override("restore_command", "cp " + primary.archive() + "/%f %p")
            .override("archive_mode", "off");
    standby.start();
    catchUp(primary, standby);
    return standby;
  }

  /** Waits until the standby has replayed a checkpoint and all before it. */
  public static void catchUp(Cluster primary, Cluster standby) {
    primary.run("CHECKPOINT");
    standby.awaitReplay(primary.lsn());
  }

  /** Removes the WAL before a segment from the primary and from the archive. */
  public static void loseWal(Cluster primary, Lsn before) throws IOException {
    int size = Integer.parseInt(primary.query(SEGMENT_SIZE));
    long first = before.value() / size;
    for (Path directory : new Path[] {primary.data().resolve("pg_wal"), primary.archive()}) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          String name = Objects.requireNonNull(file.getFileName()).toString();
          if (name.matches("0000000[0-9A-F][0-9A-F]{16}")
              && Long.parseLong(name.substring(8, 16), 16) * (0x1_0000_0000L / size)
                      + Long.parseLong(name.substring(16), 16)
                  < first) {
            Files.delete(file);
          }
        }
      }
    }
  }

  private static final String SEGMENT_SIZE =
      "SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'";

  /** Started as it is, the standby never gets on. */
  public static void mustBeStuck(Cluster standby) {
    standby.start();
    standby.await(
        "the standby's complaint", () -> standby.log().contains("has already been removed"));
    standby.stop(Cluster.Stop.FAST);
  }

  /** Applies the latest backup. */
  public static ApplyReport apply(Path archive, Cluster standby) throws IOException {
    return apply(archive, standby.data(), options -> options);
  }

  /** The same with more options; files get the owner of the directory. */
  public static ApplyReport apply(Path archive, Path target, UnaryOperator<ApplyOptions> more)
      throws IOException {
    ApplyOptions options =
        ApplyOptions.of(new DirectoryArchive(archive, "test"), target).sync(false);
    return new Applier().apply(more.apply(options), new QuietMonitor());
  }

  /**
   * The standby streams again; stopped at one LSN, its files are the primary's.
   *
   * @param primary on which nothing else is going on
   */
  public static void mustStreamAndEqual(Cluster primary, Cluster standby)
      throws IOException, SQLException {
    standby.override("checkpoint_timeout", "1d").start();
    standby.await(
        "the standby's connection",
        () ->
            primary
                .query("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
                .equals("1"));
    primary.run("CREATE TABLE streamed AS SELECT g AS a FROM generate_series(1, 2000) g");
    catchUp(primary, standby);
    assertThat(standby.query("SELECT sum(a) FROM streamed")).isEqualTo("2001000");
    standby.run("CHECKPOINT");
    standby.stop(Cluster.Stop.FAST);
    Restores.mustEqual(primary, primary.data(), standby.data(), Options.masksAndTolerances());
  }
}
