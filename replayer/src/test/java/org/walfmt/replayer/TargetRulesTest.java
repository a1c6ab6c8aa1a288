package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.Monitor;
import org.walfmt.PgVersion;
import org.walfmt.RefusedException;
import org.walfmt.RefusedException.Reason;
import org.walfmt.block.ForkNumber;
import org.walfmt.block.RelFileLocator;
import org.walfmt.replayer.datadir.RecoverySettings;
import org.walfmt.replayer.datadir.RecoverySettings.Mode;
import org.walfmt.replayer.datadir.RecoveryTarget;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.series.CommitFile;

/**
 * Where a restore may write, and what it leaves there.
 *
 * <p>Long, since each rule is a short test of its own on the same kind of target.
 */
class TargetRulesTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final ForkKey IN_SPACE =
      new ForkKey(new RelFileLocator(16500, 5, 16384), ForkNumber.MAIN);

  @TempDir Path directory;

  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private ClusterModel cluster;
  private Path target;

  @BeforeEach
  void createCluster() throws IOException {
    directory = directory.toRealPath();
    backups = new SyntheticArchive(directory.resolve("archive"));
    cluster = ClusterModel.create();
    cluster.createFork(TABLE, 10, new Random(7));
    target = directory.resolve("restored");
  }

  private RestoreOptions options() {
    return RestoreOptions.of(backups.archive(), target);
  }

  private RestoreReport restore(RestoreOptions options) throws IOException {
    return new Restorer(Clock.systemUTC()).restore(options, remarks);
  }

  private void assertRefused(RestoreOptions options, Reason reason, String fact) {
    assertThatThrownBy(() -> restore(options))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(fact)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(reason);
  }

  @Test
  void fillsAnEmptyDirectory() throws IOException {
    backups.takeFull(cluster);
    Files.createDirectory(target);

    restore(options());

    Restored.of(target).requireSame(cluster, PgVersion.V15);
    assertThat(Files.getPosixFilePermissions(target))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(Files.getPosixFilePermissions(target.resolve("base/5/16384")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(remarks.done()).isEqualTo(remarks.total() + backupLabelAndSettings());
  }

  private long backupLabelAndSettings() throws IOException {
    return Files.size(target.resolve("backup_label"))
        + Files.size(target.resolve("postgresql.auto.conf"))
        - cluster.files().getOrDefault("postgresql.auto.conf", new byte[0]).length;
  }

  @Test
  void makesTheDirectoriesAboveTheTarget() throws IOException {
    backups.takeFull(cluster);
    target = directory.resolve("a/b/c");

    restore(options());

    Restored.of(target).requireSame(cluster, PgVersion.V15);
  }

  @Test
  void refusesADirectoryThatIsNotEmpty() throws IOException {
    backups.takeFull(cluster);
    Files.createDirectory(target);
    Files.writeString(target.resolve("precious"), "x");

    assertRefused(options(), Reason.PRECONDITION, "is not empty");
    assertThat(target.resolve("precious")).hasContent("x");
  }

  @Test
  void refusesAFileAsTarget() throws IOException {
    backups.takeFull(cluster);
    Files.writeString(target, "x");

    assertRefused(options(), Reason.PRECONDITION, "is not a directory");
  }

  @Test
  void refusesATargetInTheArchive() throws IOException {
    backups.takeFull(cluster);
    Files.createSymbolicLink(directory.resolve("link"), backups.directory());
    target = directory.resolve("link/restored");

    assertRefused(options(), Reason.MISMATCH, "are inside each other");
    assertThat(backups.directory().resolve("restored")).doesNotExist();
  }

  @Test
  void putsTablespacesWhereTheyAreMapped() throws IOException {
    cluster.addTablespace(16500, "/nowhere/space", PgVersion.V15);
    cluster.createFork(IN_SPACE, 5, new Random(8));
    backups.takeFull(cluster);
    Path space = directory.resolve("space");

    restore(options().mapTablespace(Path.of("/nowhere/space"), space));

    Restored.of(target).requireSame(withoutSpace(), PgVersion.V15);
    assertThat(Files.readSymbolicLink(target.resolve("pg_tblspc/16500"))).isEqualTo(space);
    assertThat(Files.readAllBytes(space.resolve("PG_15_202209061/5/16384")))
        .isEqualTo(cluster.bytes(IN_SPACE));
    assertThat(target.resolve("tablespace_map")).hasContent("16500 " + space + "\n");
  }

  private ClusterModel withoutSpace() {
    ClusterModel model = cluster.copy();
    model.forks().remove(IN_SPACE);
    return model;
  }

  @Test
  void putsTablespacesWhereTheyWere() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    cluster.addTablespace(16500, space.toString(), PgVersion.V15);
    cluster.createFork(IN_SPACE, 5, new Random(8));
    backups.takeFull(cluster);

    restore(options());

    assertThat(space.resolve("PG_15_202209061/5/16384")).hasSize(5 * 8192);
    assertThat(target.resolve("tablespace_map")).hasContent("16500 " + space + "\n");
  }

  @Test
  void refusesATablespaceThatIsNotEmpty() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    Files.writeString(space.resolve("precious"), "x");
    cluster.addTablespace(16500, space.toString(), PgVersion.V15);
    backups.takeFull(cluster);

    assertRefused(options(), Reason.PRECONDITION, "directory of tablespace pg_tblspc/16500");
    assertThat(target).doesNotExist();
    assertThat(space.resolve("precious")).hasContent("x");
  }

  @Test
  void refusesATablespaceInTheTarget() throws IOException {
    cluster.addTablespace(16500, target.resolve("base").toString(), PgVersion.V15);
    backups.takeFull(cluster);

    assertRefused(options(), Reason.MISMATCH, "are inside each other");
  }

  @Test
  void refusesAMappingOfNoTablespace() throws IOException {
    backups.takeFull(cluster);

    assertRefused(
        options().mapTablespace(Path.of("/a"), directory.resolve("b")),
        Reason.MISMATCH,
        "no tablespace of the backup is in \"/a\"");
  }

  @Test
  void linksTheWalDirectory() throws IOException {
    backups.takeFull(cluster);
    Path wal = directory.resolve("wal");

    restore(options().walDirectory(wal));

    assertThat(Files.readSymbolicLink(target.resolve("pg_wal"))).isEqualTo(wal);
    assertThat(wal.resolve("archive_status")).isEmptyDirectory();
  }

  @Test
  void removesWhatAFailedRestoreMade() throws IOException {
    Path space = Files.createDirectory(directory.resolve("space"));
    cluster.addTablespace(16500, space.toString(), PgVersion.V15);
    CommitFile.Summary full = backups.takeFull(cluster);
    Files.createDirectory(target);
    backups.damage(full.firstSegment().toString(), 100_000);

    assertThatThrownBy(() -> restore(options().walDirectory(directory.resolve("wal"))))
        .isInstanceOf(CorruptWalException.class);
    assertThat(target).isEmptyDirectory();
    assertThat(space).isEmptyDirectory();
    assertThat(directory.resolve("wal")).doesNotExist();
    assertThat(remarks.warnings())
        .containsExactly("what was restored to \"" + target + "\" was removed again");
  }

  @Test
  void leavesAFailedRestoreThatCannotBeStarted() throws IOException {
    CommitFile.Summary full = backups.takeFull(cluster);
    backups.damage(full.firstSegment().toString(), "c".repeat(100));

    assertThatThrownBy(() -> restore(options().cleanUp(false)))
        .isInstanceOf(CorruptWalException.class);
    assertThat(target.resolve("base/5/16384")).exists();
    assertThat(target.resolve("global/pg_control")).doesNotExist();
    assertThat(remarks.warnings())
        .containsExactly(
            "\"" + target + "\" is incomplete and cannot be started: it has no global/pg_control");
  }

  @Test
  void leavesNothingWhenInterrupted() throws IOException {
    cluster.createFork(TABLE, 3000, new Random(9));
    backups.takeFull(cluster);
    Thread restoring = Thread.currentThread();
    Monitor interrupting =
        new Monitor() {
          @Override
          public void phase(String name, long totalBytes) {}

          @Override
          public void advance(long bytes) {
            restoring.interrupt();
          }

          @Override
          public void warning(String line) {}

          @Override
          public void info(String line) {}
        };

    assertThatThrownBy(() -> new Restorer(Clock.systemUTC()).restore(options(), interrupting))
        .isInstanceOf(IOException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(target).doesNotExist();
  }

  @Test
  void warnsOfAConfigurationThatIsElsewhere() throws IOException {
    cluster.files().remove("postgresql.conf");
    backups.takeFull(cluster);

    restore(options());

    assertThat(remarks.warnings()).singleElement().asString().contains("no postgresql.conf");
  }

  @Test
  void writesRecoverySettings() throws IOException {
    cluster.put("standby.signal", "");
    backups.takeFull(cluster);

    restore(
        options()
            .recovery(
                new RecoverySettings(
                    Mode.STANDBY,
                    Optional.of("fetch 'a b' \\ %f %p"),
                    Optional.of(
                        new RecoveryTarget(
                            RecoveryTarget.Kind.TIME,
                            "2026-11-24 12:00:00+00",
                            Optional.of(false))),
                    Optional.of("promote"),
                    Optional.of("current"),
                    Optional.of("host=/tmp password='it\\'s'"),
                    Optional.of("slot_1"))));

    assertThat(Files.readString(target.resolve("postgresql.auto.conf")))
        .endsWith(
            """
            # added by walfmt restore
            restore_command = 'fetch ''a b'' \\\\ %f %p'
            recovery_target_time = '2026-11-24 12:00:00+00'
            recovery_target_inclusive = 'off'
            recovery_target_action = 'promote'
            recovery_target_timeline = 'current'
            primary_conninfo = 'host=/tmp password=@it\\\\@s@'
            primary_slot_name = 'slot_1'
            """
                .replace("@", "''"));
    assertThat(target.resolve("standby.signal")).exists();
    assertThat(target.resolve("recovery.signal")).doesNotExist();
  }

  @Test
  void takesATargetOfAnotherKindOutOfTheServersConfiguration() throws IOException {
    cluster.put(
        "postgresql.conf",
        """
        port = 5432
        #recovery_target_xid = '9'
        Recovery_Target_Name 'old'
        recovery_target_time = ''
        recovery_target_lsn = '0/1'
        """);
    cluster.put("conf.d/more.conf", "recovery_target = immediate\n");
    cluster.directories().add("conf.d");
    backups.takeFull(cluster);
    RecoveryTarget upTo = new RecoveryTarget(RecoveryTarget.Kind.LSN, "FF/0", Optional.empty());

    restore(
        options()
            .recovery(
                new RecoverySettings(
                    Mode.RECOVERY,
                    Optional.of("x"),
                    Optional.of(upTo),
                    Optional.empty(),
                    Optional.empty())));

    assertThat(Files.readString(target.resolve("postgresql.auto.conf")))
        .endsWith(
            """
            restore_command = 'x'
            recovery_target = ''
            recovery_target_name = ''
            recovery_target_lsn = 'FF/0'
            """);
    assertThat(remarks.warnings())
        .containsExactly(
            "the server's configuration sets recovery_target, which postgresql.auto.conf"
                + " overrides now",
            "the server's configuration sets recovery_target_name, which postgresql.auto.conf"
                + " overrides now");
  }

  /** Two standbys on one slot would throw each other out. */
  @Test
  void aStandbyDoesNotStreamFromWhereTheSourceDid() throws IOException {
    cluster.put(
        "postgresql.auto.conf", "primary_conninfo = 'host=x'\nprimary_slot_name = 'its_own'\n");
    backups.takeFull(cluster);

    restore(
        options()
            .recovery(
                new RecoverySettings(
                    Mode.STANDBY,
                    Optional.of("x"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));

    assertThat(Files.readString(target.resolve("postgresql.auto.conf")))
        .isEqualTo(
            """
            # removed by walfmt restore: primary_conninfo = 'host=x'
            # removed by walfmt restore: primary_slot_name = 'its_own'
            # added by walfmt restore
            restore_command = 'x'
            """);
    assertThat(remarks.warnings()).singleElement().asString().contains("streams from nowhere");
  }

  @Test
  void leavesSettingsAloneWithoutRecovery() throws IOException {
    backups.takeFull(cluster);

    restore(
        options()
            .recovery(
                new RecoverySettings(
                    Mode.NONE,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));

    assertThat(Files.readString(target.resolve("postgresql.auto.conf")))
        .endsWith("restore_command = 'old'\n");
    assertThat(target.resolve("recovery.signal")).doesNotExist();
  }

  @Test
  void quotesAnArchivePathForShellAndServer() {
    assertThat(RecoverySettings.copyFrom(Path.of("/a b/$x/`y`/\"z\"/50%/it's/back\\slash")))
        .isEqualTo("cp \"/a b/\\$x/\\`y\\`/\\\"z\\\"/50%%/it's/back\\\\slash/%f\" \"%p\"");
  }
}
