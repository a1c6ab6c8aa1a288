package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.walfmt.CorruptWalException;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.Restored;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.CommitFile;

/** What series may not say of blocks and files: rules MERGE-1 to MERGE-5. */
class MergeRulesTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);
  private static final ForkKey OTHER = ForkKey.of(5, 16400, ForkNumber.MAIN);

  @TempDir Path directory;

  private final Random random = new Random(7);
  private final Remarks remarks = new Remarks();
  private SyntheticArchive backups;
  private ClusterModel cluster;
  private CommitFile.Summary full;

  @BeforeEach
  void takeFull() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
    cluster = ClusterModel.create();
    cluster.createFork(TABLE, 10, random);
    full = backups.takeFull(cluster);
  }

  private Path target() {
    return directory.resolve("restored");
  }

  private RestoreReport restore() throws IOException {
    return new Restorer(Clock.systemUTC())
        .restore(RestoreOptions.of(backups.archive(), target()), remarks);
  }

  private List<VerifyReport.Finding> verify() throws IOException {
    return new Verifier().verify(VerifyOptions.of(backups.archive(), "latest"), remarks).findings();
  }

  private void assertCorrupt(ThrowingCallable work, String fact) {
    assertThatThrownBy(work).isInstanceOf(CorruptWalException.class).hasMessageContaining(fact);
    assertThat(target()).doesNotExist();
  }

  @Test
  void takesNoOldBlockFromTheLimitOn() throws IOException {
    Draft draft = backups.incremental(full, cluster);
    draft.forks.put(TABLE, new ForkPlan(List.of(2, 4), true, OptionalLong.of(2)));
    backups.take(draft);

    assertCorrupt(
        this::restore, "no backup of the chain has block 3 of file \"base/5/16384\", of 10");
    assertThat(verify())
        .extracting(VerifyReport.Finding::message)
        .containsExactly(
            "file \"base/5/16384\" lacks block 3 of 10",
            "file \"base/5/16384\" lacks blocks 5 to 9 of 10",
            "no backup of the chain has block 3 of file \"base/5/16384\", of 10");
  }

  @Test
  void takesNoOldBlockAboveALengthInBetween() throws IOException {
    ClusterModel shorter = cluster.copy();
    shorter.createFork(TABLE, 5, random);
    Draft middle = backups.incremental(full, shorter);
    middle.forks.put(TABLE, ForkPlan.changed(0, 1, 2, 3, 4));
    Draft draft = backups.incremental(backups.take(middle), cluster);
    draft.forks.put(TABLE, ForkPlan.changed(0, 5, 6, 8, 9));
    backups.take(draft);

    assertCorrupt(this::restore, "no backup of the chain has block 7");
  }

  @Test
  void takesNoOldBlockOfAForkThatIsWholeInBetween() throws IOException {
    Draft middle = backups.incremental(full, cluster);
    middle.forks.put(TABLE, new ForkPlan(List.of(0, 1), false, OptionalLong.empty()));
    Draft draft = backups.incremental(backups.take(middle), cluster);
    draft.forks.put(TABLE, ForkPlan.changed());
    backups.take(draft);

    assertCorrupt(this::restore, "no backup of the chain has block 2");
  }

  @Test
  void takesTheNewestOfABlock() throws IOException {
    ClusterModel second = cluster.copy();
    second.createFork(TABLE, 10, random);
    Draft middle = backups.incremental(full, second);
    CommitFile.Summary commit = backups.take(middle);
    ClusterModel third = second.copy();
    third.forks().getOrDefault(TABLE, List.of()).set(3, ClusterModel.page(random, 3));
    Draft draft = backups.incremental(commit, third);
    draft.forks.put(TABLE, ForkPlan.changed(3));
    backups.take(draft);

    restore();

    Restored.of(target()).requireSame(third, full.version());
  }

  @Test
  void wantsADeltaForkInTheParent() throws IOException {
    ClusterModel more = cluster.copy();
    more.createFork(OTHER, 3, random);
    Draft draft = backups.incremental(full, more);
    draft.forks.put(OTHER, ForkPlan.changed(0, 1, 2));
    backups.take(draft);

    assertCorrupt(
        this::restore,
        "wants blocks of file \"base/5/16400\" from backup "
            + full.id()
            + ", which does not have that file");
  }

  @Test
  void letsNoFullBackupWantOlderBlocks() throws IOException {
    Draft draft = backups.full(cluster);
    draft.forks.put(TABLE, ForkPlan.changed(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    backups.take(draft);

    assertCorrupt(this::restore, "begins the chain, but wants older blocks");
    assertThat(verify()).singleElement().asString().contains("wants older blocks, in a full");
  }

  @Test
  void refusesABlockAboveItsOwnLength() throws IOException {
    Draft draft = backups.full(cluster);
    draft.statedLengths.put(TABLE, 9);
    backups.take(draft);

    assertCorrupt(
        this::restore,
        "block 9 of relation 1663/5/16384 fork 0, which has 9 blocks in WAL segment");
    assertThat(verify()).isNotEmpty();
  }

  @Test
  void refusesABlockAboveItsOwnLengthInAnOlderMember() throws IOException {
    Draft draft = backups.full(cluster);
    draft.statedLengths.put(TABLE, 9);
    ClusterModel shorter = cluster.copy();
    shorter.createFork(TABLE, 2, random);
    backups.take(backups.incremental(backups.take(draft), shorter));

    assertCorrupt(this::restore, "block 9 of relation 1663/5/16384 fork 0, which has 9 blocks");
  }

  @Test
  void refusesABlockOfAForkThatIsNotInTheInventory() throws IOException {
    cluster.createFork(OTHER, 3, random);
    Draft draft = backups.full(cluster);
    draft.hiddenForks.add(OTHER);
    backups.take(draft);

    assertCorrupt(
        this::restore, "block of relation 1663/5/16400 fork 0, which is not in the inventory");
    assertThat(verify()).isNotEmpty();
  }

  @Test
  void refusesALengthWithoutBlocks() throws IOException {
    Draft draft = backups.full(cluster);
    draft.statedLengths.put(TABLE, 11);
    backups.take(draft);

    assertCorrupt(this::restore, "has block 10 of file \"base/5/16384\"");
    assertThat(verify()).singleElement().asString().contains("lacks block 10 of 11");
  }

  @Test
  void findsUnchangedContentsWhereTheyAre() throws IOException {
    Draft second = backups.incremental(full, cluster);
    second.unchanged.add("pg_xact/0000");
    Draft third = backups.incremental(backups.take(second), cluster);
    third.unchanged.add("pg_xact/0000");
    backups.take(third);

    restore();

    Restored.of(target()).requireSame(cluster, full.version());
  }

  @Test
  void wantsAnUnchangedFileInTheParent() throws IOException {
    ClusterModel more = cluster.copy();
    more.put("pg_xact/0001", "new");
    Draft draft = backups.incremental(full, more);
    draft.unchanged.add("pg_xact/0001");
    backups.take(draft);

    assertCorrupt(this::restore, "has file \"pg_xact/0001\" unchanged from backup " + full.id());
  }

  @Test
  void comparesUnchangedContentsWithTheirSum() throws IOException {
    ClusterModel other = cluster.copy();
    other.put("pg_xact/0000", "y".repeat(8192));
    Draft draft = backups.incremental(full, other);
    draft.unchanged.add("pg_xact/0000");
    backups.take(draft);

    assertCorrupt(this::restore, "file \"pg_xact/0000\" has SHA-256 ");
    assertThat(verify()).singleElement().asString().contains("file \"pg_xact/0000\" has SHA-256 ");
  }

  @Test
  void comparesContentsWithTheirLengthAndSum() throws IOException {
    Draft draft = backups.full(cluster);
    draft.statedContents.put(
        "PG_VERSION", "16\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    backups.take(draft);

    assertCorrupt(this::restore, "file \"PG_VERSION\" has SHA-256 ");
    assertThat(verify()).singleElement().asString().contains("file \"PG_VERSION\" has 3 bytes");
  }

  /** A configuration file is held in memory, as long as its inventory entry says it is. */
  @Test
  void stopsAtContentsThatAreLongerThanTheirFile() throws IOException {
    cluster.put("postgresql.auto.conf", "#".repeat(3 << 20));
    Draft draft = backups.full(cluster);
    draft.statedContents.put("postgresql.auto.conf", new byte[10]);
    backups.take(draft);

    assertCorrupt(this::restore, " bytes or more in backup ");
  }

  @Test
  void refusesAFileWithoutContents() throws IOException {
    Draft draft = backups.full(cluster);
    draft.unchanged.add("PG_VERSION");
    backups.take(draft);

    assertCorrupt(this::restore, "begins the chain, but has file \"PG_VERSION\" without contents");
    assertThat(verify()).singleElement().asString().contains("has no contents, in a full backup");
  }

  @Test
  void refusesContentsThatAreNotInTheInventory() throws IOException {
    Draft draft = backups.full(cluster);
    draft.hiddenFiles.add("pg_xact/0000");
    backups.take(draft);

    assertCorrupt(this::restore, "file \"pg_xact/0000\", expected \"postgresql.auto.conf\"");
    assertThat(verify()).isNotEmpty();
  }

  @Test
  void refusesABackupWithoutControlFile() throws IOException {
    cluster.files().remove("global/pg_control");
    backups.takeFull(cluster);

    assertCorrupt(this::restore, "the inventory of the backup has no global/pg_control");
  }

  @Test
  void refusesAFileInNoDirectory() throws IOException {
    cluster.put("nowhere/file", "x");
    backups.takeFull(cluster);

    assertCorrupt(this::restore, "\"nowhere/file\" lies in no directory of the inventory");
  }

  @Test
  void refusesAPathThatLeadsOutOfTheTarget() throws IOException {
    cluster.directories().add("base/../../evil");
    backups.takeFull(cluster);

    assertCorrupt(this::restore, "unsafe path \"base/../../evil\" in inventory");
    assertThat(directory.resolve("evil")).doesNotExist();
  }

  @Test
  void refusesAnAbsolutePath() throws IOException {
    cluster.put("/" + directory + "/evil", "x");
    backups.takeFull(cluster);

    assertCorrupt(this::restore, "unsafe path");
    assertThat(directory.resolve("evil")).doesNotExist();
  }

  @Test
  void refusesALabelAmongTheFiles() throws IOException {
    cluster.put("backup_label", "x");
    backups.takeFull(cluster);

    assertCorrupt(this::restore, "file \"backup_label\" is in the inventory");
  }

  @Test
  void refusesAFileWhereARelationIs() throws IOException {
    cluster.put("base/5/16384", "x");
    backups.takeFull(cluster);

    assertThatThrownBy(this::restore)
        .isInstanceOf(java.nio.file.FileAlreadyExistsException.class)
        .hasMessageContaining("base/5/16384");
    assertThat(target()).doesNotExist();
  }
}
