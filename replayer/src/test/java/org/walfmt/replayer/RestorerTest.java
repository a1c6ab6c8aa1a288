package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.series.CommitFile;

class RestorerTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final ForkKey MAP = ForkKey.of(5, 16384, ForkNumber.VM);

  @TempDir Path directory;

  private SyntheticArchive backups;
  private ClusterModel cluster;
  private final Remarks remarks = new Remarks();

  @BeforeEach
  void createArchive() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    cluster = ClusterModel.create();
    cluster.createFork(TABLE, 300, new Random(1));
    cluster.createFork(MAP, 1, new Random(2));
    cluster.createFork(ForkKey.of(5, 16390, ForkNumber.MAIN), 0, new Random(3));
  }

  private RestoreReport restore(String backup) throws IOException {
    return new Restorer(Clock.fixed(Instant.ofEpochSecond(3000), ZoneOffset.UTC))
        .restore(RestoreOptions.of(backups.archive(), target()).backup(backup), remarks);
  }

  private Path target() {
    return directory.resolve("restored");
  }

  @Test
  void restoresAFullBackup() throws IOException {
    CommitFile.Summary full = backups.takeFull(cluster);

    RestoreReport report = restore("latest");

    assertThat(report.backup()).isEqualTo(full.id());
    assertThat(report.blocks()).isEqualTo(301);
    Restored.of(target()).requireSame(cluster, full.version());
    assertThat(Files.readString(target().resolve("backup_label")))
        .startsWith("START WAL LOCATION: 1/100028 (file 000000010000000100000001)");
    assertThat(target().resolve("recovery.signal")).isEmptyFile();
    assertThat(Files.readString(target().resolve("postgresql.auto.conf")))
        .isEqualTo(
            "# Do not edit\nwork_mem = '5MB'\n# removed by walfmt restore: restore_command = 'old'\n"
                + "# added by walfmt restore\nrestore_command = 'cp \""
                + backups.directory().toRealPath()
                + "/%f\" \"%p\"'\n");
    assertThat(target().resolve("pg_wal/archive_status")).isEmptyDirectory();
  }
}
