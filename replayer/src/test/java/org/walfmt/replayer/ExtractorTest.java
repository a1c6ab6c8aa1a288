package org.walfmt.replayer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.walfmt.CorruptWalException;
import org.walfmt.RefusedException;
import org.walfmt.archive.Archive;
import org.walfmt.block.ForkNumber;
import org.walfmt.replayer.extract.NewFiles;
import org.walfmt.replayer.extract.Wanted;
import org.walfmt.replayer.kit.BaseDirectory;
import org.walfmt.replayer.kit.ClusterModel;
import org.walfmt.replayer.kit.ClusterModel.ForkKey;
import org.walfmt.replayer.kit.CountingArchive;
import org.walfmt.replayer.kit.Extracted;
import org.walfmt.replayer.kit.RandomChain;
import org.walfmt.replayer.kit.Remarks;
import org.walfmt.replayer.kit.SyntheticArchive;
import org.walfmt.replayer.kit.SyntheticArchive.Draft;
import org.walfmt.replayer.kit.SyntheticArchive.ForkPlan;
import org.walfmt.series.BackupId;
import org.walfmt.series.CommitFile;
import org.walfmt.series.Parent;

class ExtractorTest {
  private static final ForkKey TABLE = ForkKey.of(5, 16384, ForkNumber.MAIN);

  @TempDir Path directory;

  private SyntheticArchive backups;
  private final Remarks remarks = new Remarks();

  static LongStream seeds() {
    return LongStream.range(0, 4);
  }

  @BeforeEach
  void createArchive() throws IOException {
    backups = new SyntheticArchive(directory.resolve("archive"));
  }

  private ExtractReport extract(Archive archive, String backup, Wanted wanted, Extracted sink)
      throws IOException {
    return new Extractor()
        .extract(new ExtractOptions(archive, backup, Optional.empty(), wanted), sink, remarks);
  }

  private byte[] bytes(Archive archive, CommitFile.Summary backup, Wanted wanted)
      throws IOException {
    Extracted sink = new Extracted();
    ExtractReport report = extract(archive, backup.id().text(), wanted, sink);
    assertThat(sink.isFinished()).isTrue();
    assertThat(sink.files()).hasSize(1);
    assertThat(report.bytes()).isEqualTo(sink.files().get(0).length);
    assertThat(report.backup()).isEqualTo(backup.id());
    return sink.files().get(0);
  }

  private byte[] bytes(CommitFile.Summary backup, Wanted wanted) throws IOException {
    return bytes(backups.archive(), backup, wanted);
  }

  private static byte[] page(ClusterModel cluster, int block) {
    return Objects.requireNonNull(cluster.forks().get(TABLE)).get(block);
  }

  private static Wanted block(ForkKey key, long number) {
    return new Wanted.Block(key.locator(), key.fork(), number);
  }

  private static Wanted fork(ForkKey key) {
    return new Wanted.Fork(key.locator(), key.fork());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void blocksForksAndFilesOfEveryMemberAreAsARestoreWritesThem(long seed) throws IOException {
    RandomChain chain = RandomChain.make(directory.resolve("random"), 5, new Random(seed));
    Archive archive = chain.archive().archive();
    for (int i = 0; i < chain.states().size(); i++) {
      ClusterModel state = chain.states().get(i);
      CommitFile.Summary backup = chain.commits().get(i);
      for (Map.Entry<ForkKey, List<byte[]>> fork : state.forks().entrySet()) {
        ForkKey key = fork.getKey();
        assertThat(bytes(archive, backup, fork(key))).isEqualTo(state.bytes(key));
        for (int block = (int) seed; block < fork.getValue().size(); block += 4) {
          assertThat(bytes(archive, backup, block(key, block)))
              .as("backup %d, %s, block %d", i, key, block)
              .isEqualTo(fork.getValue().get(block));
        }
      }
      for (Map.Entry<String, byte[]> file : state.files().entrySet()) {
        assertThat(bytes(archive, backup, new Wanted.File(file.getKey())))
            .isEqualTo(file.getValue());
      }
    }
  }

  /** Full of several segments, then two small incrementals that lack most blocks. */
  private List<CommitFile.Summary> largeChain(ClusterModel cluster) throws IOException {
    cluster.createFork(ForkKey.of(5, 16380, ForkNumber.MAIN), 900, new Random(3));
    cluster.createFork(TABLE, 900, new Random(1));
    cluster.createFork(ForkKey.of(5, 16390, ForkNumber.MAIN), 900, new Random(2));
    CommitFile.Summary full = backups.takeFull(cluster);
    Draft first = backups.incremental(full, cluster);
    cluster.forks().keySet().forEach(key -> first.forks.put(key, ForkPlan.changed(3, 300)));
    CommitFile.Summary one = backups.take(first);
    Draft second = backups.incremental(one, cluster);
    cluster.forks().keySet().forEach(key -> second.forks.put(key, ForkPlan.changed(4)));
    return List.of(full, one, backups.take(second));
  }

  @Test
  void aBlockCostsAtMostThreeSegmentsOfEachSeriesThatIsConsulted() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    List<CommitFile.Summary> commits = largeChain(cluster);
    assertThat(commits.get(0).segments()).isGreaterThan(6);
    CountingArchive counting = new CountingArchive(backups.archive());
    int three = 0;
    for (int block = 0; block < 900; block += 9) {
      assertThat(bytes(counting, commits.get(2), block(TABLE, block)))
          .isEqualTo(page(cluster, block));
      for (CommitFile.Summary commit : commits) {
        Set<String> segments = counting.takeSegments(commit.id().text().substring(0, 8));
        three += segments.size() == 3 ? 1 : 0;
        assertThat(segments.size() - (crossesABorder(segments) ? 1 : 0))
            .as("block %d: %s", block, segments)
            .isLessThanOrEqualTo(3);
      }
    }
    assertThat(three).isGreaterThan(50);
  }

  /** A block record that ends in the next segment needs both of them. */
  private static boolean crossesABorder(Set<String> segments) {
    List<Long> numbers =
        segments.stream().map(name -> Long.parseLong(name.substring(8), 16)).toList();
    return numbers.size() == 4 && numbers.get(2) == numbers.get(1) + 1;
  }

  @Test
  void aBlockThatTheNewestHasNeedsNoOlderSeries() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    List<CommitFile.Summary> commits = largeChain(cluster);
    Files.delete(backups.directory().resolve(commits.get(0).id().commitName()));

    Extracted sink = new Extracted();
    ExtractReport report = extract(backups.archive(), "latest", block(TABLE, 300), sink);

    assertThat(sink.files().get(0)).isEqualTo(page(cluster, 300));
    assertThat(report.members()).containsExactly(commits.get(2).id(), commits.get(1).id());
    assertThatThrownBy(
            () -> extract(backups.archive(), "latest", block(TABLE, 301), new Extracted()))
        .isInstanceOf(RefusedException.class)
        .hasMessage(
            "backup "
                + commits.get(0).id()
                + ", on which "
                + commits.get(1).id()
                + " builds, is missing");
  }

  @Test
  void aForkReadsOnlyTheSegmentsThatHoldIt() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    List<CommitFile.Summary> commits = largeChain(cluster);
    CountingArchive counting = new CountingArchive(backups.archive());

    assertThat(bytes(counting, commits.get(0), fork(TABLE))).isEqualTo(cluster.bytes(TABLE));

    long opened = counting.takeSegments(commits.get(0).id().text().substring(0, 8)).size();
    assertThat(opened).isLessThan(commits.get(0).segments() - 1);
  }

  @Test
  void aBlockBeyondTheForkIsRefused() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 3, new Random(1));
    CommitFile.Summary full = backups.takeFull(cluster);

    assertThatThrownBy(() -> bytes(full, block(TABLE, 3)))
        .isInstanceOf(RefusedException.class)
        .hasMessage("file \"base/5/16384\" has no block 3");
    assertThatThrownBy(() -> bytes(full, fork(ForkKey.of(5, 16385, ForkNumber.MAIN))))
        .isInstanceOf(RefusedException.class)
        .hasMessage("backup " + full.id() + " does not have file \"base/5/16385\"");
    assertThatThrownBy(() -> bytes(full, new Wanted.File("base/5/nothing")))
        .isInstanceOf(RefusedException.class)
        .hasMessage("backup " + full.id() + " does not have file \"base/5/nothing\"");
  }

  @Test
  void aBlockAtTheLimitIsNotTakenFromAnOlderSeries() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 10, new Random(1));
    CommitFile.Summary full = backups.takeFull(cluster);
    Draft draft = backups.incremental(full, cluster);
    draft.forks.put(TABLE, new ForkPlan(List.of(6, 7, 8, 9), true, OptionalLong.of(5)));
    CommitFile.Summary incremental = backups.take(draft);

    assertThat(bytes(incremental, block(TABLE, 4))).isEqualTo(page(cluster, 4));
    assertThatThrownBy(() -> bytes(incremental, block(TABLE, 5)))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith(
            "no backup of the chain has block 5 of file \"base/5/16384\", of 10");
    assertThatThrownBy(() -> bytes(incremental, fork(TABLE)))
        .isInstanceOf(CorruptWalException.class)
        .hasMessageStartingWith("no backup of the chain has block 5");
  }

  @Test
  void aSegmentFileIsTakenAlone() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 3, new Random(1));
    CommitFile.Summary full = backups.takeFull(cluster);

    assertThat(bytes(full, new Wanted.Segment(TABLE.locator(), TABLE.fork(), 0)))
        .isEqualTo(cluster.bytes(TABLE));
    assertThatThrownBy(() -> bytes(full, new Wanted.Segment(TABLE.locator(), TABLE.fork(), 1)))
        .isInstanceOf(RefusedException.class)
        .hasMessage("file \"base/5/16384\" has no segment file 1");
  }

  @Test
  void theLabelIsThatOfTheBackup() throws IOException {
    CommitFile.Summary full = backups.takeFull(ClusterModel.create());

    assertThat(
            new String(
                bytes(full, new Wanted.File("backup_label")),
                java.nio.charset.StandardCharsets.UTF_8))
        .startsWith("START WAL LOCATION: 1/100028 ");
  }

  @Test
  void whatTheBaseBackupHasComesFromThere() throws IOException {
    ClusterModel before = ClusterModel.create();
    before.createFork(TABLE, 200, new Random(1));
    Path base = directory.resolve("base");
    Draft ofBase = backups.full(before);
    BaseDirectory written =
        new BaseDirectory(base, before, ofBase.start, ofBase.stop, SyntheticArchive.label(ofBase));
    String manifest = written.write();
    ClusterModel after = before.copy();
    Objects.requireNonNull(after.forks().get(TABLE)).set(7, ClusterModel.page(new Random(9), 7));
    Draft draft = backups.incremental(backups.takeFull(before), after);
    draft.parent = Optional.of(new Parent.Manifest(manifest));
    draft.reference = ofBase.start;
    draft.forks.put(TABLE, ForkPlan.changed(7));
    draft.unchanged.add("pg_xact/0000");
    BackupId id = backups.take(draft).id();

    for (int block : List.of(0, 7, 8, 199)) {
      assertThat(fromBase(base, id, block(TABLE, block))).isEqualTo(page(after, block));
    }
    assertThat(fromBase(base, id, fork(TABLE))).isEqualTo(after.bytes(TABLE));
    assertThat(fromBase(base, id, new Wanted.File("pg_xact/0000")))
        .isEqualTo(after.files().get("pg_xact/0000"));

    written.damage("base/5/16384");
    assertThatThrownBy(() -> fromBase(base, id, block(TABLE, 8)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not as its manifest says");
  }

  private byte[] fromBase(Path base, BackupId id, Wanted wanted) throws IOException {
    Extracted sink = new Extracted();
    new Extractor()
        .extract(
            new ExtractOptions(backups.archive(), id.text(), Optional.of(base), wanted),
            sink,
            remarks);
    return sink.files().get(0);
  }

  @Test
  void aFileGetsItsNameWhenItIsWhole() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    cluster.createFork(TABLE, 900, new Random(1));
    CommitFile.Summary full = backups.takeFull(cluster);
    Path out = directory.resolve("out");
    try (NewFiles files = new NewFiles(out)) {
      new Extractor()
          .extract(
              new ExtractOptions(backups.archive(), "latest", Optional.empty(), fork(TABLE)),
              files,
              remarks);
      assertThat(files.files()).containsExactly(out);
    }
    assertThat(out).hasBinaryContent(cluster.bytes(TABLE));

    backups.damage(full.firstSegment().next().toString(), 500_000);
    Path other = directory.resolve("other");
    assertThatThrownBy(
            () -> {
              try (NewFiles files = new NewFiles(other)) {
                new Extractor()
                    .extract(
                        new ExtractOptions(
                            backups.archive(), "latest", Optional.empty(), fork(TABLE)),
                        files,
                        remarks);
              }
            })
        .isInstanceOf(CorruptWalException.class);
    assertThat(directory).isDirectoryNotContaining("glob:**other*");
  }

  @Test
  void allForksOfARelationGetTheirOwnNames() throws IOException {
    ClusterModel cluster = ClusterModel.create();
    ForkKey map = ForkKey.of(5, 16384, ForkNumber.VM);
    cluster.createFork(TABLE, 20, new Random(1));
    cluster.createFork(map, 2, new Random(2));
    cluster.createFork(ForkKey.of(5, 16385, ForkNumber.FSM), 2, new Random(3));
    CommitFile.Summary full = backups.takeFull(cluster);
    Draft draft = backups.incremental(full, cluster);
    cluster.forks().keySet().forEach(key -> draft.forks.put(key, ForkPlan.changed(1)));
    CommitFile.Summary newest = backups.take(draft);
    Path out = directory.resolve("out");
    try (NewFiles files = new NewFiles(out)) {
      ExtractReport report = new Extractor().extract(named(TABLE, ""), files, remarks);
      assertThat(report.members()).containsExactly(newest.id(), full.id());
      assertThat(report.bytes()).isEqualTo(22 * 8192);
      assertThat(files.files()).containsExactly(out, directory.resolve("out_vm"));
    }
    assertThat(out).hasBinaryContent(cluster.bytes(TABLE));
    assertThat(directory.resolve("out_vm")).hasBinaryContent(cluster.bytes(map));
  }

  @Test
  void aNameThatOneForkCannotHaveLeavesNone() throws IOException {
    Path out = directory.resolve("out");
    try (NewFiles files = new NewFiles(out)) {
      files.startFile(0);
      files.startFork(ForkNumber.VM);
      files.startFile(0);
      Files.writeString(directory.resolve("out_vm"), "came meanwhile");
      assertThatThrownBy(files::finish).isInstanceOf(FileAlreadyExistsException.class);
    }
    assertThat(out).doesNotExist();
    assertThat(directory.resolve("out_vm")).hasContent("came meanwhile");
    assertThat(directory).isDirectoryNotContaining("glob:**.partial");
  }

  @Test
  void aLookupTellsWhatToDoIfTheBackupLacksIt() throws IOException {
    backups.takeFull(ClusterModel.create());
    assertThatThrownBy(
            () -> new Extractor().extract(named(TABLE, "Look there."), new Extracted(), remarks))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.hint()).contains("Look there."))
        .hasMessageEndingWith("does not have relation 1663/5/16384");
  }

  private ExtractOptions named(ForkKey key, String absence) {
    Wanted.Lookup lookup = backup -> new Wanted.Found(new Wanted.Relation(key.locator()), absence);
    return new ExtractOptions(backups.archive(), "latest", Optional.empty(), lookup);
  }
}
