package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.Lsn;
import org.walfmt.RefusedException;
import org.walfmt.TimelineId;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.RestorePreview.Member;
import org.walfmt.replayer.RestorePreview.Replay;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoverySettings.Mode;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.series.CommitFile;

/** A plan tells what the restore then does, and touches nothing. */
class RestorePreviewTest {
  @TempDir Path directory;

  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private CommitFile.Summary full;
  private CommitFile.Summary incremental;

  @BeforeEach
  void takeBackups() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(ForkKey.of(5, 16384, ForkNumber.MAIN), 200, new Random(7));
    full = backups.takeFull(cluster);
    Draft draft = backups.incremental(full, cluster);
    incremental = backups.take(draft);
    backups.wal(new TimelineId(1), draft.stop, draft.stop.plus(3 << 20));
  }

  private RestoreOptions options() {
    return RestoreOptions.of(backups.archive(), directory.resolve("restored"));
  }

  private RestoreOptions upTo(Lsn lsn) {
    return options()
        .recovery(
            new RecoverySettings(
                Mode.RECOVERY,
                Optional.empty(),
                Optional.of(
                    new RecoveryTarget(RecoveryTarget.Kind.LSN, lsn.toString(), Optional.empty())),
                Optional.empty(),
                Optional.empty()));
  }

  private RestorePreview preview(RestoreOptions options) throws IOException {
    return new RestorePreviewer().preview(options, remarks);
  }

  /** All files and directories, with what changes when one is written. */
  private Map<String, String> everything() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.toList()) {
        BasicFileAttributes of = Files.readAttributes(path, BasicFileAttributes.class);
        all.put(
            path.toString(),
            of.size()
                + " "
                + of.lastModifiedTime()
                + " "
                + of.fileKey()
                + " "
                + Files.getAttribute(path, "unix:ctime"));
      }
    }
    return all;
  }

  @Test
  void touchesNothing() throws IOException {
    Map<String, String> before = everything();

    preview(options());

    assertThat(everything()).isEqualTo(before);
    assertThat(directory.resolve("restored")).doesNotExist();
  }

  @Test
  void tellsWhatTheRestoreThenDoes() throws IOException {
    RestorePreview preview = preview(options());
    RestoreReport report = new Restorer(java.time.Clock.systemUTC()).restore(options(), remarks);

    assertThat(preview.members())
        .containsExactly(
            new Member(incremental.id(), false, incremental.segments()),
            new Member(full.id(), true, full.segments()));
    assertThat(preview.target()).isEqualTo(report.target());
    assertThat(preview.blocks()).isEqualTo(report.blocks());
    assertThat(preview.startLsn()).isEqualTo(report.startLsn());
    assertThat(preview.stopLsn()).isEqualTo(report.stopLsn());
    assertThat(preview.restoreCommand()).contains("/%f");
    assertThat(preview.sample().bytes()).isEqualTo(preview.bytes());
    assertThat(preview.estimatedSeconds()).isPositive();
  }

  /** Start and stop are in segments 1 and 2 of their gigabyte, and 3 more are there. */
  @Test
  void countsTheOrdinaryWalToItsEndOrToTheTarget() throws IOException {
    Lsn stop = incremental.stopLsn();
    RestorePreview preview = preview(options());

    assertThat(preview.consistentSegments()).isEqualTo(2);
    assertThat(preview.replayed()).contains(new Replay(5, Lsn.parse("2/600000"), true));
    assertThat(preview(upTo(stop)).replayed()).contains(new Replay(2, stop, true));
    assertThat(preview(upTo(Lsn.parse("2/A00000"))).replayed())
        .contains(new Replay(5, Lsn.parse("2/600000"), false));
  }

  @Test
  void refusesWhatARestoreWould() throws IOException {
    Files.createDirectories(directory.resolve("restored/something"));

    assertThatThrownBy(() -> preview(options()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not empty");
  }
}
